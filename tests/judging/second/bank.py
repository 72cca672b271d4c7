"""The bank of one seed: its world, its habits, and the adds that are planned in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.judging.second.chance import HOUR, Dice
from tests.judging.second.clock import Calendar
from tests.judging.second.habits import Life, Look, draw_looks
from tests.judging.second.network import Network
from tests.judging.second.people import (
    Book,
    Person,
    Staff,
    draw_branches,
    draw_staff,
    new_customer_id,
    pick_province,
)

__all__ = ["Add", "Bank", "Scene"]


@dataclass(slots=True, eq=False)
class Add:
    """A planned friend.added: its fields, and what it means for the days after it."""

    time: int
    staff: Staff
    person: Person
    data: dict[str, object]
    life: Life
    label: str
    pool: str
    context: str
    place: str  # the province that pages see
    venue: tuple[str, str] | None = None  # address and device where they also verify
    group: str = ""
    came_from: Staff | None = None  # transferred from


@dataclass(slots=True)
class Scene:
    """A lawful event with its place and time: what an attack can hide in."""

    context: str
    start: int
    end: int
    staff: list[Staff]
    nat: str = ""


@dataclass(slots=True)
class Where:
    """How an add comes in: the look of its crowd, and a place's address and device if shared."""

    look: Look
    nat: str = ""
    nat_share: float = 0.0
    tablet: str = ""
    place: str = ""  # the province that the address is in, where not the person's


@dataclass
class Bank:
    seed: int
    calendar: Calendar
    network: Network
    staff: list[Staff]
    book: Book
    looks: dict[str, Look]
    returning: float  # chance that a next one of a town has a friend at the bank already
    wecom: float  # plain people who use their firm's account
    by_number: float  # province told by the telephone's number, not the address
    towns: dict[str, list[Person]] = field(default_factory=dict)
    adds: list[Add] = field(default_factory=list)
    scenes: list[Scene] = field(default_factory=list)

    @classmethod
    def draw(cls, seed: int, staff: int, days: int) -> Bank:
        calendar = Calendar(Dice(f"{seed}/calendar"), days)
        network = Network(Dice(f"{seed}/network"))
        dice = Dice(f"{seed}/people")
        branches = draw_branches(dice, staff)
        for branch in branches:
            branch.wifi = network.line(dice, branch.province)
            branch.tablet = network.device(dice)
        everyone = draw_staff(dice, staff, branches)
        book = Book(Dice(f"{seed}/book"), everyone, calendar)
        habits = Dice(f"{seed}/habits")
        return cls(
            seed,
            calendar,
            network,
            everyone,
            book,
            draw_looks(Dice(f"{seed}/looks")),
            returning=habits.uniform(0.005, 0.06),
            wecom=habits.uniform(0.01, 0.05),
            by_number=habits.uniform(0.05, 0.7),
        )

    def some_staff(self, dice: Dice) -> Staff:
        """A member of staff, those who make many friends more often."""
        return dice.choices(self.staff, [one.pull for one in self.staff])[0]

    def colleagues(self, dice: Dice, one: Staff, number: int, near: float = 1.0) -> list[Staff]:
        """``one`` and others: of the branch with chance ``near`` each, else of the bank."""
        team = [one]
        for _ in range(3 * number):
            if len(team) >= number:
                break
            other = dice.choice(one.branch.staff) if dice.chance(near) else self.some_staff(dice)
            if other not in team:
                team.append(other)
        return team

    def newcomer(
        self, dice: Dice, place: str, *, home: str | None = None, wecom: float | None = None
    ) -> Person:
        """An account not seen before, of somebody who is in ``place``."""
        if home is None:
            home = place if dice.chance(0.8) else pick_province(dice)
        kind = "wecom" if dice.chance(self.wecom if wecom is None else wecom) else "wechat"
        return Person(
            new_customer_id(dice, kind),
            kind,
            place,
            home,
            self.network.device(dice),
            self.network.line(dice, place),
            talk=dice.gammavariate(0.8, 1.25),
            owl=dice.betavariate(1, 5),
            will=dice.random(),
        )

    def someone(self, dice: Dice, staff: Staff, own: float = 0.5) -> Person:
        """Somebody of the staff's town: mostly new here, now and then with friends at the bank.

        ``own`` is the chance of a newcomer to be a customer of the very staff member.
        """
        town = self.towns.setdefault(staff.branch.city, [])
        if town and dice.chance(self.returning):
            found = dice.choice(town)
            if staff.index not in found.met:
                return found
        person = self.newcomer(dice, staff.province)
        if dice.chance(own):
            person.bank_id = self.book.own(dice, staff)
        elif dice.chance(0.3):
            person.bank_id = self.book.own(dice, dice.choice(staff.branch.staff))
        town.append(person)
        return person

    def add(
        self,
        dice: Dice,
        time: float,
        staff: Staff,
        person: Person,
        where: Where,
        life: Life,
        context: str,
        *,
        label: str = "organic",
        pool: str = "",
        verify_there: float = 0.0,
        group: str = "",
        came_from: Staff | None = None,
    ) -> int:
        """Plans an add; 1, or 0 where the pair has one or the time is outside the window."""
        time = int(time)
        if staff.index in person.met or not self.calendar.start <= time < self.calendar.end:
            return 0
        person.met.add(staff.index)
        ip, device = self._seen(dice, person, where)
        data = self._fields(dice, staff, person, where, ip, device)
        venue = (ip, device) if dice.chance(verify_there) else None
        place = where.place or person.place
        self.adds.append(
            Add(
                *(time, staff, person, data, life, label, pool, context),
                *(place, venue, group, came_from),
            )
        )
        if label == "organic":
            staff.planned.append((time, person))
        return 1

    def _seen(self, dice: Dice, person: Person, where: Where) -> tuple[str, str]:
        """Address and device of the add, whether or not a page of the bank's sees them."""
        device = where.tablet or person.device
        if where.nat and dice.chance(where.nat_share):
            return where.nat, device
        if not where.place and dice.chance(0.35):
            return person.line, device
        return self.network.carrier(dice, where.place or person.place), device

    def _fields(
        self, dice: Dice, staff: Staff, person: Person, where: Where, ip: str, device: str
    ) -> dict[str, object]:
        look = where.look
        data: dict[str, object] = {
            "staff_id": staff.id,
            "customer_id": person.customer_id,
            "add_way": dice.weighted(look.ways),
        }
        channel = dice.weighted(look.channels)
        if channel:
            data["channel"] = channel
        if dice.chance(look.page):
            data["ip"] = ip
            data["province"] = self.province(dice, person, where.place)
            if dice.chance(look.device):
                data["device_id"] = device
        elif dice.chance(look.told):
            data["province"] = self.province(dice, person, where.place)
        if dice.chance(look.kind):
            data["account_kind"] = person.kind
        if dice.chance(look.one_sided):
            data["mutual"] = False
        elif dice.chance(look.mutual):
            data["mutual"] = True
        return data

    def province(self, dice: Dice, person: Person, place: str = "") -> str:
        """As a page tells it: by the telephone's number, or by the address."""
        return person.home if dice.chance(self.by_number) else place or person.place

    def awake(self, dice: Dice, time: float, person: Person) -> int:
        return self.calendar.wake(dice, int(time), person.owl)

    def scene(self, context: str, start: int, hours: float, staff: list[Staff], nat: str) -> None:
        self.scenes.append(Scene(context, start, int(start + hours * HOUR), staff, nat))
