"""Lawful crowds of one place or one call: many people at once, to few staff."""

from __future__ import annotations

from tests.judging.second.bank import Bank, Where
from tests.judging.second.chance import HOUR, MINUTE, SECOND, Dice, bursts, fading
from tests.judging.second.habits import Life, draw_life
from tests.judging.second.people import Person, Staff, pick_province

__all__ = [
    "campus",
    "fair",
    "insurance_day",
    "late_night",
    "payroll",
    "red_packet",
    "residents_group",
]


def payroll(bank: Bank, dice: Dice, room: int) -> int:
    """A firm's workers get their wage accounts within an hour or two, behind one address."""
    staff = bank.some_staff(dice)
    team = bank.colleagues(dice, staff, 1 + dice.extra(0.9), 0.8)
    size = min(room, dice.heavy(18, 0.95, 700))
    start = bank.calendar.moment(dice, bank.calendar.day(dice, working=True), "office")
    hours = dice.near(1.2, 0.5) * (1 + size / 400)
    nat = bank.network.line(dice, staff.province)
    pc = bank.network.device(dice) if dice.chance(0.15) else ""
    where = Where(bank.looks["payroll"], nat, dice.share(0.75, 3), pc)
    life = draw_life(dice, "payroll")
    migrants, sources = dice.share(0.5, 2.5), [pick_province(dice) for _ in range(4)]
    two = dice.uniform(0.3, 0.95) if len(team) > 1 and dice.chance(0.2) else 0.0
    bank.scene("payroll", start, hours, team, nat)
    made = 0
    for at in bursts(dice, hours, size * 0.6, 0.4, 0.03)[:size]:
        if made >= room:
            break
        home = dice.ranked(sources, 1.5) if dice.chance(migrants) else staff.province
        person = bank.newcomer(dice, staff.province, home=home)
        if dice.chance(0.85):
            person.bank_id = bank.book.open(start, team[0], home)
        first = dice.ranked(team, 1.3)
        made += bank.add(
            dice, start + at * HOUR, first, person, where, life, "payroll", verify_there=0.6
        )
        if dice.chance(two):
            later = start + at * HOUR + dice.near(80, 0.9) * SECOND
            made += bank.add(dice, later, _other(dice, team, first), person, where, life, "payroll")
    return made


