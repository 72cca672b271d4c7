"""The trade in friends: sellers with stocks of accounts, staff who buy, covers to hide under.

An account costs a seller more to make than an add brings in (10 to 15 yuan a hundred), so accounts
are worn: taken from order to order and staff to staff until they are blocked. Part-timers on task
boards have telephones and lives of their own; some live in the very town and are lawful friends of
other staff.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.judging.second.bank import Bank, Scene, Where
from tests.judging.second.chance import DAY, HOUR, Dice
from tests.judging.second.habits import Life
from tests.judging.second.people import Person, Staff, pick_province

__all__ = ["Cover", "Craft", "Market", "Seller"]

_COVERS = (
    *(("everyday", 5), ("hall_counter", 4), ("month_end_push", 3), ("red_packet", 2)),
    *(("referral", 1.5), ("payroll", 2), ("campus", 1), ("late_night", 1), ("merchants", 1)),
    *(("residents_group", 1), ("call_centre", 1.5), ("fair", 1), ("hall_tablet", 0.7)),
    *(("family", 0.7), ("insurance_day", 0.6), ("rate_shopper", 0.5), ("relatives", 0.8)),
)
"""Whose look an attack takes on; by how plain it is to copy."""


@dataclass(slots=True)
class Craft:
    """How careful one gang is; drawn wide, so that some are crude and some nearly people."""

    verify: float
    chats: float
    leave: float
    leave_after: float
    in_province: float
    proxies: int
    proxied: float
    hides: float  # chance to go where a lawful crowd is
    stolen: float  # numbers of the book's customers rather than others
    pace: float  # median seconds between two adds of a sitting

    @classmethod
    def draw(cls, dice: Dice) -> Craft:
        return cls(
            verify=dice.uniform(0.02, 0.8),
            chats=dice.near(0.4, 0.9),
            leave=dice.uniform(0.03, 0.75),
            leave_after=dice.near(90, 0.9),
            in_province=dice.uniform(0.15, 0.97),
            proxies=dice.heavy(2, 0.9, 60),
            proxied=dice.uniform(0, 0.8),
            hides=dice.uniform(0.2, 0.95),
            stolen=dice.uniform(0.2, 1),
            pace=dice.near(25, 0.9),
        )

    def life(self, dice: Dice, **others: float) -> Life:
        """The life of one order's adds; ``others`` in place of what the gang mostly does."""
        known = {
            "verify": dice.share(self.verify, 10),
            "verify_after": dice.near(6, 1.2),
            "greet": dice.share(0.35, 2),
            "chats": self.chats * dice.near(1, 0.4),
            "leave": dice.share(self.leave, 10),
            "leave_after": dice.near(self.leave_after, 0.5),
            "dropped": dice.share(0.03, 30),
            "reacts": dice.share(0.05, 5),
            "clicks": dice.share(0.06, 5),
            "buys": dice.share(0.01, 20),
        }
        return Life(**{**known, **others})


@dataclass(slots=True)
class Cover:
    """What an order looks like: a crowd's look, and the time where it hides in a real one."""

    context: str
    look: str
    start: float
    length: float
    nat: str
    hidden: bool


@dataclass(slots=True)
class Seller:
    craft: Craft
    base: str  # province
    reuse: float
    part_time: float
    local: float  # of the part-timers, people of the buyer's town
    phones: list[str]
    stock: list[Person] = field(default_factory=list)
    proxies: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def draw(cls, bank: Bank, dice: Dice) -> Seller:
        phones = [bank.network.device(dice) for _ in range(dice.heavy(4, 0.9, 120))]
        return cls(
            Craft.draw(dice),
            pick_province(dice) if dice.chance(0.7) else bank.staff[0].province,
            reuse=dice.uniform(0.35, 0.92),
            part_time=dice.uniform(0.05, 0.9),
            local=dice.uniform(0, 0.3),
            phones=phones,
        )

    def take(self, bank: Bank, dice: Dice, number: int, buyer: Staff) -> list[Person]:
        """Accounts for an order: worn ones first, by rank of how lately they worked."""
        chosen: dict[Person, None] = {}
        for _ in range(number):
            if self.stock and dice.chance(self.reuse):
                chosen[dice.ranked(self.stock, 0.7)] = None
            else:
                chosen[self.make(bank, dice, buyer)] = None
        for account in chosen:
            account.worn += 1
        self.stock = [one for one in self.stock if one not in chosen]
        self.stock += [one for one in chosen if dice.chance(0.93)]  # the others were blocked
        return list(chosen)

    def make(self, bank: Bank, dice: Dice, buyer: Staff) -> Person:
        """An account that no order has used: a part-timer's, or one from the seller's racks."""
        if dice.chance(self.part_time):
            if dice.chance(self.local):
                return bank.someone(dice, buyer, 0.2)
            place = buyer.province if dice.chance(0.3) else pick_province(dice)
            return bank.newcomer(dice, place)
        home = self.base if dice.chance(0.5) else pick_province(dice)
        account = bank.newcomer(dice, self.base, home=home, wecom=0.04)
        if dice.chance(0.7):
            account.device = dice.ranked(self.phones, 1.3)
        account.talk = dice.near(0.4, 0.8)
        account.owl = 0.3
        return account

    def where(self, bank: Bank, dice: Dice, staff: Staff, cover: Cover) -> Where:
        """How an add to ``staff`` goes out: by a proxy, a SIM of the province, or as it is."""
        look = bank.looks[cover.look]
        if cover.nat and dice.chance(0.4):  # somebody sits in the crowd
            return Where(look, cover.nat, 0.8, place=staff.province)
        if not dice.chance(self.craft.in_province):
            return Where(look)
        ready = self.proxies.setdefault(staff.province, [])
        while len(ready) < self.craft.proxies:
            ready.append(bank.network.line(dice, staff.province))
        return Where(look, dice.choice(ready), self.craft.proxied, place=staff.province)


