"""All adds of one bank: so many from routine, from crowds and from orders of bought friends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.detection.randomised.attacks import ATTACKS, HIDING
from bench.detection.randomised.circles import (
    Add,
    Circle,
    Round,
    arrivals,
    awake,
    staff_of,
    visit,
)
from bench.detection.randomised.dice import Dice
from bench.detection.randomised.habits import Habits
from bench.detection.randomised.knobs import DAY, GENERAL, HOUR, Knobs, adds_each, drawn, redrawn
from bench.detection.randomised.lawful import LAWFUL, ROUTINE
from bench.detection.randomised.likeness import Screen
from bench.detection.randomised.people import Book, Person
from bench.detection.randomised.places import Places
from bench.detection.randomised.ranges import Region
from bench.detection.randomised.staff import Desk, Roster, weighted

__all__ = ["LAWFUL_LABEL", "Planned", "Planner"]

LAWFUL_LABEL = "organic"
_LEAST_PEOPLE = 4
_LEAST_ADDS = 12
_LEAST_ORDER = 40
_BY_ROUND = ("people", "duration", "rhythm", "staff", "reach", "gap", "prefix", "breadth", "line")
"""What may be another in the next round."""
_ALONE = Circle(LAWFUL_LABEL, "routine", "")


@dataclass(frozen=True, slots=True)
class Planned:
    """An add with the circle and the knobs it comes from."""

    add: Add
    circle: Circle
    knobs: Knobs


class Planner:
    """One bank's people, staff and places, and what happens there in ``days``."""

    def __init__(self, seed: int, staff: int, days: int, first: dt.date) -> None:
        self._dice = Dice(f"{seed}/plan")
        self.habits = Habits.draw(Dice(f"{seed}/habits"))
        self.screen = Screen(self.habits.weights)
        self.roster = Roster.draw(Dice(f"{seed}/staff"), staff)
        self.places = Places(Dice(f"{seed}/places"))
        self.book = Book(seed, Dice(f"{seed}/people"), self.habits, self.roster, self.places, first)
        self._window = days * DAY
        self._total = self.habits.daily * staff * days
        front = self.roster.front
        self._buyers = self._dice.sample(front, max(1, int(len(front) * self.habits.buyers)))
        self._pools: dict[str, list[Circle]] = {}
        self._circles = 0

    def adds(self) -> Iterator[Planned]:
        """In no order."""
        fakes = self._total * self.habits.fakes
        gathered = (self._total - fakes) * self.habits.gathered
        yield from self._routine(self._total - fakes - gathered)
        for kind, budget in _budgets(self.habits.kinds, gathered):
            yield from self._crowds(kind, budget)
        for label, budget in _budgets(self.habits.labels, fakes):
            yield from self._orders(label, budget)

    def _routine(self, budget: float) -> Iterator[Planned]:
        pulls = sum(one.pull for one in self.roster.front)
        for desk in self.roster.front:
            knobs = self._drawn(ROUTINE, {}, 0.0)
            people = budget * desk.pull / pulls / adds_each(knobs)
            knobs = replace(knobs, people=people, duration=self._window)
            circle = Circle(LAWFUL_LABEL, "routine", "")
            yield from self._round(circle, knobs, self._staff(knobs, desk, ()), 0.0)

    def _crowds(self, kind: str, budget: float) -> Iterator[Planned]:
        region = LAWFUL[kind]
        while budget > 0:
            desk = weighted(self._dice, self.roster.front)
            both = [self._lawful(region) for _ in range(2)]
            circle = self._circle(LAWFUL_LABEL, kind, "", both[0])
            for planned in self._rounds(circle, both, desk, (), budget):
                budget -= 1
                yield planned
            budget -= 1

    def _orders(self, label: str, budget: float) -> Iterator[Planned]:
        while budget > 0:
            desk = self._dice.choice(self._buyers)
            level = self._dice.pick(self.habits.hiding)
            both = [self._bought(label, level) for _ in range(2)]
            circle = self._circle(label, level, f"pool-{self._circles + 1}", both[0])
            most = min(budget, max(_LEAST_ORDER, budget * self._dice.uniform(0.1, 0.5)))
            for planned in self._rounds(circle, both, desk, self._buyers, most):
                budget -= 1
                yield planned
            budget -= 1

    def _lawful(self, region: Region) -> Knobs:
        stray = self.habits.stray
        return self.screen.lawful(self._dice, lambda: self._drawn(region, GENERAL, stray))

    def _bought(self, label: str, level: str) -> Knobs:
        """Hidden as a crowd of one kind."""
        dice, slants = self._dice, self.habits.slants[label]
        crowd = {**LAWFUL[dice.choice(list(LAWFUL))], "routine": ATTACKS[label]["routine"]}
        return self.screen.bought(
            dice, lambda: drawn(dice, ATTACKS[label], slants, crowd, HIDING[level]), level
        )

    def _drawn(self, region: Region, other: Region, share: float) -> Knobs:
        return drawn(self._dice, region, self.habits.tilts, other, share)

    def _circle(self, label: str, context: str, pool_id: str, knobs: Knobs) -> Circle:
        """A new one, or one with the people of an earlier one of the kind."""
        self._circles += 1
        circle = Circle(label, context, pool_id)
        kin = self._pools.setdefault(label if pool_id else context, [])
        if kin and self._dice.chance(knobs.known):
            circle.pool = list(self._dice.choice(kin).pool)
        kin.append(circle)
        return circle

    def _rounds(
        self,
        circle: Circle,
        both: Sequence[Knobs],
        desk: Desk,
        among: Sequence[Desk],
        budget: float,
    ) -> Iterator[Planned]:
        """A circle's gatherings, until there are as many adds as the budget has."""
        knobs, staff = both[0], self._staff(both[0], desk, among)
        for number in range(max(1, round(knobs.rounds))):
            if number:
                other = redrawn(self._dice, knobs, both[number % 2], _BY_ROUND, 0.4)
                if self.screen.between(other, both, paid=bool(circle.pool_id)):
                    knobs = other
                if not self._dice.chance(knobs.same_staff):
                    if among:
                        desk = self._dice.choice(among)
                    staff = self._staff(knobs, desk, among)
            most = max(_LEAST_PEOPLE, budget / adds_each(knobs))
            knobs = replace(knobs, people=min(knobs.people, most))
            start = self._dice.uniform(0, max(HOUR, self._window - knobs.duration))
            for planned in self._round(circle, knobs, staff, start):
                budget -= 1
                yield planned
            if budget <= 0:
                return

    def _staff(self, knobs: Knobs, desk: Desk, among: Sequence[Desk]) -> list[Desk]:
        return staff_of(self._dice, knobs, desk, self.roster, among)

    def _round(
        self, circle: Circle, knobs: Knobs, staff: list[Desk], start: float
    ) -> Iterator[Planned]:
        dice = self._dice
        one = Round.draw(dice, knobs, staff, self.places)
        people = self._people(circle, knobs, staff[0])
        times = arrivals(dice, knobs, max(1, round(knobs.people)), self._window - start)
        start = awake(start, knobs.rhythm) if start else start
        for person, time in zip(people, times, strict=False):
            moment = awake(start + time, knobs.rhythm)
            for add in visit(dice, one, person, moment, self.roster):
                yield Planned(add, circle, knobs)
            if person.routine:
                person.routine = False
                yield from self._by_himself(one, person)

    def _by_himself(self, one: Round, person: Person) -> Iterator[Planned]:
        """An add like anybody's, lawful also of a bought account."""
        desk = weighted(self._dice, self.roster.front)
        if desk.id not in person.staff:
            person.staff.add(desk.id)
            time = awake(self._dice.uniform(0, self._window), "office")
            yield Planned(Add(time, person, desk, one.where(self._dice)), _ALONE, one.knobs)

    def _people(self, circle: Circle, knobs: Knobs, desk: Desk) -> Iterator[Person]:
        """Those who came before, in any order, and new ones."""
        old = list(circle.pool)
        self._dice.shuffle(old)
        for new in self.book.people(knobs, desk):
            if old and not self._dice.chance(knobs.turnover):
                yield old.pop()
            else:
                circle.pool.append(new)
                yield new


def _budgets(weights: Mapping[str, float], total: float) -> Iterator[tuple[str, float]]:
    """Adds of each name by its weight; what would be too few is left out."""
    whole = sum(weights.values())
    for name, weight in weights.items():
        if total * weight / whole >= _LEAST_ADDS:
            yield name, total * weight / whole
