"""What follows an add: verification, talk, business, and the end of it for some."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from tests.judging.second.bank import Add, Bank
from tests.judging.second.chance import DAY, HOUR, MINUTE, SECOND, Dice
from tests.judging.second.people import Person

__all__ = ["Happening", "follow"]

Happening = tuple[int, str, dict[str, object]]
"""Time in ms, type and data of an event."""

_KINDS = (("text", 8), ("image", 1), ("link", 0.6), ("file", 0.3), ("other", 0.8))
_PRODUCTS = (
    *(("deposit", 5), ("wealth", 4), ("fund", 2), ("insurance", 1), ("loan", 1.5)),
    *(("precious_metal", 0.4), ("other", 0.6)),
)


def follow(bank: Bank, add: Add, dice: Dice) -> Iterator[Happening]:
    """All events of an add, the ``friend.added`` first or just after what led to it.

    None is before ``add.time``; they may be after the window. Adds must come in order of time:
    a person verifies once, at the first add that makes them do so.
    """
    staff, person, life = add.staff, add.person, add.life
    time = add.time
    for happening in _before(add, dice):
        yield happening
        time = min(happening[0] + dice.randrange(50, 90 * SECOND), bank.calendar.end - 1)
    yield time, "friend.added", add.data
    end = yield from _ending(bank, add, dice, time)
    staff.friends.append(person)
    staff.left[person] = end
    yield from _verification(bank, add, dice, time)
    for happening in (*_talk(bank, add, dice, time), *_interest(bank, add, dice, time)):
        if happening[0] < end:
            yield happening
    if person.bank_id and dice.chance(life.buys) and person.verified:
        yield from _business(add, dice, time)


def _before(add: Add, dice: Dice) -> Iterator[Happening]:
    staff, person = add.staff, add.person
    if add.group:
        data: dict[str, object] = {
            "group_id": add.group,
            "staff_id": staff.id,
            "customer_id": person.customer_id,
        }
        yield add.time, "group.joined", data
    if add.came_from is not None:
        pair: dict[str, object] = {
            "from_staff_id": add.came_from.id,
            "to_staff_id": staff.id,
            "customer_id": person.customer_id,
        }
        yield add.time, "friend.transferred", {**pair, "result": "success"}
        if dice.chance(0.7):
            yield add.time + 1, "friend.removed", _pair(add.came_from.id, person, by="transfer")


def _pair(staff_id: str, person: Person, **more: object) -> dict[str, object]:
    return {"staff_id": staff_id, "customer_id": person.customer_id, **more}


def _ending(bank: Bank, add: Add, dice: Dice, time: int) -> Generator[Happening, None, int]:
    """The removal if there is one, and a second friend.added for few; returns the end's time."""
    life = add.life
    end = bank.calendar.end
    if dice.chance(life.leave):
        by, wait = "customer", dice.near(life.leave_after, 1.1)
    elif dice.chance(life.dropped):
        by, wait = "staff", dice.near(100, 1.0)
    else:
        return end
    end = bank.awake(dice, time + MINUTE + wait * HOUR, add.person)
    yield end, "friend.removed", _pair(add.staff.id, add.person, by=by)
    if dice.chance(0.04):
        again = end + int(dice.near(30, 1.5) * HOUR)
        yield again, "friend.added", {**add.data, "add_way": dice.choice((1, 2, 3))}
        return bank.calendar.end
    return end


def _verification(bank: Bank, add: Add, dice: Dice, time: int) -> Iterator[Happening]:
    person = add.person
    if not person.verified and person.will < add.life.verify:
        person.verified = True
        wait = dice.near(add.life.verify_after, 1.2) * HOUR
        yield _verified(bank, add, dice, time + 5 * SECOND + wait)
    elif person.verified and dice.chance(0.04):  # fills in the form once more
        yield _verified(bank, add, dice, time + dice.near(10, 1.5) * HOUR)


