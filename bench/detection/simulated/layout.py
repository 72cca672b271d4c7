"""Where each number of points.toml stands in one vector of parameters, and how it is written.

A list that must be monotone is a sum of steps, each a parameter with a sign; a list that need not
be (identity, pace) is made of parameters without one. Parameters are in log-odds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bench.detection.simulated.gather import Array
from pipeline.core.detectors import CUSTOMER_DETECTORS, GROUP_DETECTORS
from pipeline.core.detectors.base import FULL, MANNERS
from pipeline.core.detectors.cells import NAMES
from pipeline.core.detectors.levels import ALIKE, HASTE, SIZES
from pipeline.core.detectors.ring import ADDS, PACES

__all__ = ["BIAS", "CUSTOMER_PARTS", "DIRECTIONS", "Layout", "bounds_of", "layout", "write"]

BIAS = "bias"
_UNSEEN = -1_000_000
"""The bias of a table that no add was seen in: its evidence stays under what counts."""

_SEVERAL = len(ADDS) + 1
DIRECTIONS = {
    "size": 1, HASTE: 1, "several": 1, "many": 1, "removed": 1, "stranger": 1, "wrote": -1,
    "sound": -1, "elsewhere": 1, "shared": 1, "locked": 1, "adds": 1, "customer_adds": 1, "pace": 0,
    "leaves": 1, "silent": 1, "hurry": 1, "hurried": 1, "instant": 1, ALIKE: 1,
    "identity": 0, "contact": 1, "single": 1,
}  # fmt: skip
"""1: more of it never speaks for less, -1: never for more, 0: no order is asked for."""

_SIZES = {"size": len(SIZES) + 1, HASTE: len(SIZES) + 1, "locked": 13, ALIKE: 13}
_QUARTERS = 5
CUSTOMER_PARTS: Mapping[str, Mapping[str, int]] = {
    "ring": {"adds": _SEVERAL, "customer_adds": _SEVERAL, "pace": _SEVERAL * PACES},
    "reward_hunter": {"leaves": _SEVERAL + 1},
    "throwaway": {
        "removed": 3,
        "identity": 4,
        "shared": 2,
        "elsewhere": 2,
        "silent": 2,
        "hurry": 5,
    },
    "lawful_contact": {"contact": 4, "single": 2},
}
"""A customer detector's parts and the lengths of their lists."""

_FLOOR = [0, 0, 1_000_000, 4_000_000, 12_500_000, FULL, FULL, FULL]
FLOORS = {
    (f"lockstep-p-{scale}{manner}", HASTE): _FLOOR
    for scale in ("10min", "1h", "1d")
    for manner in MANNERS
}
"""Points that are set by design, not by data: several customers who all add the same two staff
members within ten seconds are a script where ``HASTE`` says so, whatever a simulator thinks."""

_NOTHING = [0] * 5
_OF_GROUPS = {
    **{(f"burst-s-{scale}", "shared"): _NOTHING for scale in ("10min", "2h")},
    **{(f"shared_device-{kind}-month", "shared"): _NOTHING for kind in "dib"},
    ("shared_device-b-month", "size"): [0, 0, 0, 0, 0, 0, 10_000_000, 10_000_000],
}
CEILINGS = {
    ("throwaway", "shared"): [0, 0],
    **{
        (table + manner, part): points
        for (table, part), points in _OF_GROUPS.items()
        for manner in MANNERS
    },
}
"""Points that data alone would give and nobody should: that people of a firm fill in its number, or
a family one of its own, is a mistake of some twenty at most and no fraud. Their adds do not count
anyway (duplicate_identity); only a number behind more customers than that is evidence."""


@dataclass(frozen=True)
class Part:
    """One list: ``start`` is its first place among all lists, of which there are ``length``."""

    start: int
    length: int


@dataclass(frozen=True)
class Layout:
    """All lists in a row, ``places`` long, and the parameters they are made of.

    ``lists = matrix @ parameters``; the last place is always 0, for rows that have fewer parts.
    ``signs`` and ``first`` are the parameters' directions and values to begin with, ``cohort``
    says which belong to the second stratum.
    """

    parts: Mapping[tuple[str, str], Part]
    matrix: Array
    signs: Array
    first: Array
    cohort: Array

    @property
    def nothing(self) -> int:
        """The place that is always 0."""
        return int(self.matrix.shape[0]) - 1


