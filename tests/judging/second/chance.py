"""Chance: one seeded source a subject, and the distributions the second bank is made of.

Plain ``random`` rather than numpy, whose pinned versions differ between versions of Python.
Times are whole milliseconds, durations are in the unit that a name says.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["DAY", "HOUR", "MINUTE", "SECOND", "Dice", "arrivals", "bursts", "fading"]

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

T = TypeVar("T")


class Dice(random.Random):
    """``random.Random`` with the draws that the bank needs."""

    def chance(self, p: float) -> bool:
        return self.random() < p

    def near(self, median: float, sigma: float) -> float:
        """Log-normal: half of the draws below ``median``, most within a factor e^(2 sigma)."""
        return self.lognormvariate(math.log(median), sigma)

    def heavy(self, low: float, alpha: float, high: float) -> int:
        """A Pareto size, cut at ``high``: mostly near ``low``, now and then very large."""
        return int(min(high, low * self.paretovariate(alpha)))

    def share(self, mean: float, strength: float = 6.0) -> float:
        """A Beta draw about ``mean``: a rate that one group has and another has not."""
        mean = min(max(mean, 0.005), 0.995)
        return self.betavariate(mean * strength, (1 - mean) * strength)

    def extra(self, mean: float) -> int:
        """Geometric from 0 with this mean: how many more than none."""
        if mean <= 0:
            return 0
        return int(math.log(1.0 - self.random()) / math.log(mean / (1.0 + mean)))

    def count(self, mean: float) -> int:
        """Poisson by its own definition: arrivals of unit rate within ``mean``."""
        number, at = 0, self.expovariate(1.0)
        while at < mean:
            number += 1
            at += self.expovariate(1.0)
        return number

    def ranked(self, items: Sequence[T], skew: float = 2.0) -> T:
        """An item, the first ones liked best: rank goes with a power of a uniform draw."""
        return items[int(len(items) * self.random() ** skew)]

    def weighted(self, pairs: Sequence[tuple[T, float]]) -> T:
        at = self.random() * sum(weight for _, weight in pairs)
        for item, weight in pairs:
            at -= weight
            if at < 0:
                return item
        return pairs[-1][0]

    def some(self, items: Sequence[T], number: int) -> list[T]:
        """Up to ``number`` different items, in random order."""
        return self.sample(items, min(number, len(items)))


def arrivals(dice: Dice, length: float, mean_gap: float, shape: float) -> Iterator[float]:
    """A renewal process on [0, length): gamma gaps; shape < 1 clumps, > 1 is like clockwork."""
    at = dice.random() * mean_gap
    while at < length:
        yield at
        at += dice.gammavariate(shape, mean_gap / shape)


def bursts(
    dice: Dice, length: float, immigrants: float, branching: float, decay: float
) -> list[float]:
    """A Hawkes process by its clusters, in order: each arrival draws ``branching`` (< 1) more.

    ``immigrants`` is how many come by themselves on [0, length), ``decay`` the mean wait of an
    arrival for those it draws, in the unit of ``length``.
    """
    open_ones = [dice.random() * length for _ in range(max(1, dice.count(immigrants)))]
    done: list[float] = []
    while open_ones:
        at = open_ones.pop()
        done.append(at)
        children = (at + dice.expovariate(1 / decay) for _ in range(dice.count(branching)))
        open_ones.extend(child for child in children if child < length)
    return sorted(done)


def fading(dice: Dice, number: int, start: float, power: float) -> list[float]:
    """``number`` waits after a call to everybody, by Omori's law: many at once, a long tail.

    ``start`` is the time within which answers come fastest; ``power`` > 0 how soon they end.
    """
    return sorted(
        start * ((1.0 - dice.random() * 0.995) ** (-1 / power) - 1.0) for _ in range(number)
    )
