"""Draws that the whole simulation shares: explicit generators, stable hashes, distributions.

Every draw comes from a `random.Random` with an explicit seed or from `mix64`, so that the same
seed gives the same bytes on every run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")
_MASK: Final = (1 << 64) - 1


def generator(seed: int, *path: object) -> Random:
    """A generator for one subject of one simulation; subjects do not disturb each other."""
    return Random("/".join(map(str, (seed, *path))))


def mix64(number: int) -> int:
    """SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64-bit numbers that looks random."""
    z = (number + 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def pick(rng: Random, items: Sequence[T]) -> T:
    """One of `items`, each as likely; much faster than `Random.choice`."""
    return items[int(rng.random() * len(items))]


def some(rng: Random, items: Sequence[T], count: int) -> list[T]:
    """`count` different items (all of them if there are fewer), in random order."""
    return rng.sample(items, min(count, len(items)))


def poisson(rng: Random, mean: float) -> int:
    """A Poisson draw (Knuth's product method, so for small means)."""
    if mean > 30.0:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def log_uniform(rng: Random, low: float, high: float) -> float:
    """Between `low` and `high`, every order of magnitude as likely."""
    return low * math.pow(high / low, rng.random())


def whole(rng: Random, low: int, high: int) -> int:
    """A whole number from `low` to `high`, small ones more likely (log-uniform)."""
    return min(high, int(log_uniform(rng, low, high + 1)))
