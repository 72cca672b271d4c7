"""Lawful crowds of a branch's working days: they come one by one, to the staff who are there."""

from __future__ import annotations

from tests.judging.second.bank import Bank, Where
from tests.judging.second.chance import DAY, HOUR, MINUTE, SECOND, Dice, arrivals, bursts
from tests.judging.second.habits import Life, draw_life
from tests.judging.second.people import Person, Staff

__all__ = ["call_centre", "everyday", "hall_counter", "hall_tablet", "merchants", "month_end_push"]


def everyday(bank: Bank, dice: Dice, room: int) -> int:
    """Some days of one staff member's own business: renewals, by the clock of who is awake."""
    staff = bank.some_staff(dice)
    days = min(bank.calendar.days, 3 + dice.extra(9))
    first = dice.randrange(bank.calendar.days - days + 1)
    gap = dice.near(1.4, 0.8) / staff.pull**0.7
    where, life = Where(bank.looks["everyday"]), draw_life(dice, "everyday")
    owns = dice.share(0.6)
    made = 0
    for at in arrivals(dice, days, gap, dice.uniform(0.5, 3)):
        if made >= room:
            break
        time = bank.calendar.moment(
            dice, first + int(at), dice.choice(("office", "waking", "always"))
        )
        person = bank.someone(dice, staff, owns)
        made += bank.add(dice, time, staff, person, where, life, "everyday")
    return made


def hall_counter(bank: Bank, dice: Dice, room: int) -> int:
    """A day of a hall's counters: people come in clumps, some leave with two of the staff."""
    lead = bank.some_staff(dice)
    shift = bank.colleagues(dice, lead, 1 + dice.extra(0.8))
    day = bank.calendar.day(dice, working=True)
    opening = bank.calendar.at(day, 8.4 + dice.random())
    look, life = bank.looks["hall_counter"], draw_life(dice, "hall_counter")
    where = Where(look, lead.branch.wifi, dice.share(0.5, 3))
    both = dice.share(0.05, 2)
    times = bursts(
        dice,
        8.3,
        dice.near(5, 0.6) * min(3, lead.pull),
        dice.uniform(0, 0.6),
        dice.uniform(0.03, 0.5),
    )
    bank.scene("hall_counter", opening, 8.3, shift, lead.branch.wifi)
    made = 0
    for at in times:
        if made >= room:
            break
        staff = dice.choice(shift)
        person = bank.someone(dice, staff, 0.35)
        there = life.verify_after < 2 and dice.chance(0.5)
        time = opening + at * HOUR
        made += bank.add(
            dice, time, staff, person, where, life, "hall_counter", verify_there=float(there)
        )
        if len(shift) > 1 and dice.chance(both):
            other = dice.choice([one for one in shift if one is not staff])
            later = time + dice.near(4, 1) * MINUTE
            made += bank.add(dice, later, other, person, where, life, "hall_counter")
    return made


def hall_tablet(bank: Bank, dice: Dice, room: int) -> int:
    """The hall's tablet: one device and address for all who are helped on it, many of them old."""
    staff = bank.some_staff(dice)
    helpers = bank.colleagues(dice, staff, 1 + dice.extra(0.5))
    day = bank.calendar.day(dice, working=True)
    start = bank.calendar.at(day, 8.5 + dice.random() * 5)
    hours = dice.uniform(1.5, 7)
    branch = staff.branch
    where = Where(bank.looks["hall_tablet"], branch.wifi, 0.97, branch.tablet)
    life = draw_life(dice, "hall_tablet")
    bank.scene("hall_tablet", start, hours, helpers, branch.wifi)
    made = 0
    for at in arrivals(dice, hours * 60, dice.near(14, 0.7), dice.uniform(0.7, 4)):
        if made >= room:
            break
        helper = dice.choice(helpers)
        person = bank.someone(dice, helper, 0.6)
        made += bank.add(
            dice, start + at * MINUTE, helper, person, where, life, "hall_tablet", verify_there=0.95
        )
    return made


