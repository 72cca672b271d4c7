"""From the counts of one run, or of several seeds, to figures with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sinks.evaluation.intervals import mean_interval, upper_bound, wilson
from sinks.evaluation.model import Point, PoolDelay, Run, Share

__all__ = ["PRECISION", "Evaluation", "Figure", "average_precision", "best_recall", "evaluate"]

PRECISION = 0.99
"""What a reviewer must be able to rely on: the recall that is left at it is the score's worth."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its interval of 95 %; ``part`` of ``whole`` where it is a share.

    Of one seed: the share itself and Wilson's interval; of several, where it is defined: the mean
    over seeds and Student's. None: undefined, or no interval.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    part: int | None = None
    whole: int | None = None

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"value": _round(self.value)}
        found |= {"low": _round(self.low), "high": _round(self.high)}
        if self.whole is not None:
            found |= {"part": self.part, "whole": self.whole}
        return found


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures; ``runs`` are what they come from. ``false_by_context`` has the sums over seeds
    and the exact upper bound of each share, in ``high``. Delays are medians over found pools.
    """

    runs: list[Run]
    precision: Figure
    recall: Figure
    by_label: dict[str, Figure]
    by_level: dict[str, Figure]
    accounts: Figure
    accounts_by_label: dict[str, Figure]
    average_precision: Figure
    recall_at_precision: Figure
    thresholds: list[float | None]
    alerts_a_day: Figure
    pools_found: Figure
    delay_adds: Figure
    delay_minutes: Figure
    false_by_context: dict[str, Figure]

    def as_json(self) -> dict[str, Any]:
        runs = self.runs
        return {
            "seeds": len(runs),
            "interval": "wilson" if len(runs) == 1 else "t over seeds",
            "adds": sum(run.adds for run in runs),
            "fakes": sum(run.fakes for run in runs),
            "unknown_pairs": {
                "not_in_db": sum(run.not_in_db for run in runs),
                "not_in_truth": sum(run.not_in_truth for run in runs),
            },
            "precision": self.precision.as_json(),
            "recall": self.recall.as_json(),
            "recall_by_label": _json(self.by_label),
            "recall_by_account": self.accounts.as_json(),
            "recall_by_account_and_label": _json(self.accounts_by_label),
            "recall_by_level": _json(self.by_level),
            "average_precision": self.average_precision.as_json(),
            "recall_at_precision_99": {
                **self.recall_at_precision.as_json(),
                "thresholds": self.thresholds,
            },
            "alerts": {
                "total": sum(sum(run.alerts.values()) for run in runs),
                "by_severity": dict(sum((Counter(run.alerts) for run in runs), Counter())),
                "days": sum(run.days for run in runs),
                "a_day": self.alerts_a_day.as_json(),
            },
            "delay": {
                "by": sorted({run.by for run in runs}),
                "pools_found": self.pools_found.as_json(),
                "adds": self.delay_adds.as_json(),
                "minutes": self.delay_minutes.as_json(),
                "pools": [
                    {"seed": seed, **one._asdict(), "minutes": _round(one.minutes)}
                    for seed, run in enumerate(runs)
                    for one in run.delays
                ],
            },
            "money": {
                "saved_fen": sum(run.money.saved_fen for run in runs),
                "saved_alone_fen": sum(run.money.saved_alone_fen for run in runs),
                "withheld_fen": sum(run.money.withheld_fen for run in runs),
            },
            "false_fakes_by_context": _json(self.false_by_context),
        }


def evaluate(runs: Sequence[Run]) -> Evaluation:
    """One run or more, each of another seed."""
    best = [best_recall(run.curve, run.fakes) for run in runs]
    return Evaluation(
        runs=list(runs),
        precision=_share([run.precision for run in runs]),
        recall=_share([run.recall for run in runs]),
        by_label=_by_key(runs, lambda run: run.by_label),
        by_level=_by_key(runs, lambda run: run.by_level),
        accounts=_share([run.accounts for run in runs]),
        accounts_by_label=_by_key(runs, lambda run: run.accounts_by_label),
        average_precision=_mean([average_precision(run.curve, run.fakes) for run in runs], 1.0),
        recall_at_precision=_share([share for share, _ in best]),
        thresholds=[threshold for _, threshold in best],
        alerts_a_day=_mean([_ratio(sum(run.alerts.values()), run.days) for run in runs]),
        pools_found=_share([_pools_found(run.delays) for run in runs]),
        delay_adds=_mean([_median(one.adds for one in run.delays) for run in runs]),
        delay_minutes=_mean([_median(one.minutes for one in run.delays) for run in runs]),
        false_by_context={
            name: _bounded(shares)
            for name, shares in _gather(runs, lambda run: run.false_by_context).items()
        },
    )


def average_precision(curve: Iterable[Point], fakes: int) -> float | None:
    """The sum, over falling thresholds, of the recall won times the precision there: no
    interpolation, adds of one score taken together. None without fakes.
    """
    if not fakes:
        return None
    total, before = 0.0, 0
    for point in curve:
        total += (point.fakes - before) * point.fakes / point.adds
        before = point.fakes
    return total / fakes


def best_recall(curve: Iterable[Point], fakes: int) -> tuple[Share, float | None]:
    """The greatest recall of any threshold whose precision is at least ``PRECISION``, and that
    threshold; a score of 0 is no evidence and no threshold.
    """
    found, threshold = 0, None
    for point in curve:
        if point.score > 0 and point.fakes > found and point.fakes >= PRECISION * point.adds:
            found, threshold = point.fakes, point.score
    return Share(found, fakes), threshold


def _share(shares: Sequence[Share]) -> Figure:
    """Wilson's of one, the mean of several; those of nothing are left out.

    Where all seeds agree, as on 0 of 20 and 0 of 30, Student's interval would be a point: then
    Wilson's of their sum says how sure that is.
    """
    some = [share for share in shares if share.whole]
    if not some:
        return Figure(None, part=0, whole=0)
    part, whole = sum(one.part for one in some), sum(one.whole for one in some)
    if len({one.value for one in some}) == 1:
        return Figure(some[0].value, *wilson(Share(part, whole)), part, whole)
    middle, low, high = mean_interval([one.part / one.whole for one in some])
    return Figure(middle, max(0.0, low), min(1.0, high), part, whole)


def _bounded(shares: Sequence[Share]) -> Figure:
    both = Share(sum(one.part for one in shares), sum(one.whole for one in shares))
    return Figure(both.value, None, upper_bound(both), both.part, both.whole)


def _mean(values: Iterable[float | None], most: float | None = None) -> Figure:
    """The mean of what is defined, none of which is below 0 or over ``most``."""
    some = [value for value in values if value is not None]
    if len(some) < 2:
        return Figure(some[0] if some else None)
    middle, low, high = mean_interval(some)
    return Figure(middle, max(0.0, low), high if most is None else min(most, high))


def _by_key(runs: Sequence[Run], shares_of: Callable[[Run], dict[str, Share]]) -> dict[str, Figure]:
    return {name: _share(shares) for name, shares in _gather(runs, shares_of).items()}


def _gather(
    runs: Sequence[Run], shares_of: Callable[[Run], dict[str, Share]]
) -> dict[str, list[Share]]:
    """Key to its shares in the runs that have it, by key."""
    names = sorted({name for run in runs for name in shares_of(run)})
    return {
        name: [shares_of(run)[name] for run in runs if name in shares_of(run)] for name in names
    }


def _pools_found(delays: Sequence[PoolDelay]) -> Share:
    return Share(sum(one.adds is not None for one in delays), len(delays))


def _median(values: Iterable[float | None]) -> float | None:
    some = [value for value in values if value is not None]
    return float(median(some)) if some else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _json(figures: dict[str, Figure]) -> dict[str, Any]:
    return {name: figure.as_json() for name, figure in figures.items()}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