@dataclass
class Market:
    bank: Bank
    sellers: list[Seller]
    buyers: list[Staff]
    rings: list[list[Person]] = field(default_factory=list)
    gangs: list[tuple[Seller, list[Person]]] = field(default_factory=list)
    orders: int = 0
    _scenes: dict[int, list[Scene]] = field(default_factory=dict)

    @classmethod
    def draw(cls, bank: Bank, dice: Dice) -> Market:
        """After the lawful adds are planned: covers are among them."""
        number = 2 + dice.extra(1.5) + len(bank.staff) // 150
        share = dice.uniform(0.08, 0.3)
        buyers = dice.some(bank.staff, max(4, int(len(bank.staff) * share)))
        market = cls(bank, [Seller.draw(bank, dice) for _ in range(number)], buyers)
        for scene in bank.scenes:
            for one in scene.staff:
                market._scenes.setdefault(one.index, []).append(scene)
        return market

    def order(self, label: str) -> str:
        self.orders += 1
        return f"{label}-{self.orders:04d}"

    def customers_of(self, dice: Dice, number: int, near: float) -> list[Staff]:
        """Staff who want friends: those who bought before above all, and whom they tell."""
        first = dice.ranked(self.buyers, 1.5)
        team = [first]
        for _ in range(4 * number):
            if len(team) >= number:
                break
            other = (
                dice.choice(first.branch.staff)
                if dice.chance(near)
                else dice.ranked(self.buyers, 1.2)
            )
            if other not in team:
                team.append(other)
        return team

    def cover(self, dice: Dice, craft: Craft, staff: Staff) -> Cover:
        """Within a lawful crowd of the staff member's, or some time of the gang's own choice."""
        scenes = self._scenes.get(staff.index)
        if scenes and dice.chance(craft.hides):
            kind = dice.choice(list(dict.fromkeys(scene.context for scene in scenes)))
            scene = dice.choice([scene for scene in scenes if scene.context == kind])
            length = max(HOUR, scene.end - scene.start)
            return Cover(scene.context, scene.context, scene.start, length, scene.nat, True)
        look = dice.weighted(_COVERS)
        calendar = self.bank.calendar
        if dice.chance(0.4):  # before the count
            start = calendar.end - dice.near(1.8, 0.8) * DAY
        else:
            day = calendar.day(dice)
            start = calendar.moment(
                dice, day, dice.choice(("waking", "office", "evening", "always"))
            )
        return Cover("alone", look, max(start, calendar.start), 3 * HOUR, "", False)

    def number(self, dice: Dice, craft: Craft, staff: Staff, account: Person) -> None:
        """The number an account verifies as, unless it has one: stolen, given or made up."""
        if account.bank_id is None and dice.chance(0.9):
            if dice.chance(craft.stolen):
                book = self.bank.book
                account.bank_id = book.own(dice, staff) if dice.chance(0.5) else book.any(dice)
            elif dice.chance(0.5):
                account.bank_id = self.bank.book.open(
                    self.bank.calendar.start + self.bank.calendar.day(dice) * DAY,
                    staff if dice.chance(0.4) else None,
                    account.home,
                )
            else:
                account.bank_id = self.bank.book.number(dice)
