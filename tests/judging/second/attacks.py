"""The six attacks. Each function plans one order, round or scheme and returns its adds."""

from __future__ import annotations

from tests.judging.second.bank import Bank, Where
from tests.judging.second.chance import HOUR, MINUTE, SECOND, Dice, fading
from tests.judging.second.habits import Life, draw_life
from tests.judging.second.market import Cover, Craft, Market, Seller
from tests.judging.second.people import Person, Staff

__all__ = ["ATTACKS"]

_TASKS = ((1, 0.2), (2, 0.27), (3, 0.2), (4, 0.13), (6, 0.1), (9, 0.08))
"""How many staff an order is for: mostly several, for an account that adds one only is dear."""
_HUNTED = ("red_packet", "late_night", "fair", "campus", "residents_group")


class _Order:
    """One order at work: puts adds down until its room is used."""

    def __init__(
        self, market: Market, dice: Dice, label: str, seller: Seller, cover: Cover, room: int
    ) -> None:
        self.market, self.bank, self.dice = market, market.bank, dice
        self.label, self.pool = label, market.order(label)
        self.seller, self.cover, self.room = seller, cover, room
        self.made = 0

    def rest(self, time: float) -> float:
        """The same time, or the morning after: most of who does this sleeps at night."""
        return self.bank.calendar.wake(self.dice, int(time), 0.25)

    def add(
        self, time: float, staff: Staff, account: Person, life: Life, where: Where | None = None
    ) -> None:
        if self.made >= self.room:
            return
        dice, seller = self.dice, self.seller
        self.market.number(dice, seller.craft, staff, account)
        self.made += self.bank.add(
            dice,
            time,
            staff,
            account,
            where or seller.where(self.bank, dice, staff, self.cover),
            life,
            self.cover.context,
            label=self.label,
            pool=self.pool,
            verify_there=0.75,
        )


