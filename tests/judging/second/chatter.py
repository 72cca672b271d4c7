"""A staff member's day apart from new friends: moments, tasks, old friends, the bank's pulse."""

from __future__ import annotations

from collections.abc import Iterator

from tests.judging.second.bank import Bank
from tests.judging.second.chance import MINUTE, SECOND, Dice
from tests.judging.second.lives import Happening
from tests.judging.second.people import Staff

__all__ = ["day_of"]


def day_of(bank: Bank, staff: Staff, day: int, dice: Dice) -> Iterator[Happening]:
    """The day's events; all at or after its midnight."""
    calendar = bank.calendar
    if day in calendar.rest_days and dice.chance(0.7):
        return
    if dice.chance(0.35):
        time = calendar.moment(dice, day, "office")
        moment = f"mo{dice.getrandbits(44):011x}"
        staff.moments.append((time, moment))
        data: dict[str, object] = {"staff_id": staff.id, "moment_id": moment}
        if dice.chance(0.6):
            data |= {"topic": dice.choice(("deposit", "fund", "holiday", "city"))}
        yield time, "moment.published", {**data, "advert": dice.chance(0.5)}
    if dice.chance(0.12):
        yield from _mass_send(bank, staff, calendar.moment(dice, day, "counter"), dice)
    for _ in range(dice.count(1.2)):
        friend = dice.choice(staff.old_friends)
        time = calendar.moment(dice, day, "waking")
        data = {"staff_id": staff.id, "customer_id": friend, "kind": "text"}
        yield time, "message.sent", {**data, "sender": dice.choice(("staff", "customer"))}
    for _ in range(dice.count(1.5)):
        kind = dice.choice(("login", "login", "payment", "deposit", "other"))
        data = {"bank_customer_id": bank.book.any(dice), "kind": kind}
        yield calendar.moment(dice, day, "always"), "customer.active", data


def _mass_send(bank: Bank, staff: Staff, time: int, dice: Dice) -> Iterator[Happening]:
    """A task of the middle office, and its message to some of the friends that they now have."""
    task = f"tk{dice.getrandbits(40):010x}"
    friends = dice.some(staff.friends, dice.heavy(3, 1.0, 30))
    assigned = {"task_id": task, "staff_id": staff.id, "kind": "mass_send"}
    boss = staff.branch.staff[0].id
    yield time, "task.assigned", {**assigned, "assigned_by": boss, "audience": len(friends)}
    time += int(dice.near(40, 0.8) * MINUTE)
    for friend in friends:
        time += dice.randrange(10, SECOND)
        gone = staff.left[friend] <= time
        status = "not_friend" if gone else "limit" if dice.chance(0.03) else "sent"
        pair = {"staff_id": staff.id, "customer_id": friend.customer_id, "task_id": task}
        yield time, "task.executed", {**pair, "status": status}
        if status == "sent":
            yield time, "message.sent", {**pair, "sender": "staff", "kind": "link"}