def merchants(bank: Bank, dice: Dice, room: int) -> int:
    """A round of a market's stalls for the bank's payment code; some help on the staff's phone."""
    staff = bank.some_staff(dice)
    pair = bank.colleagues(dice, staff, 1 + (dice.chance(0.3)))
    start = bank.calendar.at(bank.calendar.day(dice, working=True), dice.uniform(9, 15.5))
    phone = bank.network.device(dice) if dice.chance(0.25) else ""
    nat = bank.network.carrier(dice, staff.province)
    where = Where(bank.looks["merchants"], nat, dice.share(0.35, 2), phone)
    life = draw_life(dice, "merchants")
    wecom, strangers, both = dice.share(0.15, 4), dice.share(0.35, 4), dice.share(0.12, 1.5)
    time, made = float(start), 0
    bank.scene("merchants", start, 4, pair, nat)
    for _ in range(min(room, dice.heavy(8, 1.2, 80))):
        home = None if not dice.chance(strangers) else dice.choice(("浙江", "福建", "安徽", "湖南"))
        person = bank.newcomer(dice, staff.province, home=home, wecom=wecom)
        if dice.chance(0.5):
            person.bank_id = bank.book.open(int(start), staff, staff.province)
        there = 0.9 if phone else 0.3
        made += bank.add(dice, time, staff, person, where, life, "merchants", verify_there=there)
        if len(pair) > 1 and dice.chance(both):
            later = time + dice.near(60, 0.8) * SECOND
            made += bank.add(dice, later, pair[1], person, where, life, "merchants")
        time += dice.near(5, 0.8) * MINUTE
    return made


def call_centre(bank: Bank, dice: Dice, room: int) -> int:
    """A list of customers to ring up: the staff ask in rows, people accept when they see it."""
    staff = bank.some_staff(dice)
    team = bank.colleagues(dice, staff, 1 + dice.extra(0.5), 0.7)
    look, life = bank.looks["call_centre"], draw_life(dice, "call_centre")
    where, patience = Where(look), dice.near(25, 0.8)
    gap, second = dice.near(110, 0.6), dice.share(0.05, 1.2)
    day = bank.calendar.day(dice, working=True)
    time = float(bank.calendar.at(day, dice.uniform(8.8, 15)))
    bank.scene("call_centre", int(time), 6, team, "")
    made = 0
    for n in range(min(room, dice.heavy(14, 1.1, 160))):
        caller = team[n % len(team)]
        person = bank.someone(dice, caller, 0.8)
        accepted = bank.awake(dice, time + dice.near(patience, 1.5) * MINUTE, person)
        made += bank.add(dice, accepted, caller, person, where, life, "call_centre")
        if len(team) > 1 and dice.chance(second):  # rung up again from another's list
            other = team[(n + 1) % len(team)]
            again = accepted + dice.near(9, 1.2) * HOUR
            made += bank.add(dice, again, other, person, where, life, "call_centre")
        time += dice.near(gap, 0.5) * SECOND
        if bank.calendar.day_of(int(time + 6 * HOUR)) > day:
            day, time = day + 1, time + 15 * HOUR
    return made


def month_end_push(bank: Bank, dice: Dice, room: int) -> int:
    """The last days before the count: honest staff ask all whom they know, as buyers buy."""
    staff = bank.some_staff(dice)
    end = bank.calendar.end
    life, where = draw_life(dice, "month_end_push"), Where(bank.looks["month_end_push"])
    days = min(bank.calendar.days, 1 + dice.extra(2.5))
    size = min(room, dice.heavy(10, 1.3, 110))
    helps = bank.colleagues(dice, staff, 2 + dice.extra(0.7))[1:] if dice.chance(0.35) else []
    favour, made = dice.share(0.25, 2), 0
    bank.scene("month_end_push", end - days * DAY, days * 24, [staff], "")
    for at in bursts(dice, days, size * 0.7, 0.3, 0.02)[:size]:
        person = bank.someone(dice, staff, 0.75)
        time = bank.awake(dice, end - days * DAY + at * DAY, person)
        made += bank.add(dice, time, staff, person, where, life, "month_end_push")
        made += _favours(bank, dice, time, helps, favour, person, where, life)
    return made


def _favours(
    bank: Bank,
    dice: Dice,
    time: int,
    helps: list[Staff],
    favour: float,
    person: Person,
    where: Where,
    life: Life,
) -> int:
    """Friends who, being asked, add the desk's other staff too."""
    made = 0
    for other in helps:
        if dice.chance(favour):
            time += int(dice.near(3, 1.2) * MINUTE)
            made += bank.add(dice, time, other, person, where, life, "month_end_push")
    return made
