"""Which cells of time a member falls into, by kind of subject.

A scale's windows come twice, the second time shifted by half, so that no edge splits a group that
lies within half a window. Windows stand on whole multiples since 1970 and are cut to the month.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.core.detectors.group import Cell
from pipeline.core.detectors.members import PAIR, STAFF, Member

__all__ = ["MONTH", "NAMES", "SCALES", "cells_of", "scale_name", "window_of"]

_MINUTE = 60 * 1_000_000
_HOUR = 60 * _MINUTE

MONTH = 0
"""The window of a scale that is the whole month of the subject."""

SCALES: dict[str, tuple[int, ...]] = {
    STAFF: (10 * _MINUTE, 2 * _HOUR),
    PAIR: (10 * _MINUTE, _HOUR, 24 * _HOUR, MONTH),
    "d": (MONTH,),
    "i": (MONTH,),
    "b": (MONTH,),
}
"""Kind of subject to its windows in microseconds."""

NAMES: dict[str, tuple[str, ...]] = {
    STAFF: ("10min", "2h"),
    PAIR: ("10min", "1h", "1d", "month"),
    "d": ("month",),
    "i": ("month",),
    "b": ("month",),
}
"""Kind of subject to its scales' names."""

_WHOLE: tuple[Cell, ...] = ((0,),)


def cells_of(kind: str) -> Callable[[Member], tuple[Cell, ...]]:
    """The cells of a member at a subject of this kind."""
    return {STAFF: _staff_cells, PAIR: _pair_cells}.get(kind, _link_cells)


def scale_name(kind: str, cell: Cell) -> str:
    return NAMES[kind][cell[0]]


def window_of(kind: str, cell: Cell) -> tuple[int, int] | None:
    """The cell's first and last microsecond (of a pair: the earlier and the later window's); None
    for the whole month."""
    window = SCALES[kind][cell[0]]
    if window == MONTH:
        return None
    starts = [number * window - cell[1] * window // 2 for number in cell[2:]]
    return min(starts), max(starts) + window - 1


def _staff_cells(member: Member) -> tuple[Cell, ...]:
    (time,) = member.times
    return tuple(
        (scale, shift, (time + shift * window // 2) // window)
        for scale, window in enumerate(SCALES[STAFF])
        for shift in (0, 1)
    )


def _pair_cells(member: Member) -> tuple[Cell, ...]:
    one, other = member.times
    cells: list[Cell] = []
    apart = abs(one - other)
    for scale, window in enumerate(SCALES[PAIR]):
        if window == MONTH:
            cells.append((scale,))
            continue
        if apart > window:
            continue
        for shift in (0, 1):
            moved = shift * window // 2
            cells.append((scale, shift, (one + moved) // window, (other + moved) // window))
    return tuple(cells)


def _link_cells(_: Member) -> tuple[Cell, ...]:
    return _WHOLE
