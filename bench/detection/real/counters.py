"""Plain counters and MIDAS as competitors: each gives an account the greatest score of its edges.

A *method* has settings (windows, ticks) of which the calibration chooses one. Everything looks at
the edges in order of time and at nothing that comes later.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.detection.real.data import Edge
from bench.detection.real.midas import Midas, MidasF, MidasR, hashes

__all__ = ["METHODS", "Method", "Scorer"]

Scorer = Callable[[Sequence[Edge], int], Iterator[float]]
"""From all edges in order of time and a seed to a score for each of them."""

MINUTE, HOUR, DAY = 60, 3600, 86_400
_PAST = 28 * DAY
_WINDOWS = {"1 min": MINUTE, "10 min": 10 * MINUTE, "1 h": HOUR, "1 day": DAY}
_COLUMNS = 8192
"""Eight times the authors': nothing here should hang on collisions."""


@dataclass(frozen=True)
class Method:
    """``settings`` by what they are called in tables."""

    name: str
    title: str
    settings: Mapping[str, Scorer]


def _adds(edges: Sequence[Edge], seed: int) -> Iterator[float]:
    """How many adds the account has by now."""
    count: Counter[str] = Counter()
    for edge in edges:
        count[edge.account] += 1
        yield count[edge.account]


def _haste(edges: Sequence[Edge], seed: int) -> Iterator[float]:
    """Minus the seconds since the account's add before; a year where there is none."""
    last: dict[str, int] = {}
    for edge in edges:
        yield last.get(edge.account, edge.time - 365 * DAY) - edge.time
        last[edge.account] = edge.time


def _burst(window: int) -> Scorer:
    """Adds of the target in the window that ends here, against the 28 days before the window.

    n / (1 + e), e the mean of as many seconds of those 28 days.
    """

    def scores(edges: Sequence[Edge], seed: int) -> Iterator[float]:
        times: dict[str, list[int]] = defaultdict(list)
        for edge in edges:
            own = times[edge.target]
            own.append(edge.time)
            begin = bisect_left(own, edge.time - window)
            past = begin - bisect_left(own, edge.time - window - _PAST)
            yield (len(own) - begin) / (1 + past * window / _PAST)

    return scores


def _midas(kind: Callable[..., Midas | MidasR | MidasF], window: int, **options: float) -> Scorer:
    """Ticks of the window's length; those without an edge are not counted, as the authors do it."""

    def scores(edges: Sequence[Edge], seed: int) -> Iterator[float]:
        rng = Random(seed)
        functions = [hashes(rng) for _ in range(1 if kind is Midas else 3)]
        one = kind(*functions, columns=_COLUMNS, **options)
        ticks = _numbers({edge.time // window for edge in edges})
        nodes = _numbers({edge.account for edge in edges} | {edge.target for edge in edges})
        for edge in edges:
            yield one.score(nodes[edge.account], nodes[edge.target], ticks[edge.time // window] + 1)

    return scores


def _numbers(values: set[Any]) -> dict[Any, int]:
    return {value: number for number, value in enumerate(sorted(values))}


METHODS = [
    Method("adds", "adds of the account", {"": _adds}),
    Method("haste", "shortest gap between two adds of the account", {"": _haste}),
    Method(
        "burst",
        "adds of the target against its past",
        {name: _burst(window) for name, window in _WINDOWS.items()},
    ),
    Method("midas", "MIDAS", {name: _midas(Midas, window) for name, window in _WINDOWS.items()}),
    Method(
        "midas_r", "MIDAS-R", {name: _midas(MidasR, window) for name, window in _WINDOWS.items()}
    ),
    Method(
        "midas_f",
        "MIDAS-F",
        {
            f"{name}, threshold {threshold:,}": _midas(MidasF, window, threshold=threshold)
            for name, window in _WINDOWS.items()
            for threshold in (10, 1000)
        },
    ),
]
