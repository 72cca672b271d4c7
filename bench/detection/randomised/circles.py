"""A circle of people and its rounds: from knobs to who adds whom, when and where from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.detection.randomised.dice import Dice
from bench.detection.randomised.knobs import DAY, HOUR, Knobs
from bench.detection.randomised.people import Person, digest
from bench.detection.randomised.places import Places
from bench.detection.randomised.staff import Desk, Roster

__all__ = [
    "Add",
    "Circle",
    "Round",
    "Where",
    "arrivals",
    "awake",
    "staff_of",
    "visit",
]

_TWIN = 2.0


@dataclass(frozen=True, slots=True)
class Where:
    """A shared address and device of some of a round's people; None is a person's own."""

    ip: str | None
    device: str | None


@dataclass(frozen=True, slots=True)
class Add:
    """``time`` is in seconds since the window's start."""

    time: float
    person: Person
    desk: Desk
    where: Where


@dataclass
class Circle:
    """People who come in rounds; ``pool_id`` names them in the truth."""

    label: str
    context: str
    pool_id: str
    pool: list[Person] = field(default_factory=list)


@dataclass(frozen=True)
class Round:
    """One gathering: its knobs, the staff as its people are told of them, the shared lines and
    devices."""

    knobs: Knobs
    staff: Sequence[Desk]
    lines: Sequence[str]
    devices: Sequence[str]

    @classmethod
    def draw(cls, dice: Dice, knobs: Knobs, staff: Sequence[Desk], places: Places) -> Round:
        province, lines = staff[0].province, []
        if knobs.line == "one":
            lines = [places.own(dice, province)]
        elif knobs.line == "few":
            lines = [places.own(dice, province) for _ in range(2 + int(dice.expovariate(0.3)))]
        elif knobs.line == "carrier":
            lines = [places.carrier(dice, province) for _ in range(6)]
        devices = [
            digest("device", dice.getrandbits(64)) for _ in range(max(1, int(knobs.devices)))
        ]
        return cls(knobs, staff, lines, devices)

    def where(self, dice: Dice) -> Where:
        """Where one of its people is."""
        shared = self.lines and dice.chance(self.knobs.on_line)
        held = dice.chance(self.knobs.on_device)
        return Where(
            dice.choice(self.lines) if shared else None,
            dice.choice(self.devices) if held else None,
        )


def staff_of(
    dice: Dice, knobs: Knobs, first: Desk, roster: Roster, among: Sequence[Desk]
) -> list[Desk]:
    """The first one and others within reach, those ``among`` them rather than others."""
    near = roster.within(first, knobs.reach)
    dice.shuffle(near)
    liked = set(among)
    near.sort(key=lambda one: one not in liked or dice.chance(0.1))
    return [first, *near[: max(0, round(knobs.staff) - 1)]]


def arrivals(dice: Dice, knobs: Knobs, number: int, room: float) -> list[float]:
    """So many times in order, in seconds since the round's start, within ``room``."""
    span = min(knobs.duration, room)
    if knobs.rhythm == "burst":
        times = [min(span, dice.expovariate(3 / span)) for _ in range(number)]
    elif knobs.rhythm == "bursts":
        tops = [dice.uniform(0, span) for _ in range(dice.randint(2, 7))]
        times = [(dice.choice(tops) + dice.expovariate(15 / span)) % span for _ in range(number)]
    else:
        times = [dice.uniform(0, span) for _ in range(number)]
    return sorted(times)


def awake(time: float, rhythm: str) -> float:
    """The same day's time in waking or, of an office, working hours (nine to six)."""
    start, hours = (9 * HOUR, 9 * HOUR) if rhythm == "office" else (7 * HOUR, 16 * HOUR)
    day, second = divmod(time, DAY)
    if start <= second <= start + hours:
        return time
    return day * DAY + start + second / DAY * hours


def visit(dice: Dice, one: Round, person: Person, time: float, roster: Roster) -> Iterator[Add]:
    """One person's adds of a round, those of staff whom he has not got yet."""
    knobs, where = one.knobs, one.where(dice)
    first = True
    for desk in _chosen(dice, one, person, roster):
        if not first:
            time += _gap(dice, knobs, person, twin=len(person.staff) == 1)
        first = False
        if desk.id not in person.staff:
            person.staff.add(desk.id)
            yield Add(time, person, desk, where)


def _gap(dice: Dice, knobs: Knobs, person: Person, *, twin: bool) -> float:
    if twin and dice.chance(knobs.twin):
        return dice.uniform(0.1, _TWIN)
    return dice.about(person.pace, 0.5)


def _chosen(dice: Dice, one: Round, person: Person, roster: Roster) -> list[Desk]:
    """Whom he adds, in order."""
    knobs, staff = one.knobs, one.staff
    number = 1
    if person.several and len(staff) > 1:
        number = 2 + sum(dice.chance(knobs.breadth) for _ in staff[2:])
    listed = dice.chance(knobs.prefix)
    chosen = list(staff[:number]) if listed else dice.sample(staff, number)
    if dice.chance(knobs.shuffled):
        dice.shuffle(chosen)
    for _ in range(number):
        if dice.chance(knobs.decoys):
            chosen.insert(dice.randint(0, len(chosen)), dice.choice(roster.front))
    return chosen
