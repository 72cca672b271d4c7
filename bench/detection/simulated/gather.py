"""A bank's customers as detectors are told of them, in arrays: who is at which subject, and when.

The facts, cells, counts, moods and levels are the product's own functions; what is done here
instead of there is the adding up over cells, for all members at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.detection.simulated.banks import Truth
from pipeline.core.calendar import Calendar
from pipeline.core.detectors.cells import NAMES, cells_of
from pipeline.core.detectors.group import COUNTS, Mood, counts_of, mood_of
from pipeline.core.detectors.levels import group_level
from pipeline.core.detectors.members import (
    STAFF,
    Facts,
    Member,
    Traits,
    month_of_subject,
)
from pipeline.core.detectors.telling import adds_by_month, facts_of, traits_of
from pipeline.core.ledger.account import Account

__all__ = ["LOCKED", "SCALES", "Array", "Gathered", "Told", "gather", "levels_of", "tell"]

Array = NDArray[Any]

SCALES = tuple((kind, name) for kind, names in NAMES.items() for name in names)
"""Kinds of subjects with their scales; elsewhere a number says which."""

LOCKED = COUNTS.index("locked")
HURRIED = COUNTS.index("hurried")
_NO_ADD = -1


@dataclass(frozen=True)
class Gathered:
    """A customer's month is a *month*, a customer at a subject a *member*, one in a cell a *place*.

    ``members`` are at subjects of two customers or more, ``places`` in cells of two or more. Of a
    member: its ``month``, its ``add`` (-1 unless the subject is a staff member) and its ``counts``
    (members by COUNTS, without suspicion). Of a place: its ``member``, its ``cell`` and its
    ``scale``. The places of a member follow each other.
    """

    traits: list[Traits]
    months: list[tuple[str, int]]
    adds: list[tuple[str, str]]
    add_month: Array
    truths: list[Truth | None]
    member_month: Array
    member_add: Array
    counts: Array
    place_member: Array
    place_cell: Array
    place_scale: Array

    @property
    def fake(self) -> Array:
        """1 for each add that is a fake."""
        return np.array([one is not None and one.fake for one in self.truths], dtype=float)

    @property
    def hurried(self) -> Array:
        """1 for each place whose customer is hurried."""
        return self.counts[self.place_member, HURRIED]

    def own(self, suspicion: Array | None = None) -> Array:
        """The members' counts, with the suspicion (0 to 3) of each month."""
        if suspicion is None:
            return self.counts
        own = self.counts.copy()
        own[:, LOCKED] = suspicion[self.member_month]
        return own

    def totals(self, own: Array) -> Array:
        """The sums over each cell's members, cells by COUNTS."""
        placed = own[self.place_member]
        columns = [np.bincount(self.place_cell, weights=column) for column in placed.T]
        return np.stack(columns, axis=1).astype(np.int64)


@dataclass(frozen=True)
class Told:
    """What one account says: its traits and adds by month, and its facts."""

    traits: Mapping[int, Traits]
    adds: Mapping[int, list[tuple[int, str]]]
    facts: Facts


def tell(account: Account, calendar: Calendar) -> Told:
    """As the ledger tells it to detectors, but for suspicion, which is 0."""
    months = adds_by_month(account, calendar)
    traits = {month: traits_of(account, month, adds) for month, adds in months.items()}
    return Told(traits, months, facts_of(account, months, traits))


