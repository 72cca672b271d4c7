"""Customers: who somebody is, what his account shows, and which row the CRM has of him."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.detection.randomised.dice import Dice
from bench.detection.randomised.habits import Habits
from bench.detection.randomised.knobs import Knobs
from bench.detection.randomised.places import NAMES, Places
from bench.detection.randomised.staff import Desk, Roster

__all__ = ["Book", "Person", "digest"]

_SEGMENTS = ("mass", "affluent", "private", "small_business")


def digest(*parts: object, digits: int = 16) -> str:
    """An id that looks like one and says nothing."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:digits]


@dataclass(slots=True)
class Person:
    """One account. ``when`` is None for who does not verify, ``claim`` the form's province;
    ``pace`` a median gap between adds; ``staff`` are those added so far."""

    customer_id: str
    number: str
    province: str
    claim: str
    ip: str
    device: str
    wecom: bool
    when: str | None
    app: bool
    leaves: bool
    writes: bool
    business: bool
    several: bool
    routine: bool
    pace: float
    staff: set[str]
    verified: bool = False
    wrote: bool = False


class Book:
    """Draws people, and keeps the CRM's rows of them."""

    def __init__(
        self, seed: int, dice: Dice, habits: Habits, roster: Roster, places: Places, first: dt.date
    ) -> None:
        self._seed, self._dice, self._habits = seed, dice, habits
        self._roster, self._places, self._first = roster, places, first
        self._count = 0
        self.rows: list[dict[str, Any]] = []

    def people(self, knobs: Knobs, desk: Desk) -> Iterator[Person]:
        """One after the other, of this gathering at this staff member's place."""
        dice, numbers, lines = self._dice, _Numbers(), _Lines(self._habits, self._places)
        while True:
            home = dice.choice(NAMES) if dice.chance(knobs.foreign) else desk.province
            verifies = dice.chance(knobs.verify)
            number = numbers.of(dice, knobs, lambda home=home: self._number(knobs, desk, home))
            yield Person(
                customer_id=f"wm{self._name('customer')}",
                number=number,
                province=home,
                claim=dice.choice(NAMES) if dice.chance(knobs.away) else home,
                ip=lines.of(dice, home),
                device=self._name("device"),
                wecom=dice.chance(knobs.wecom),
                when=knobs.when if verifies else None,
                app=dice.chance(knobs.app),
                leaves=dice.chance(knobs.leave),
                writes=dice.chance(knobs.write),
                business=dice.chance(knobs.business),
                several=dice.chance(knobs.several),
                routine=dice.chance(knobs.routine),
                pace=dice.about(knobs.gap, knobs.gap_spread),
                staff=set(),
            )

    def residents(self, number: int) -> None:
        """Rows of customers who add nobody this month."""
        for _ in range(number):
            desk = self._dice.choice(self._roster.front)
            self._row(self._name("resident", 12), desk, desk.province, old=True)

    def _name(self, kind: str, digits: int = 16) -> str:
        self._count += 1
        return digest(self._seed, kind, self._count, digits=digits)

    def _number(self, knobs: Knobs, desk: Desk, home: str) -> str:
        dice, number = self._dice, self._name("number", 12)
        if dice.chance(knobs.customers):
            self._row(number, desk, home, old=True)
        elif dice.chance(knobs.opening):
            self._row(number, desk, home, old=False)
        elif not dice.chance(knobs.strangers):
            self._row(number, desk, home, old=None)
        return number

    def _row(self, number: str, desk: Desk, home: str, *, old: bool | None) -> None:
        """A customer of old, one of this month, or with None one without an account."""
        dice = self._dice
        manager = desk if dice.chance(0.7) else dice.choice(self._roster.front)
        row: dict[str, Any] = {"bank_customer_id": number, "home_province": home}
        if dice.chance(0.9):
            row["manager_staff_id"] = manager.id
        if dice.chance(0.8):
            row["segment"] = dice.choice(_SEGMENTS)
        if dice.chance(0.004):
            row["employee"] = True
        if old is not None:
            days = -int(dice.log_uniform(1, 6000)) if old else dice.randrange(28)
            row["account_opened_on"] = str(self._first + dt.timedelta(days))
        self.rows.append(row)


class _Numbers:
    """Bank numbers of a gathering's people, some of which serve many."""

    def __init__(self) -> None:
        self._shared, self._left = "", 0

    def of(self, dice: Dice, knobs: Knobs, new: Any) -> str:
        if not dice.chance(knobs.borrowed):
            return str(new())
        if self._left <= 0:
            self._shared, self._left = new(), int(dice.about(knobs.borrowers, 0.5))
        self._left -= 1
        return self._shared


class _Lines:
    """Where people are by themselves: at home, or behind their province's carrier."""

    def __init__(self, habits: Habits, places: Places) -> None:
        self._share, self._places = habits.carrier, places

    def of(self, dice: Dice, province: str) -> str:
        if dice.chance(self._share):
            return self._places.carrier(dice, province)
        return self._places.own(dice, province)
