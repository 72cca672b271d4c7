"""From what is found to counts, and from counts to rates with intervals.

Judged are all adds that truefriend has a verdict on and the simulator a label for; an add that the
trees are given no features of (handed over by a colleague) is none that they find.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.detection.real.judge import interval, spread, wilson
from bench.detection.simulated.banks import Truth
from bench.detection.simulated.gather import Array

__all__ = ["Counts", "count", "rates", "threshold_of"]

PRECISION = 0.99

Pair = tuple[str, str]


@dataclass(frozen=True)
class Counts:
    """One bank: by label fakes found of all, by lawful context adds called fake of all."""

    labels: Mapping[str, tuple[int, int]]
    contexts: Mapping[str, tuple[int, int]]


def count(
    truth: Mapping[Pair, Truth], judged: AbstractSet[Pair], found: AbstractSet[Pair]
) -> Counts:
    """Pairs are staff_id and customer_id; ``found`` may hold others than ``judged``."""
    labels: dict[str, tuple[int, int]] = {}
    contexts: dict[str, tuple[int, int]] = {}
    for pair, one in truth.items():
        if pair not in judged:
            continue
        counts, name = (labels, one.label) if one.fake else (contexts, one.context)
        hits, of = counts.get(name, (0, 0))
        counts[name] = hits + (pair in found), of + 1
    return Counts(dict(sorted(labels.items())), dict(sorted(contexts.items())))


def threshold_of(scores: Array, fake: Array) -> float:
    """The smallest score from which on the precision is .99; infinite where there is none."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    precision = np.cumsum(fake[order]) / np.arange(1, len(ranked) + 1)
    last = np.append(ranked[1:] < ranked[:-1], True)
    good = np.flatnonzero((precision >= PRECISION) & last)
    return float(ranked[good[-1]]) if len(good) else np.inf


def rates(banks: Sequence[Counts]) -> dict[str, Any]:
    """Pooled counts with Wilson's 95 % intervals, and each rate's spread over banks.

    Adds of a pool are found or missed together, so Wilson's interval is too narrow: beside it
    stands that of the mean over banks.
    """
    labels = _pooled([bank.labels for bank in banks])
    contexts = _pooled([bank.contexts for bank in banks])
    per_bank = [(_sum(bank.labels), _sum(bank.contexts)) for bank in banks]
    (found, of), (wrong, lawful) = _sum(labels), _sum(contexts)
    precise = [hits / (hits + false) for (hits, _), (false, _) in per_bank if hits + false]
    recalls = [hits / all_ for (hits, all_), _ in per_bank if all_]
    return {
        "found": found,
        "fakes": of,
        "wrong": wrong,
        "lawful": lawful,
        "precision": _rate(found, found + wrong, precise),
        "recall": _rate(found, of, recalls),
        "labels": {name: _rate(*pair, _each(banks, name)) for name, pair in labels.items()},
        "contexts": {
            name: {"wrong": false, "of": all_, "at_most": round(wilson(false, all_)[1], 6)}
            for name, (false, all_) in contexts.items()
        },
    }


def _each(banks: Sequence[Counts], label: str) -> list[float]:
    return [bank.labels[label][0] / bank.labels[label][1] for bank in banks if label in bank.labels]


def _rate(found: int, of: int, values: Sequence[float]) -> dict[str, Any]:
    return {
        "found": found,
        "of": of,
        "rate": round(found / of, 4) if of else None,
        "wilson": [round(edge, 4) for edge in wilson(found, of)],
        "spread": dict(spread(values)) if values else None,
        "over_banks": [round(edge, 4) for edge in interval(values)] if values else None,
    }


def _pooled(counts: Sequence[Mapping[str, tuple[int, int]]]) -> dict[str, tuple[int, int]]:
    names = sorted({name for one in counts for name in one})
    return {
        name: _sum({k: one[name] for k, one in enumerate(counts) if name in one}) for name in names
    }


def _sum(counts: Mapping[Any, tuple[int, int]]) -> tuple[int, int]:
    return sum(hits for hits, _ in counts.values()), sum(of for _, of in counts.values())