def campus(bank: Bank, dice: Dice, room: int) -> int:
    """Students of all provinces at a desk on a campus: some days, a gift for friends of all."""
    staff = bank.some_staff(dice)
    team = bank.colleagues(dice, staff, 2 + dice.extra(1.5), 0.8)
    size, days = min(room, dice.heavy(35, 1.1, 600)), 1 + dice.extra(0.8)
    first_day = bank.calendar.day(dice)
    nats = [bank.network.line(dice, staff.province) for _ in range(1 + dice.extra(1))]
    where = Where(bank.looks["campus"], nats[0], dice.share(0.55, 3))
    life, local, gift = draw_life(dice, "campus"), dice.share(0.4, 3), dice.share(0.08, 1.5)
    opens, made = dice.share(0.6, 3), 0
    for n in range(days):
        start = bank.calendar.at(first_day + n, dice.uniform(8.5, 17))
        hours = dice.uniform(1.5, 5)
        desk = dice.some(team, 1 + dice.extra(0.8))
        bank.scene("campus", start, hours, desk, nats[0])
        for at in bursts(dice, hours, size / days * 0.5, 0.5, 0.05)[: size // days + 1]:
            if made >= room:
                break
            where.nat = dice.choice(nats)
            home = staff.province if dice.chance(local) else pick_province(dice)
            person = bank.newcomer(dice, staff.province, home=home)
            if dice.chance(opens):
                person.bank_id = bank.book.open(start, None, home)
            time = start + at * HOUR
            made += bank.add(dice, time, desk[0], person, where, life, "campus", verify_there=0.4)
            if dice.chance(gift):
                made += _round(
                    bank, dice, time, desk[1:] or team[1:3], person, where, life, "campus"
                )
    return made


def fair(bank: Bank, dice: Dice, room: int) -> int:
    """A fair with the desks of several branches: visitors collect stamps from desk to desk."""
    staff = bank.some_staff(dice)
    desks = bank.colleagues(dice, staff, 3 + dice.extra(3), 0.4)
    start = bank.calendar.at(bank.calendar.day(dice), dice.uniform(9, 18))
    hours, size = dice.uniform(2, 6), dice.heavy(20, 1.1, 350)
    nat = bank.network.line(dice, staff.province)
    where, life = Where(bank.looks["fair"], nat, dice.share(0.4, 2)), draw_life(dice, "fair")
    more, stroll = dice.near(0.4, 0.8), dice.near(6, 0.5)
    bank.scene("fair", start, hours, desks, nat)
    made = 0
    for at in bursts(dice, hours, size * 0.7, 0.3, 0.1)[:size]:
        if made >= room:
            break
        person = bank.someone(dice, staff, 0.15)
        time = start + at * HOUR
        for desk in dice.some(desks, 1 + dice.extra(more)):
            made += bank.add(dice, time, desk, person, where, life, "fair")
            time += dice.near(stroll, 0.8) * MINUTE
    return made


def red_packet(bank: Bank, dice: Dice, room: int) -> int:
    """A link with a red packet goes through the groups; some add all the staff that it shows."""
    staff = bank.some_staff(dice)
    shown = bank.colleagues(dice, staff, 1 + dice.extra(3), 0.5)
    size = min(room, dice.heavy(25, 1.05, 600))
    start = bank.calendar.moment(dice, bank.calendar.day(dice), "waking")
    where, life = Where(bank.looks["red_packet"]), draw_life(dice, "red_packet")
    afar, greedy = dice.share(0.25, 3), dice.share(0.1, 2)
    bank.scene("red_packet", start, 30, shown, "")
    made = 0
    for wait in fading(dice, size, dice.near(0.7, 0.7), dice.uniform(0.7, 1.8)):
        if made >= room:
            break
        person = _reader(bank, dice, staff, afar)
        time = bank.awake(dice, start + wait * HOUR, person)
        first = dice.ranked(shown, 1.5)
        made += bank.add(dice, time, first, person, where, life, "red_packet")
        if dice.chance(greedy):
            made += _round(bank, dice, time, shown, person, where, life, "red_packet")
    return made


def late_night(bank: Bank, dice: Dice, room: int) -> int:
    """A live stream until after midnight, watched in the whole country."""
    staff = bank.some_staff(dice)
    hosts = bank.colleagues(dice, staff, 1 + dice.extra(1.5), 0.5)
    size = min(room, dice.heavy(20, 1.05, 500))
    start = bank.calendar.at(bank.calendar.day(dice), dice.uniform(20, 24))
    hours = dice.uniform(1.5, 5)
    where, life = Where(bank.looks["late_night"]), draw_life(dice, "late_night")
    afar, all_hosts = dice.share(0.6, 3), dice.share(0.08, 2)
    bank.scene("late_night", start, hours, hosts, "")
    made = 0
    for at in bursts(dice, hours, size * 0.4, 0.6, 0.05)[:size]:
        if made >= room:
            break
        person = _reader(bank, dice, staff, afar)
        time = start + at * HOUR
        made += bank.add(dice, time, dice.ranked(hosts), person, where, life, "late_night")
        if dice.chance(all_hosts):
            made += _round(bank, dice, time, hosts, person, where, life, "late_night")
    return made


def residents_group(bank: Bank, dice: Dice, room: int) -> int:
    """A housing estate's group chat: after a notice its members add whom they see in it."""
    staff = bank.some_staff(dice)
    seen = bank.colleagues(dice, staff, 1 + dice.extra(0.9), 0.8)
    group = f"grp{dice.getrandbits(40):010x}"
    where = Where(bank.looks["residents_group"])
    life, both = draw_life(dice, "residents_group"), dice.share(0.12, 1.5)
    day = bank.calendar.day(dice)
    made = 0
    for _ in range(1 + dice.extra(0.7)):  # notices, some days apart
        start = bank.calendar.moment(dice, min(day, bank.calendar.days - 1), "evening")
        bank.scene("residents_group", start, 12, seen, "")
        for wait in fading(
            dice, dice.heavy(8, 1.2, 120), dice.near(0.4, 0.8), dice.uniform(0.6, 2)
        ):
            if made >= room:
                return made
            person = bank.someone(dice, staff, 0.25)
            time = bank.awake(dice, start + wait * HOUR, person)
            first = dice.ranked(seen, 1.2)
            made += bank.add(dice, time, first, person, where, life, "residents_group", group=group)
            if dice.chance(both):
                made += _round(bank, dice, time, seen, person, where, life, "residents_group")
        day += 1 + dice.extra(4)
    return made


def insurance_day(bank: Bank, dice: Dice, room: int) -> int:
    """An insurer's day in a hall: its agents (with their firm's accounts) and the invited."""
    staff = bank.some_staff(dice)
    team = bank.colleagues(dice, staff, 2 + dice.extra(0.8))
    start = bank.calendar.at(bank.calendar.day(dice, working=True), dice.choice((9, 14)))
    hours = dice.uniform(1.5, 3.5)
    nat = staff.branch.wifi
    where = Where(bank.looks["insurance_day"], nat, dice.share(0.6, 3))
    life, both = draw_life(dice, "insurance_day"), dice.share(0.25, 2)
    bank.scene("insurance_day", start, hours, team, nat)
    made = 0
    for _ in range(dice.randrange(1, 6)):
        agent = bank.newcomer(dice, staff.province, wecom=0.8)
        time = start + dice.uniform(-1, hours) * HOUR
        made += _round(bank, dice, time, team, agent, where, life, "insurance_day")
    for at in bursts(dice, hours, min(room, dice.heavy(10, 1.3, 90)), 0.2, 0.05):
        if made >= room:
            break
        person = bank.someone(dice, staff, 0.7)
        time = start + at * HOUR
        made += bank.add(dice, time, staff, person, where, life, "insurance_day", verify_there=0.3)
        if dice.chance(both):
            made += _round(bank, dice, time, team[1:2], person, where, life, "insurance_day")
    return made


def _reader(bank: Bank, dice: Dice, staff: Staff, afar: float) -> Person:
    """Who follows a link: somebody of the town, or anybody in the country."""
    if not dice.chance(afar):
        return bank.someone(dice, staff, 0.3)
    place = pick_province(dice)
    return bank.newcomer(dice, place, home=place if dice.chance(0.7) else pick_province(dice))


def _other(dice: Dice, team: list[Staff], first: Staff) -> Staff:
    return dice.choice([one for one in team if one is not first])


def _round(
    bank: Bank,
    dice: Dice,
    time: float,
    team: list[Staff],
    person: Person,
    where: Where,
    life: Life,
    context: str,
) -> int:
    """A person adds one after another of those before them: for a gift, or as they were told."""
    made, pace = 0, dice.near(50, 1.0)
    for one in dice.some(team, 1 + dice.extra(2)):
        time += dice.near(pace, 0.7) * SECOND
        made += bank.add(dice, time, one, person, where, life, context)
    return made
