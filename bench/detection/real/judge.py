"""From scores of accounts to thresholds, precision, recall and their intervals.

An account is found where its score reaches the threshold. Which accounts are judged, and which of
their edges count, depends on the *part* of the stream:

- ``earlier``: edges before the split; purchased accounts that begin before it.
- ``later``: edges from the split on; purchased accounts that begin then.
- ``whole``: everything.

Purchased accounts of the other part are left out: neither finding nor sparing them counts.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.detection.real.data import Edge
from bench.detection.real.inject import Stream

__all__ = [
    "PARTS",
    "Case",
    "Count",
    "best_recall",
    "cases",
    "count",
    "interval",
    "spread",
    "threshold_of",
    "wilson",
]

PARTS = ("earlier", "later", "whole")
PRECISION = 0.99
_Z = 1.959964
_T_975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179]
"""Student's t for 95 %, of 1 degree of freedom and on; beyond that the normal's is near enough."""


@dataclass(frozen=True)
class Case:
    """One account: its score, and how many targets it was paid for, 0 for an organic one."""

    score: float
    paid: int


@dataclass(frozen=True)
class Count:
    """Purchased accounts found, of all there are; organic accounts found all the same."""

    found: int
    of: int
    wrong: int

    @property
    def recall(self) -> float:
        return self.found / self.of

    @property
    def precision(self) -> float | None:
        """None where nothing was found."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else None


def cases(stream: Stream, scores: Iterable[tuple[Edge, float]], part: str) -> list[Case]:
    """The accounts to be judged in a part, each with the greatest score of its edges in it."""
    greatest: dict[str, float] = {}
    for edge, score in scores:
        if part == "whole" or (edge.time < stream.split) == (part == "earlier"):
            greatest[edge.account] = max(score, greatest.get(edge.account, score))
    found = []
    for account, score in greatest.items():
        begins = stream.begins.get(account)
        if begins is None or part == "whole" or (begins < stream.split) == (part == "earlier"):
            found.append(Case(score, stream.targets.get(account, 0)))
    return found


def count(judged: Sequence[Case], threshold: float, least: int) -> Count:
    """``least``: purchased accounts of fewer targets are left out (1: none is)."""
    paid = [case for case in judged if case.paid >= least]
    return Count(
        sum(case.score >= threshold for case in paid),
        len(paid),
        sum(case.score >= threshold for case in judged if not case.paid),
    )


def threshold_of(judged: Iterable[Case]) -> tuple[float, int]:
    """The smallest with a precision of .99, and how many purchased accounts it finds there.

    Infinite, and 0, where there is none.
    """
    best, most = math.inf, 0
    found = all_ = 0
    ordered = sorted(judged, key=lambda case: -case.score)
    for number, case in enumerate(ordered):
        found, all_ = found + (case.paid > 0), all_ + 1
        last = number + 1 == len(ordered) or ordered[number + 1].score < case.score
        if last and found >= PRECISION * all_:
            best, most = case.score, found
    return best, most


def best_recall(judged: Sequence[Case], least: int) -> float:
    """The greatest recall that any threshold reaches at a precision of .99: with hindsight."""
    some = [case for case in judged if case.paid == 0 or case.paid >= least]
    threshold, _ = threshold_of(some)
    return count(some, threshold, least).recall


def wilson(found: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    share, square = found / of, _Z * _Z
    middle = share + square / (2 * of)
    half = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    whole = 1 + square / of
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Student's 95 % interval of the mean over seeds, within 0 and 1."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return 0.0, 1.0
    degrees = len(values) - 1
    factor = _T_975[degrees - 1] if degrees <= len(_T_975) else _Z
    half = factor * statistics.stdev(values) / math.sqrt(len(values))
    return max(0.0, mean - half), min(1.0, mean + half)


def spread(values: Sequence[float]) -> Mapping[str, float]:
    """Median, least and greatest, to 4 decimals."""
    found = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, 4) for name, value in found.items()}
