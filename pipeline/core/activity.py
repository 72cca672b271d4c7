"""The counts of staff_daily that come from events alone: which event counts where.

The columns stand in the order of the contract. Whether a customer wrote and was answered needs
memory of the day's messages; that is ``talk``'s work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.core.ledger.account import Talk

__all__ = ["COLUMNS", "COUNTERS", "INDEX", "Count", "talk"]

COLUMNS = (
    "removed",
    "messages_sent",
    "messages_received",
    "customers_wrote",
    "customers_answered",
    "moments",
    "adverts",
    "reactions",
    "groups_joined",
    "links_opened",
    "tasks_assigned",
    "tasks_executed",
    "sales",
    "amount_fen",
    "interest_income_fen",
    "fee_income_fen",
)
INDEX = {name: index for index, name in enumerate(COLUMNS)}

Count = list[tuple[int, int]]
"""(column, amount) pairs; all belong to the event's staff_id and day."""

_NONE: Count = []
_REMOVED: Count = [(INDEX["removed"], 1)]
_SENT: Count = [(INDEX["messages_sent"], 1)]
_RECEIVED: Count = [(INDEX["messages_received"], 1)]
_MOMENT: Count = [(INDEX["moments"], 1)]
_ADVERT: Count = [*_MOMENT, (INDEX["adverts"], 1)]
_REACTION: Count = [(INDEX["reactions"], 1)]
_JOINED: Count = [(INDEX["groups_joined"], 1)]
_OPENED: Count = [(INDEX["links_opened"], 1)]
_ASSIGNED: Count = [(INDEX["tasks_assigned"], 1)]
_EXECUTED: Count = [(INDEX["tasks_executed"], 1)]


def _sale(data: Any) -> Count:
    return [
        (INDEX["sales"], 1),
        (INDEX["amount_fen"], data.amount_fen),
        (INDEX["interest_income_fen"], data.interest_income_fen or 0),
        (INDEX["fee_income_fen"], data.fee_income_fen or 0),
    ]


COUNTERS: dict[str, Callable[[Any], Count]] = {
    "friend.removed": lambda data: _NONE if data.by == "transfer" else _REMOVED,
    "message.sent": lambda data: _SENT if data.sender == "staff" else _RECEIVED,
    "moment.published": lambda data: _ADVERT if data.advert else _MOMENT,
    "moment.reacted": lambda _: _REACTION,
    "group.joined": lambda _: _JOINED,
    "link.opened": lambda _: _OPENED,
    "task.assigned": lambda _: _ASSIGNED,
    "task.executed": lambda data: _EXECUTED if data.status == "sent" else _NONE,
    "sale.completed": _sale,
}
"""Event type to what it counts; types not named count nothing."""

_WROTE = (INDEX["customers_wrote"], 1)
_ANSWERED = (INDEX["customers_answered"], 1)


def talk(memory: Talk, day: int, time: int, *, by_customer: bool) -> Count | None:
    """Takes a message between a staff member and a customer into their talk of a month.

    Returns what it adds to customers_wrote and customers_answered, or None where nothing is new.
    Both only ever rise: the first message of the customer can but get earlier, the last one of
    the staff member but later, so the order of arrival does not matter.
    """
    entry = memory.get(day)
    if entry is None:
        memory[day] = [time, None] if by_customer else [None, time]
        return [_WROTE] if by_customer else _NONE
    first, last = entry
    if by_customer:
        if first is not None and first <= time:
            return None
        entry[0] = time
    else:
        if last is not None and last >= time:
            return None
        entry[1] = time
    was_answered = first is not None and last is not None and last >= first
    is_answered = entry[0] is not None and entry[1] is not None and entry[1] >= entry[0]
    wrote = [_WROTE] if by_customer and first is None else []
    return [*wrote, _ANSWERED] if is_answered and not was_answered else wrote
