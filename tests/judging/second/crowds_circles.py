"""Lawful circles: people who know each other or the staff, and add several of the bank."""

from __future__ import annotations

from tests.judging.second.bank import Bank, Where
from tests.judging.second.chance import HOUR, MINUTE, SECOND, Dice
from tests.judging.second.habits import draw_life
from tests.judging.second.people import Person

__all__ = ["corporate_finance", "family", "rate_shopper", "referral", "relatives", "transfer"]


def family(bank: Bank, dice: Dice, room: int) -> int:
    """A household: one address, often one telephone, sometimes one number at the bank."""
    staff = bank.some_staff(dice)
    team = bank.colleagues(dice, staff, 1 + dice.extra(0.5))
    head = bank.someone(dice, staff, 0.8)
    where, life = Where(bank.looks["family"], head.line, 0.7), draw_life(dice, "family")
    one_phone, one_number = dice.chance(0.35), dice.chance(0.2)
    where.tablet = head.device if one_phone else ""
    time = bank.calendar.moment(dice, bank.calendar.day(dice), "waking")
    pace = dice.near(0.5, 2.0)  # hours from one to the next: an evening, or a fortnight
    people = [head]
    for _ in range(1 + dice.extra(1.4)):
        member = bank.newcomer(dice, head.place, home=head.home)
        member.line = head.line
        member.bank_id = head.bank_id if one_number else None
        if not one_number and dice.chance(0.5):
            member.bank_id = bank.book.own(dice, staff)
        people.append(member)
    made = 0
    for member in people[:room]:
        for one in team:
            if one is staff or dice.chance(0.6):
                made += bank.add(
                    dice, bank.awake(dice, time, member), one, member, where, life, "family",
                    verify_there=0.7,
                )  # fmt: skip
                time += int(dice.near(90, 1.0) * SECOND)
        time += int(dice.near(pace, 1.0) * HOUR)
    return made


def corporate_finance(bank: Bank, dice: Dice, room: int) -> int:
    """A firm's finance team adds managers of several branches over days, from one office."""
    staff = bank.some_staff(dice)
    managers = bank.colleagues(dice, staff, 2 + dice.extra(2.5), dice.uniform(0.1, 0.8))
    nat = bank.network.line(dice, staff.province)
    where = Where(bank.looks["corporate_finance"], nat, dice.share(0.6, 3))
    life = draw_life(dice, "corporate_finance")
    wecom, eager, days = dice.share(0.65, 3), dice.uniform(0.3, 0.95), dice.near(4, 0.9)
    known = dice.share(0.3, 2)
    first_day = bank.calendar.day(dice, working=True)
    made = 0
    for _ in range(2 + dice.extra(2.5)):
        if made >= room:
            break
        clerk = bank.newcomer(dice, staff.province, wecom=wecom)
        if dice.chance(known):
            clerk.bank_id = bank.book.own(dice, dice.choice(managers))
        sitting = dice.chance(0.4)  # all cards of a meeting at once, or each when needed
        day = first_day + min(days * 3, dice.expovariate(1 / days))
        time = bank.calendar.moment(dice, int(day), "office")
        for one in dice.some(managers, len(managers)):
            if one is not staff and not dice.chance(eager):
                continue
            made += bank.add(dice, time, one, clerk, where, life, "corporate_finance")
            if sitting:
                time += int(dice.near(70, 1.0) * SECOND)
            else:
                later = int(day + dice.expovariate(1 / days))
                time = bank.calendar.moment(dice, later, "office")
    return made


def rate_shopper(bank: Bank, dice: Dice, room: int) -> int:
    """Somebody with money asks branch after branch for a better rate, and drops the losers."""
    staff = bank.some_staff(dice)
    person = bank.someone(dice, staff, 0.4)
    asked = bank.colleagues(dice, staff, 3 + dice.extra(2.5), dice.uniform(0, 0.6))
    where, life = Where(bank.looks["rate_shopper"]), draw_life(dice, "rate_shopper")
    pace = dice.near(0.1, 1.0) if dice.chance(0.35) else dice.near(30, 0.8)
    time = float(bank.calendar.moment(dice, bank.calendar.day(dice), "waking"))
    made = 0
    for one in asked[:room]:
        made += bank.add(
            dice, bank.awake(dice, time, person), one, person, where, life, "rate_shopper"
        )
        time += dice.near(pace, 1.0) * HOUR
    return made