def _verified(bank: Bank, add: Add, dice: Dice, time: float) -> Happening:
    """By the form or the app; from where they were at the add, or from wherever they are now."""
    person = add.person
    if person.bank_id is None:
        person.bank_id = _some_number(bank, add, dice, int(time))
    ip, device = add.venue or (person.line, person.device)
    if add.venue is None and dice.chance(0.5):
        ip = bank.network.carrier(dice, add.place)
    data: dict[str, object] = {
        "customer_id": person.customer_id,
        "method": "app_binding" if dice.chance(0.35) else "h5_form",
        "bank_customer_id": person.bank_id,
    }
    if dice.chance(0.8):
        data["staff_id"] = add.staff.id
    if dice.chance(0.92):
        data["ip"] = ip
    if dice.chance(0.85):
        data["province"] = bank.province(dice, person, add.place)
    if dice.chance(0.75):
        data["device_id"] = device
    return bank.awake(dice, time, person), "identity.verified", data


def _some_number(bank: Bank, add: Add, dice: Dice, time: int) -> str:
    """Of who was no customer that we know of: another's customer, a new one, or not in the CRM."""
    if dice.chance(0.3):
        return bank.book.own(dice, dice.choice(add.staff.branch.staff))
    if dice.chance(0.6):
        time = min(time, bank.calendar.end - 1)
        manager = add.staff if dice.chance(0.5) else None
        return bank.book.open(time, manager, add.person.home)
    return bank.book.number(dice)


def _talk(bank: Bank, add: Add, dice: Dice, time: int) -> Iterator[Happening]:
    """A greeting, and conversations at times that thin out; a few go on and on."""
    if dice.chance(add.life.greet):
        at = time + int(dice.near(0.2, 1.8) * HOUR)
        kind = dice.weighted(_KINDS)
        yield at, "message.sent", _pair(add.staff.id, add.person, sender="staff", kind=kind)
    at = time
    for _ in range(min(12, dice.extra(add.life.chats * add.person.talk))):
        wait = dice.near(1.5, 1.5) * HOUR if dice.chance(0.4) else dice.near(2.5, 0.9) * DAY
        at = bank.awake(dice, at + wait, add.person)
        yield from _conversation(add, dice, at)


def _conversation(add: Add, dice: Dice, time: int) -> Iterator[Happening]:
    sender = "customer" if dice.chance(0.6) else "staff"
    for _ in range(1 + dice.extra(2.2)):
        kind = dice.weighted(_KINDS)
        yield time, "message.sent", _pair(add.staff.id, add.person, sender=sender, kind=kind)
        time += int(dice.near(50, 1.4) * SECOND)
        if dice.chance(0.65):
            sender = "staff" if sender == "customer" else "customer"


def _interest(bank: Bank, add: Add, dice: Dice, time: int) -> Iterator[Happening]:
    """A like for the staff's last moment, a link that is opened."""
    staff, person = add.staff, add.person
    if staff.moments and dice.chance(add.life.reacts):
        published, moment = staff.moments[-1]
        at = max(time, published) + int(dice.near(20, 1.2) * HOUR)
        kind = dice.weighted((("like", 8), ("comment", 1), ("private_message", 0.5)))
        data = _pair(staff.id, person, moment_id=moment, kind=kind)
        yield bank.awake(dice, at, person), "moment.reacted", data
    if dice.chance(add.life.clicks):
        at = bank.awake(dice, time + dice.near(12, 1.5) * HOUR, person)
        data = _pair(
            staff.id, person, link_id=f"lk{dice.randrange(400)}", product=dice.weighted(_PRODUCTS)
        )
        if dice.chance(0.5):
            data["campaign"] = f"c{dice.randrange(12)}"
        yield at, "link.opened", data


def _business(add: Add, dice: Dice, time: int) -> Iterator[Happening]:
    """A sale some days later, an app that is opened."""
    person = add.person
    at = time + int(dice.near(5, 0.8) * DAY)
    if dice.chance(0.3):
        yield at, "app.activated", {"bank_customer_id": person.bank_id}
    amount = int(dice.near(20_000, 1.6)) * 100
    data = _pair(
        add.staff.id,
        person,
        bank_customer_id=person.bank_id,
        product=dice.weighted(_PRODUCTS),
        amount_fen=amount,
    )
    if dice.chance(0.5):
        data["fee_income_fen"] = int(amount * dice.uniform(0, 0.01))
    yield at + int(dice.near(1, 1) * HOUR), "sale.completed", data