def gather(
    accounts: Mapping[str, Account],
    truth: Mapping[tuple[str, str], Truth],
    calendar: Calendar,
) -> Gathered:
    """The accounts must come in a fixed order for the same arrays."""
    traits: list[Traits] = []
    months: dict[tuple[str, int], int] = {}
    adds: dict[tuple[str, str], int] = {}
    add_month: list[int] = []
    subjects: dict[str, list[tuple[str, Member]]] = {}
    for customer, account in accounts.items():
        told = tell(account, calendar)
        for month, found in told.traits.items():
            number = months[customer, month] = len(months)
            traits.append(found)
            for _, staff in told.adds[month]:
                adds[staff, customer] = len(adds)
                add_month.append(number)
        for subject, member in told.facts.items():
            subjects.setdefault(subject, []).append((customer, member))
    rows = _Rows()
    for subject, members in subjects.items():
        if len(members) > 1:
            for customer, member in members:
                month = month_of_subject(subject) or calendar.month(member.times[0])
                add = adds[subject.partition("\x1f")[2], customer] if subject[0] == STAFF else None
                rows.put(subject, member, months[customer, month], add)
    return Gathered(
        traits=traits,
        months=list(months),
        adds=list(adds),
        add_month=np.array(add_month, dtype=np.int64),
        truths=[truth.get(pair) for pair in adds],
        **rows.arrays(),
    )


_NUMBERS = {pair: number for number, pair in enumerate(SCALES)}


class _Rows:
    """Members and their places, as lists that grow."""

    def __init__(self) -> None:
        self._month: list[int] = []
        self._add: list[int] = []
        self._counts: list[tuple[int, ...]] = []
        self._member: list[int] = []
        self._cell: list[int] = []
        self._scale: list[int] = []
        self._cells: dict[tuple[str, tuple[int, ...]], int] = {}

    def put(self, subject: str, member: Member, month: int, add: int | None) -> None:
        number, kind = len(self._month), subject[0]
        self._month.append(month)
        self._add.append(_NO_ADD if add is None else add)
        self._counts.append(counts_of(member))
        for cell in cells_of(kind)(member):
            self._member.append(number)
            self._cell.append(self._cells.setdefault((subject, cell), len(self._cells)))
            self._scale.append(_NUMBERS[kind, NAMES[kind][cell[0]]])

    def arrays(self) -> dict[str, Array]:
        """Without the places of those who are alone in a cell."""
        cell = np.array(self._cell, dtype=np.int64)
        shared = np.bincount(cell)[cell] > 1 if len(cell) else np.zeros(0, dtype=bool)
        _, renumbered = np.unique(cell[shared], return_inverse=True)
        counts = np.array(self._counts, dtype=np.int64).reshape(-1, len(COUNTS))
        return {
            "member_month": np.array(self._month, dtype=np.int64),
            "member_add": np.array(self._add, dtype=np.int64),
            "counts": counts,
            "place_member": np.array(self._member, dtype=np.int64)[shared],
            "place_cell": renumbered,
            "place_scale": np.array(self._scale, dtype=np.int64)[shared],
        }


def levels_of(
    gathered: Gathered, places: Array, parts: tuple[str, ...], suspicion: Array | None = None
) -> Array:
    """The levels of these places, by the product's ``group_level``: places by ("size", *parts).

    -1 in a row where there is none. Places of equal moods and own counts are looked at once.
    """
    own = gathered.own(suspicion)
    owns, own_number = _distinct(own[gathered.place_member[places]])
    totals, total_number = _distinct(gathered.totals(own)[gathered.place_cell[places]])
    moods: list[Mood] = [mood_of(row) for row in totals]
    pairs, inverse = np.unique(total_number * len(owns) + own_number, return_inverse=True)
    rows = np.full((len(pairs), 1 + len(parts)), -1, dtype=np.int64)
    for number, pair in enumerate(pairs.tolist()):
        level = group_level(moods[pair // len(owns)], owns[pair % len(owns)], parts)
        if level is not None:
            rows[number] = [level["size"], *(level[part] for part in parts)]
    return rows[inverse]


def _distinct(rows: Array) -> tuple[list[tuple[int, ...]], Array]:
    """The distinct rows (whole numbers, not negative) and the number of each row among them."""
    keys = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        # One column at a time, renumbered each time: no key outgrows 64 bits.
        _, keys = np.unique(keys * (int(column.max(initial=0)) + 1) + column, return_inverse=True)
    _, first = np.unique(keys, return_index=True)
    return [tuple(row) for row in rows[first].tolist()], keys