def transfer(bank: Bank, dice: Dice, room: int) -> int:
    """A manager moves on; an administrator shares the customers out among the others."""
    leaver = bank.some_staff(dice)
    heirs = bank.colleagues(dice, leaver, 2 + dice.extra(0.8))[1:]
    if not heirs:
        return 0
    where, life = Where(bank.looks["transfer"]), draw_life(dice, "transfer")
    time = float(bank.calendar.moment(dice, bank.calendar.day(dice, working=True), "office"))
    by_hand = dice.chance(0.3)  # asked to add the successor, not handed over
    two = dice.share(0.1, 1.5)
    made = 0
    for _ in range(min(room, dice.heavy(9, 1.1, 150))):
        if leaver.planned and dice.chance(0.5):
            met, person = dice.choice(leaver.planned)
            if met > time:  # not yet a friend of the leaver's
                continue
        else:
            person = bank.someone(dice, leaver, 0.8)
        for heir in heirs if dice.chance(two) else [dice.choice(heirs)]:
            at = bank.awake(dice, time + dice.near(20, 1.5) * HOUR, person) if by_hand else time
            made += bank.add(
                dice, at, heir, person, where, life, "transfer",
                came_from=None if by_hand else leaver,
            )  # fmt: skip
        time += dice.near(3, 1.0) * SECOND
    return made


def referral(bank: Bank, dice: Dice, room: int) -> int:
    """Pairs of colleagues who send each other customers, again and again, by name card."""
    giver = bank.some_staff(dice)
    takers = bank.colleagues(dice, giver, 2 + dice.extra(0.7), 0.7)[1:]
    where, life = Where(bank.looks["referral"]), draw_life(dice, "referral")
    own = giver.planned
    wait = dice.near(9, 1.5)  # hours from the first to the second, as they work together
    made = 0
    for _ in range(min(room, 2 + dice.extra(10))):
        if own and dice.chance(0.75):
            time, person = dice.choice(own)
        else:
            person = bank.someone(dice, giver, 0.5)
            time = bank.calendar.moment(dice, bank.calendar.day(dice), "office")
            made += bank.add(dice, time, giver, person, where, life, "referral")
        for one in takers:
            time += int(dice.near(wait, 1.0) * HOUR)
            at = bank.awake(dice, time, person)
            made += bank.add(dice, at, one, person, where, life, "referral")
            if dice.chance(0.6):
                break
    return made


def relatives(bank: Bank, dice: Dice, room: int) -> int:
    """A new colleague's family and friends: they add them, and the desk's others as a favour."""
    staff = dice.choice(bank.staff)
    team = bank.colleagues(dice, staff, 1 + dice.extra(2), 0.9)
    where, life = Where(bank.looks["relatives"]), draw_life(dice, "relatives")
    favour, away = dice.share(0.4, 2), dice.share(0.4, 2)
    line = bank.network.line(dice, staff.native)
    where.nat, where.nat_share = line, dice.share(0.3, 2)
    time = float(bank.calendar.moment(dice, bank.calendar.day(dice), "evening"))
    pace, made = dice.near(0.4, 1.5), 0
    for _ in range(min(room, 2 + dice.extra(5))):
        place = staff.native if dice.chance(away) else staff.province
        person: Person = bank.newcomer(dice, place, home=staff.native)
        at = float(bank.awake(dice, time, person))
        for one in team:
            if one is staff or dice.chance(favour):
                made += bank.add(dice, at, one, person, where, life, "relatives")
                at += dice.near(2, 1.5) * MINUTE
        time += dice.near(pace, 1.2) * HOUR
    return made