def layout(first_bias: float = -0.5) -> Layout:
    """Of all the detectors there are."""
    parts: dict[tuple[str, str], Part] = {}
    entries: list[tuple[int, int]] = []
    signs: list[int] = []
    first: list[float] = []
    cohort: list[bool] = []
    places = 0

    def parameter(table: str, sign: int, value: float = 0.0) -> int:
        signs.append(sign)
        first.append(value)
        cohort.append(table.startswith("cohort-"))
        return len(signs) - 1

    for table, sizes in _tables().items():
        for part, length in sizes.items():
            parts[table, part] = Part(places, length)
            if part == BIAS:
                if table not in CUSTOMER_PARTS:
                    entries.append((places, parameter(table, 0, first_bias)))
            else:
                steps = [parameter(table, DIRECTIONS[part]) for _ in range(1, length)]
                for place in range(1, length):
                    made = steps[:place] if DIRECTIONS[part] else steps[place - 1 : place]
                    entries += [(places + place, step) for step in made]
            places += length
    matrix = np.zeros((places + 1, len(signs)))
    rows, columns = zip(*entries, strict=True)
    matrix[list(rows), list(columns)] = 1.0
    return Layout(parts, matrix, np.array(signs), np.array(first), np.array(cohort))


def _tables() -> dict[str, dict[str, int]]:
    """Name of a table to its parts' lengths, the bias first; names in order."""
    found: dict[str, dict[str, int]] = {
        table: {BIAS: 1, **sizes} for table, sizes in CUSTOMER_PARTS.items()
    }
    for detector in GROUP_DETECTORS:
        for kind in detector.kinds:
            for scale in NAMES[kind]:
                sizes = {part: _SIZES.get(part, _QUARTERS) for part in ("size", *detector.parts)}
                for manner in MANNERS:
                    found[detector.table(kind, scale, manner)] = {BIAS: 1, **sizes}
    missing = {one.table for one in CUSTOMER_DETECTORS} ^ set(CUSTOMER_PARTS)
    if missing:
        raise ValueError(f"CUSTOMER_PARTS and CUSTOMER_DETECTORS differ in {sorted(missing)}.")
    return dict(sorted(found.items()))


def bounds_of(prior: float) -> list[float]:
    """Points of the first stratum from which suspicion is 1, 2 and 3, given its own prior: there
    the odds of a fake are 1 to 7, 3 to 5 and 9 to 2."""
    return [-2.0 - prior, -0.5 - prior, 1.5 - prior]


_HEAD = """\
# Points of evidence, in millionths of log-odds; written by bench.detection.simulated.fit.
# A table is a detector's, with the kind of subject and the scale; a list belongs to a part of
# a level, its places to the part's values. See docs/detection.md.

[suspicion]
# Points of the first stratum, all families together, from which suspicion is 1, 2 and 3.
"""


def write(found: Layout, parameters: Array, seen: set[str], bounds: list[float]) -> str:
    """The text of points.toml. ``seen``: tables that some add was seen in."""
    lists = found.matrix @ parameters
    lines = [_HEAD + f"bounds = {[_millionths(bound) for bound in bounds]}"]
    for table, sizes in _tables().items():
        lines.append(f"\n[points.{table}]")
        for part in sizes:
            place = found.parts[table, part]
            points = [_millionths(x) for x in lists[place.start : place.start + place.length]]
            if part == BIAS and table not in seen | set(CUSTOMER_PARTS):
                points = [_UNSEEN]
            floor = FLOORS.get((table, part))
            if floor:
                points = [max(pair) for pair in zip(points, floor, strict=True)]
            ceiling = CEILINGS.get((table, part))
            if ceiling:
                points = [min(pair) for pair in zip(points, ceiling, strict=True)]
            lines.append(f"{part} = {points}")
    return "\n".join(lines) + "\n"


def _millionths(log_odds: float) -> int:
    return int(log_odds * 1_000_000)
