"""MIDAS, MIDAS-R and MIDAS-F: anomaly scores of edges from sketches of their counts.

After Bhatia, Hooi, Yoon, Shin and Faloutsos, *MIDAS: Microcluster-Based Detector of Anomalies in
Edge Streams* (AAAI 2020), and Bhatia, Liu, Hooi, Yoon, Shin and Faloutsos, *Real-Time Anomaly
Detection in Edge Streams* (TKDD 2022). Written anew from the formulas; in what the papers leave
open (hashing, single precision, what a tick's end does) it follows the authors' own program,
version 1.1.2, so that the two give the same scores: ``tests/unit/test_midas.py``.

Each edge is (source, destination, tick): numbers from 0, ticks from 1 and never falling. The
score compares a = what the current tick has of the edge with s = what all ticks so far have of it,
t of them, by the chi-squared statistic of two bins. -R also looks at source and destination alone,
and lets counts of earlier ticks fade into the current one; -F leaves the current tick out of s, and
at a tick's end takes into s only what did not look anomalous.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

__all__ = ["Hash", "Midas", "MidasF", "MidasR", "hashes"]

Hash = tuple[int, int]
"""Of one row of a sketch: a number is multiplied by the first, and the second is added."""

_PAIR = 104_729
"""A pair (a, b) is hashed as the number a + _PAIR · b, as the authors do."""


def hashes(rng: Random, rows: int = 2) -> list[Hash]:
    """Random ones, a row each."""
    return [(rng.randint(1, 1 << 31), rng.randrange(1 << 31)) for _ in range(rows)]


class _Sketch:
    """Which cells of a count-min sketch a number falls into, and values in those cells.

    Values are single-precision arrays of rows · columns; ``array`` is for work on all of them,
    ``cells`` the same memory for single ones.
    """

    def __init__(self, functions: Sequence[Hash], columns: int, values: int) -> None:
        self.functions = [(row * columns, *one) for row, one in enumerate(functions)]
        self.columns = columns
        size = len(functions) * columns
        self.arrays = [np.zeros(size, dtype=np.float32) for _ in range(values)]
        self.cells: list[Any] = [array.data for array in self.arrays]

    def places(self, source: int, destination: int = 0) -> list[int]:
        number, columns = source + _PAIR * destination, self.columns
        return [start + (number * by + plus) % columns for start, by, plus in self.functions]


def _least(cells: Any, places: Sequence[int]) -> float:
    return float(min([cells[place] for place in places]))


def _chi_squared(a: float, s: float, t: int) -> float:
    """(a − s/t)² · t² / (s · (t − 1)); 0 in the first tick. The papers' equation 1."""
    return 0.0 if s == 0 or t == 1 else (a - s / t) ** 2 * t * t / (s * (t - 1))


def _chi_squared_apart(a: float, s: float, t: int) -> float:
    """(a + s − a·t)² / (s · (t − 1)), s without the current tick; 0 where s is."""
    return 0.0 if s == 0 or t == 1 else (a + s - a * t) ** 2 / (s * (t - 1))


def _counted(sketch: _Sketch, places: Sequence[int], tick: int) -> float:
    """Counts one of these places in now and in all, and scores it."""
    current, total = sketch.cells
    for place in places:
        current[place] += 1
        total[place] += 1
    return _chi_squared(_least(current, places), _least(total, places), tick)


class Midas:
    """The first form: edges alone, nothing fades."""

    def __init__(self, edge: Sequence[Hash], columns: int = 1024) -> None:
        self._sketch = _Sketch(edge, columns, values=2)
        self._tick = 1

    def score(self, source: int, destination: int, tick: int) -> float:
        """Counts the edge and says how anomalous it is, from 0."""
        sketch = self._sketch
        if tick > self._tick:
            sketch.arrays[0][:] = 0
            self._tick = tick
        return _counted(sketch, sketch.places(source, destination), tick)


class _Relational(ABC):
    """Edge, source and destination each in a sketch of their own; the greatest score counts."""

    VALUES = 2

    def __init__(
        self,
        edge: Sequence[Hash],
        source: Sequence[Hash],
        destination: Sequence[Hash],
        columns: int = 1024,
        fade: float = 0.5,
    ) -> None:
        functions = (edge, source, destination)
        self._sketches = [_Sketch(one, columns, self.VALUES) for one in functions]
        self._fade = np.float32(fade)
        self._tick = 1

    def score(self, source: int, destination: int, tick: int) -> float:
        """Counts the edge; the greatest of the three scores."""
        if tick > self._tick:
            self._end_before(tick)
            self._tick = tick
        return max(
            self._one(sketch, sketch.places(*key), tick)
            for sketch, key in zip(
                self._sketches, ((source, destination), (source,), (destination,)), strict=True
            )
        )

    @abstractmethod
    def _end_before(self, tick: int) -> None:
        """Ends the ticks before this one."""

    @staticmethod
    @abstractmethod
    def _one(sketch: _Sketch, places: Sequence[int], tick: int) -> float:
        """Counts one of the three and scores it."""


class MidasR(_Relational):
    """Relational: earlier ticks fade by ``fade`` at each tick's end."""

    def _end_before(self, tick: int) -> None:
        for sketch in self._sketches:
            sketch.arrays[0] *= self._fade

    @staticmethod
    def _one(sketch: _Sketch, places: Sequence[int], tick: int) -> float:
        return _counted(sketch, places, tick)


class MidasF(_Relational):
    """Filtering: as -R, but a cell whose last score is ``threshold`` or more is not merged.

    Such a cell's total grows by its own mean instead, so that an attack does not become normal.
    """

    VALUES = 3

    def __init__(
        self,
        edge: Sequence[Hash],
        source: Sequence[Hash],
        destination: Sequence[Hash],
        columns: int = 1024,
        fade: float = 0.5,
        threshold: float = 1000.0,
    ) -> None:
        super().__init__(edge, source, destination, columns, fade)
        self._threshold = threshold
        self._each = np.float32(0)  # 1 / (ticks merged so far), as of the last merge

    def _end_before(self, tick: int) -> None:
        for sketch in self._sketches:
            self._merge(sketch)
        self._each = np.float32(1 / (tick - 1))

    def _merge(self, sketch: _Sketch) -> None:
        current, total, score = sketch.arrays
        total += np.where(score < self._threshold, current, total * self._each)
        current *= self._fade

    @staticmethod
    def _one(sketch: _Sketch, places: Sequence[int], tick: int) -> float:
        current, total, last = sketch.cells
        for place in places:
            current[place] += 1
        score = _chi_squared_apart(_least(current, places), _least(total, places), tick)
        for place in places:
            last[place] = score
        return score
