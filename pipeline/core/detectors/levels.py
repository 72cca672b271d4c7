"""From moods and traits to levels, and from levels to points of evidence.

A level is a few small whole numbers, each the place in a list of points: so evidence is a sum of
named parts that a person can read, and growing groups revise it a few times only. Points are
millionths of log-odds; the lists stand in ``points.toml``, which ``bench.detection.fit`` writes.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from pipeline.core.detectors.group import COUNTS, EXACT, Mood

__all__ = [
    "ALIKE",
    "HASTE",
    "LEAST",
    "SIZES",
    "Level",
    "bucket",
    "group_level",
    "group_points",
    "points_of",
    "suspicion_bounds",
    "tables",
]

HASTE = "haste"
"""A part that is the size again, where the customer was quick and at least three quarters of the
others were: who takes minutes between two staff members is no script, whoever else was there. And
half of the others added three in a row like a script, while fewer than a quarter wrote or have an
account, or not a single one did or has: a page or a stand where managers are added at once is
visited by customers too."""

ALIKE = "alike"
"""A part that is the others' suspicion again, where the customer is suspected itself."""

MOSTLY, HALF = 3, 2
_QUICK, _SCRIPT = COUNTS.index("quick"), COUNTS.index("script")
_WROTE, _SOUND = COUNTS.index("wrote"), COUNTS.index("sound")
_LOCKED = COUNTS.index("locked")
_MOST_LOCKED = 12

Level = dict[str, int]
"""Part to its place in the part's list of points."""

SIZES = (1, 2, 3, 5, 10, 20, 50)
"""Strength: at least so many others; 0 others is no group."""


def bucket(number: int, bounds: tuple[int, ...]) -> int:
    """How many of the bounds the number reaches."""
    return bisect_right(bounds, number)


def group_level(mood: Mood, own: tuple[int, ...], parts: tuple[str, ...]) -> Level | None:
    """Size of a cell's *other* customers and their shares in quarters; None where there is none.

    ``locked`` is the mean suspicion in quarters, 0 to 12.

    ``own`` are the customer's own counts. In a large cell its own part is left in: it is small.
    """
    if mood[0] <= EXACT:
        mood = tuple(max(0, sum_ - one) for sum_, one in zip(mood, own, strict=True))
    others = mood[0]
    if others <= 0:
        return None
    level = {"size": bucket(others, SIZES)}
    for part in parts:
        if part == HASTE:
            level[part] = level["size"] if own[_QUICK] and _in_haste(mood) else 0
        elif part == ALIKE:
            locked = mood[_LOCKED] * 4 // others
            level[part] = min(locked, _MOST_LOCKED) if own[_LOCKED] else 0
        else:
            # In a large cell each sum is rounded down by itself, customers perhaps by more.
            quarters = mood[COUNTS.index(part)] * 4 // others
            level[part] = min(quarters, _MOST_LOCKED if part == "locked" else 4)
    return level


def _in_haste(mood: Mood) -> bool:
    """Whether others with these sums are scripts: see ``HASTE``."""
    others, wrote, sound = mood[0], mood[_WROTE], mood[_SOUND]
    if mood[_QUICK] * 4 < MOSTLY * others:
        return False
    if not wrote and not sound:
        return True
    return mood[_SCRIPT] * 4 >= HALF * others and max(wrote, sound) * 4 < others


@lru_cache(maxsize=1 << 16)
def group_points(
    mood: Mood, own: tuple[int, ...], parts: tuple[str, ...], table: str
) -> tuple[int, Level] | None:
    """A cell's points for a customer by a table, and its level; None under ``LEAST``."""
    level = group_level(mood, own, parts)
    if level is None:
        return None
    points = points_of(table, level)
    return None if points < LEAST else (points, level)


@cache
def tables() -> Mapping[str, Mapping[str, list[int]]]:
    """Name of a table to its parts' points; ``bias`` is a list of one."""
    found: Mapping[str, Mapping[str, list[int]]] = _fitted()["points"]
    return found


@cache
def suspicion_bounds() -> tuple[int, ...]:
    """Points of the first stratum, all families together, from which suspicion is 1, 2 and 3."""
    return tuple(_fitted()["suspicion"]["bounds"])


def _fitted() -> dict[str, Any]:
    text = (files(__package__) / "points.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


LEAST = 300_000
"""Fewer points are no evidence: they would be said of nearly everybody."""


def points_of(table: str, level: Level) -> int:
    """Points of a level, below 0 where it is rather lawful."""
    found = tables()[table]
    points = found["bias"][0]
    for part, place in level.items():
        points += found[part][place]
    return points