def bought_pool(market: Market, dice: Dice, room: int) -> int:
    """Friends by the hundred: a bundle of accounts goes through a list of staff."""
    seller = dice.ranked(market.sellers, 1.4)
    tasks = market.customers_of(dice, dice.weighted(_TASKS), dice.uniform(0, 0.6))
    cover = market.cover(dice, seller.craft, tasks[0])
    size = _order_size(dice, tasks[0], max(2, room // len(tasks)))
    accounts = seller.take(market.bank, dice, size, tasks[0])
    order = _Order(market, dice, "bought_pool", seller, cover, room)
    life = seller.craft.life(dice)
    dice.choice((_by_account, _by_staff, _as_errands))(order, tasks, accounts, life)
    _innocents(market.bank, dice, tasks, cover, order.made)
    return order.made


def _order_size(dice: Dice, buyer: Staff, most: int) -> int:
    """What is missing to the next mark (50, 100, …), or a heavy-tailed number."""
    missing = 50 - len(buyer.planned) % 50
    wanted = missing if dice.chance(0.5) else dice.heavy(8, 0.8, 180)
    return min(most, wanted)


def _by_account(order: _Order, tasks: list[Staff], accounts: list[Person], life: Life) -> None:
    """A worker logs in with one account after another and goes down the list with each."""
    dice, craft = order.dice, order.seller.craft
    sittings = 1 + dice.extra(0.8)
    per_sitting = -(-len(accounts) // sittings)
    time, fixed, cover = order.cover.start, dice.chance(0.6), dice.uniform(0.65, 1)
    for n, account in enumerate(accounts):
        if n and n % per_sitting == 0:
            time += dice.near(14, 0.8) * HOUR
        for staff in tasks if fixed else dice.some(tasks, len(tasks)):
            if dice.chance(cover):
                order.add(time, staff, account, life)
                time += dice.near(craft.pace, 0.7) * SECOND
        time = order.rest(time + dice.near(3 * craft.pace, 0.8) * SECOND)


def _by_staff(order: _Order, tasks: list[Staff], accounts: list[Person], life: Life) -> None:
    """All accounts add one of the staff, then, hours or days later, the next."""
    dice = order.dice
    start, apart = order.cover.start, dice.near(12, 1.2)
    pace = max(order.seller.craft.pace, order.cover.length / SECOND / max(1, len(accounts)) * 0.4)
    for staff in tasks:
        time = start
        for account in dice.some(accounts, int(len(accounts) * dice.uniform(0.6, 1)) + 1):
            order.add(time, staff, account, life)
            time = order.rest(time + dice.near(pace, 1.0) * SECOND)
        start += dice.near(apart, 0.7) * HOUR


def _as_errands(order: _Order, tasks: list[Staff], accounts: list[Person], life: Life) -> None:
    """A task on a board: part-timers do it when they see it, each in their own pace."""
    dice = order.dice
    waits = fading(dice, len(accounts), dice.near(3, 0.8), dice.uniform(0.6, 1.6))
    between = dice.near(15, 1.5)
    for wait, account in zip(waits, accounts, strict=True):
        time = float(order.bank.awake(dice, order.cover.start + wait * HOUR, account))
        for staff in dice.some(tasks, 1 + dice.extra(len(tasks))):
            order.add(time, staff, account, life)
            time += dice.near(between, 1.2) * MINUTE


def _innocents(bank: Bank, dice: Dice, tasks: list[Staff], cover: Cover, made: int) -> None:
    """Real people asked to add the buyer in the same hours, so that not all of them are bought."""
    if not dice.chance(0.5):
        return
    look = Where(bank.looks[cover.look])
    life = draw_life(dice, "everyday")
    for _ in range(dice.extra(0.3 * made)):
        time = cover.start + dice.near(1.5, 1.0) * HOUR
        staff = dice.ranked(tasks, 2)
        person = bank.someone(dice, staff, 0.6)
        bank.add(dice, bank.awake(dice, time, person), staff, person, look, life, "everyday")


def mutual_ring(market: Market, dice: Dice, room: int) -> int:
    """A round of a ring: staff of other banks work through this bank's names, to get theirs."""
    bank = market.bank
    first = dice.ranked(market.buyers, 1.2)
    if not market.rings or dice.chance(0.45):
        market.rings.append(_ring(bank, dice, first))
    ring = dice.choice(market.rings)
    names = market.customers_of(dice, 2 + dice.extra(2.5), 0.3)
    craft = Craft.draw(dice)
    craft.hides, craft.in_province = 0.15, 0.97
    look = dice.weighted(
        (("everyday", 4), ("referral", 3), ("corporate_finance", 2), ("relatives", 1))
    )
    days, eager = dice.near(3, 1.0), dice.uniform(0.35, 0.98)
    start = bank.calendar.day(dice)
    cover = Cover("alone", look, bank.calendar.at(start, 9), 9 * HOUR, "", False)
    seller = Seller(craft, first.province, 1, 1, 0, [])
    order = _Order(market, dice, "mutual_ring", seller, cover, room)
    life = craft.life(
        dice, verify=dice.share(0.15, 4), chats=dice.near(0.9, 0.7), leave=dice.share(0.12, 5)
    )
    where = Where(bank.looks[look])
    for member in ring:
        day = start + min(20.0, dice.expovariate(1 / days))
        time = float(bank.calendar.moment(dice, int(day), dice.choice(("office", "evening"))))
        for staff in dice.some(names, len(names)):
            if not dice.chance(eager):
                continue
            where.nat, where.nat_share = member.line, 0.5
            order.add(time, staff, member, life, where)
            time += dice.near(5, 2.0) * MINUTE
    return order.made


def _ring(bank: Bank, dice: Dice, staff: Staff) -> list[Person]:
    """People of a few other banks' branches: those of one sit behind one line."""
    lines = [bank.network.line(dice, staff.province) for _ in range(1 + dice.extra(2))]
    wecom, members = dice.uniform(0.1, 0.8), []
    for _ in range(dice.heavy(4, 1.1, 50)):
        member = bank.newcomer(dice, staff.province, wecom=wecom)
        member.line = dice.choice(lines)
        member.talk = dice.near(0.8, 0.6)
        members.append(member)
    return members


def reward_hunter(market: Market, dice: Dice, room: int) -> int:
    """A gang takes every red packet of a campaign with all its accounts, then is gone."""
    bank = market.bank
    hunted = [one for one in bank.scenes if one.context in _HUNTED]
    if not hunted:
        return 0
    if len(market.gangs) < 2 or dice.chance(0.25):
        seller = Seller.draw(bank, dice)
        seller.phones = seller.phones[: 1 + dice.extra(2)]
        seller.part_time = dice.uniform(0, 0.4)
        market.gangs.append((seller, []))
    seller, _ = dice.choice(market.gangs)
    scene = dice.choice(hunted)
    accounts = seller.take(bank, dice, dice.heavy(3, 1.0, 40), scene.staff[0])
    cover = Cover(
        scene.context, scene.context, scene.start, scene.end - scene.start, scene.nat, True
    )
    order = _Order(market, dice, "reward_hunter", seller, cover, room)
    life = seller.craft.life(
        dice,
        verify=dice.uniform(0.25, 0.95),
        verify_after=dice.near(0.4, 1.0),
        leave=dice.uniform(0.2, 0.95),
        leave_after=dice.near(14, 1.0),
    )
    others = bank.colleagues(dice, scene.staff[0], len(scene.staff) + dice.extra(3), 0.4)
    targets = list(dict.fromkeys([*scene.staff, *others]))
    human = dice.chance(0.4)
    for account in accounts:
        time = cover.start + abs(dice.gauss(0.1, 0.3)) * cover.length
        for staff in dice.some(targets, 1 + dice.extra(3)):
            order.add(time, staff, account, life)
            time += dice.near(6 if human else 0.6, 1.0) * MINUTE
    return order.made


def slow_drip(market: Market, dice: Dice, room: int) -> int:
    """A few a day for weeks, to two or three staff: nothing of it is a burst."""
    bank = market.bank
    seller = dice.choice(market.sellers)
    tasks = market.customers_of(dice, dice.weighted(((1, 1), (2, 4), (3, 4), (4, 1))), 0.5)
    days = min(bank.calendar.days, dice.randrange(8, 30))
    first = dice.randrange(bank.calendar.days - days + 1)
    daily, wait = dice.uniform(0.5, 3), dice.near(50, 1.2)  # accounts a day; hours to the next
    cover = market.cover(dice, seller.craft, tasks[0])
    cover = Cover("alone", cover.look, cover.start, cover.length, "", False)
    order = _Order(market, dice, "slow_drip", seller, cover, room)
    life = seller.craft.life(dice, leave=dice.share(0.15, 5), chats=dice.near(0.6, 0.7))
    profile = dice.choice(("waking", "office", "evening"))
    for day in range(first, first + days):
        for account in seller.take(bank, dice, dice.count(daily), tasks[0]):
            time = float(bank.calendar.moment(dice, day, profile))
            for staff in dice.some(tasks, 1 + dice.extra(2.5)):
                order.add(bank.awake(dice, time, account), staff, account, life)
                time += dice.near(wait, 0.9) * HOUR
    return order.made


def device_farm(market: Market, dice: Dice, room: int) -> int:
    """Racks of telephones that verify by the app: few devices, each with many accounts."""
    bank = market.bank
    tasks = market.customers_of(dice, dice.weighted(_TASKS), 0.4)
    seller = Seller.draw(bank, dice)
    seller.part_time = 0.0
    seller.phones = seller.phones[: max(2, room // 12)]
    accounts = [
        account
        for phone in seller.phones
        for account in _on_phone(seller, bank, dice, phone, tasks[0])
    ]
    dice.shuffle(accounts)
    del accounts[room // len(tasks) + 1 :]
    cover = market.cover(dice, seller.craft, tasks[0])
    order = _Order(market, dice, "device_farm", seller, cover, room)
    life = seller.craft.life(dice, verify=dice.uniform(0.3, 0.98), verify_after=dice.near(2, 1.2))
    share = dice.heavy(6, 0.8, 200)  # accounts an evening
    for n in range(0, len(accounts), share):
        shift = accounts[n : n + share]
        dice.choice((_by_account, _by_staff, _as_errands))(order, tasks, shift, life)
        cover.start += dice.near(24, 0.7) * HOUR
    return order.made


def _on_phone(seller: Seller, bank: Bank, dice: Dice, phone: str, buyer: Staff) -> list[Person]:
    """The accounts of one telephone; some show a cloned device of their own."""
    accounts = [seller.make(bank, dice, buyer) for _ in range(dice.heavy(2, 1.0, 25))]
    for account in accounts:
        if dice.chance(0.85):
            account.device = phone
    return accounts


def shared_identity(market: Market, dice: Dice, room: int) -> int:
    """One number of the bank's verified by account after account, so that all of them count."""
    bank = market.bank
    seller = dice.choice(market.sellers)
    tasks = market.customers_of(dice, dice.weighted(_TASKS), 0.6)
    numbers = [bank.book.own(dice, tasks[0]) for _ in range(1 + dice.extra(0.8))]
    accounts = seller.take(bank, dice, min(room, dice.heavy(3, 0.8, 70)), tasks[0])
    for account in accounts:
        if not account.verified and (account.bank_id is None or account.worn == 1):
            account.bank_id = dice.ranked(numbers, 1.5)
    cover = market.cover(dice, seller.craft, tasks[0])
    order = _Order(market, dice, "shared_identity", seller, cover, room)
    life = seller.craft.life(
        dice,
        verify=dice.uniform(0.6, 0.98),
        verify_after=dice.near(5, 1.2),
        leave=dice.share(0.2, 4),
    )
    dice.choice((_by_account, _as_errands, _as_errands))(order, tasks, accounts, life)
    return order.made


ATTACKS = {
    "bought_pool": (bought_pool, 3.0),
    "mutual_ring": (mutual_ring, 1.5),
    "reward_hunter": (reward_hunter, 1.5),
    "slow_drip": (slow_drip, 1.2),
    "device_farm": (device_farm, 1.5),
    "shared_identity": (shared_identity, 1.0),
}
"""Label to its function and its usual share among the fakes."""
