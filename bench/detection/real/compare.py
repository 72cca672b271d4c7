"""From the cases of all seeds to frozen thresholds, and to what they find on the judged parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from bench.detection.real.judge import (
    Case,
    Count,
    best_recall,
    count,
    interval,
    spread,
    threshold_of,
    wilson,
)

__all__ = ["LEASTS", "Frozen", "Parts", "Settings", "freeze", "summary"]

LEASTS = {"two_or_more": 2, "all": 1}
"""Which purchased accounts count: those paid for so many targets."""

JUDGED = ("later", "whole")

Parts = Mapping[str, Sequence[Case]]
"""The cases of each part of one seed's stream."""

Settings = Mapping[str, Sequence[Parts]]
"""For each setting of a method the parts of each seed, in the order of the seeds."""


@dataclass(frozen=True)
class Frozen:
    """One seed's parts in the setting and with the threshold that were chosen without it."""

    parts: Parts
    setting: str
    threshold: float


def freeze(settings: Settings) -> list[Frozen]:
    """For each seed the choice that is best on the earlier part of all others, pooled."""
    seeds = len(next(iter(settings.values())))
    return [_without(settings, seed) for seed in range(seeds)]


def _without(settings: Settings, seed: int) -> Frozen:
    tried = {name: threshold_of(_others(parts, seed)) for name, parts in settings.items()}
    setting = max(tried, key=lambda name: tried[name][1])  # of equals the first
    return Frozen(settings[setting][seed], setting, tried[setting][0])


def _others(parts: Sequence[Parts], seed: int) -> list[Case]:
    return list(
        chain.from_iterable(one["earlier"] for other, one in enumerate(parts) if other != seed)
    )


def summary(frozen: Sequence[Frozen], settings: Settings) -> dict[str, Any]:
    """What was chosen how often, and precision and recall by part and ``LEASTS``.

    ``settings`` is for the column with hindsight: the best of them for each seed.
    """
    return {
        "chosen": dict(Counter(one.setting for one in frozen)),
        "thresholds": [one.threshold for one in frozen],
        **{
            part: {
                name: {
                    **_rates([count(one.parts[part], one.threshold, least) for one in frozen]),
                    "hindsight": spread(_hindsight(settings, part, least)),
                }
                for name, least in LEASTS.items()
            }
            for part in JUDGED
        },
    }


def _hindsight(settings: Settings, part: str, least: int) -> list[float]:
    recalls = [[best_recall(one[part], least) for one in parts] for parts in settings.values()]
    return [max(each) for each in zip(*recalls, strict=True)]


def _rates(counts: Sequence[Count]) -> dict[str, Any]:
    """Counts pooled over seeds, and both rates: spread and intervals.

    The seeds share their accounts, so the pooled counts are not that many independent ones: beside
    them stands Wilson's interval of one seed, the middle one by recall.
    """
    found, of, wrong = (
        sum(getattr(one, name) for one in counts) for name in ("found", "of", "wrong")
    )
    middle = sorted(counts, key=lambda one: (one.found, -one.wrong))[len(counts) // 2]
    precise = [one.precision for one in counts if one.precision is not None]
    return {
        "pooled": {"found": found, "of": of, "wrong": wrong},
        "middle": {"found": middle.found, "of": middle.of, "wrong": middle.wrong},
        "recall": _rate([one.recall for one in counts], (found, of), (middle.found, middle.of)),
        "precision": _rate(
            precise, (found, found + wrong), (middle.found, middle.found + middle.wrong)
        )
        if precise
        else None,
    }


def _rate(
    values: Sequence[float], pooled: tuple[int, int], middle: tuple[int, int]
) -> dict[str, Any]:
    return {
        **spread(values),
        "over_seeds": _rounded(interval(values)),
        "wilson_pooled": _rounded(wilson(*pooled)),
        "wilson_one_seed": _rounded(wilson(*middle)),
    }


def _rounded(pair: tuple[float, float]) -> list[float]:
    return [round(value, 4) for value in pair]
