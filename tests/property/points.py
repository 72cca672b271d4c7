"""Points of evidence other than the fitted ones: with them small worlds have all kinds of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import strategies as st

from pipeline.core.detectors import CUSTOMER_DETECTORS, GROUP_DETECTORS, levels
from pipeline.core.detectors.base import MANNERS
from pipeline.core.detectors.cells import NAMES
from pipeline.core.detectors.members import Traits

__all__ = ["Tables", "points_in_force", "points_tables"]


class Tables(dict[str, dict[str, list[int]]]):
    """Points by table and part, as they come of a seed."""

    def __init__(self, seed: int) -> None:
        super().__init__(_table(seed))
        self.seed = seed

    def __repr__(self) -> str:
        return f"Tables({self.seed})"


_PLACES = 40


def points_tables() -> st.SearchStrategy[Tables]:
    """Tables for all detectors; most levels are evidence, in some tables of either sign."""
    return st.integers(0, 2**16).map(Tables)


def _table(seed: int) -> dict[str, dict[str, list[int]]]:
    chance = random.Random(seed)
    parts = {
        detector.table(kind, scale, manner): ("size", *detector.parts)
        for detector in GROUP_DETECTORS
        for kind in detector.kinds
        for scale in NAMES[kind]
        for manner in MANNERS
    }
    parts |= {one.table: tuple(one.level(Traits())) for one in CUSTOMER_DETECTORS}
    return {table: _points(names, chance) for table, names in parts.items()}


def _points(parts: tuple[str, ...], chance: random.Random) -> dict[str, list[int]]:
    bias, least = chance.choice(((1_500_000, 0), (200_000, -400_000), (-500_000, -900_000)))
    return {
        "bias": [bias],
        **{part: [chance.randrange(least, 900_001) for _ in range(_PLACES)] for part in parts},
    }


@contextmanager
def points_in_force(tables: dict[str, dict[str, list[int]]]) -> Iterator[None]:
    """In this process alone; what is remembered of other tables' points is forgotten."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(levels, "tables", lambda: tables)
        levels.group_points.cache_clear()
        yield
    levels.group_points.cache_clear()
