"""The counts of staff_daily that come from events alone: which event counts where.

The columns stand in the order of the contract. Whether a customer wrote and was answered needs
memory of the day's messages; that is ``talk``'s work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.core.records import Pair

__all__ = [
    "ANSWERED",
    "COLUMNS",
    "COUNTERS",
    "INDEX",
    "RECEIVED",
    "SENT",
    "Count",
    "talk",
]

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
SENT: Count = [(INDEX["messages_sent"], 1)]
RECEIVED: Count = [(INDEX["messages_received"], 1)]
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
    "moment.published": lambda data: _ADVERT if data.advert else _MOMENT,
    "moment.reacted": lambda _: _REACTION,
    "group.joined": lambda _: _JOINED,
    "link.opened": lambda _: _OPENED,
    "task.assigned": lambda _: _ASSIGNED,
    "task.executed": lambda data: _EXECUTED if data.status == "sent" else _NONE,
    "sale.completed": _sale,
}
"""Event type to what it counts; messages count SENT or RECEIVED and what ``talk`` says, types not
named nothing."""

_WROTE: Count = [(INDEX["customers_wrote"], 1)]
_ANSWERED: Count = [(INDEX["customers_answered"], 1)]
_WROTE_AND_ANSWERED: Count = [*_WROTE, *_ANSWERED]

ANSWERED = -1
"""In a talk: that day the customer wrote and was answered, whatever else comes."""


def talk(pair: Pair, day: int, time: int, *, by_customer: bool) -> Count:
    """Takes a message into the pair's talk; what it adds to customers_wrote and _answered.

    Both only ever rise: the first message of the customer can but get earlier, the last one of
    the staff member but later, so the order of arrival does not matter.
    """
    memory = pair.talk
    if memory is None:
        memory = pair.talk = []
    if memory and memory[-3] == day:
        at = len(memory) - 3  # as most often: days come in order
    elif day in memory:  # no time is as small as a day's number
        at = memory.index(day)
    else:
        memory += (day, time, 0) if by_customer else (day, 0, time)
        return _WROTE if by_customer else _NONE
    first, last = memory[at + 1], memory[at + 2]
    if first == ANSWERED:
        return _NONE
    is_new = first == 0 and by_customer
    if by_customer:
        first = time if first == 0 else min(first, time)
    else:
        last = max(last, time)
    if first and last >= first:
        memory[at + 1 : at + 3] = ANSWERED, 0
        return _WROTE_AND_ANSWERED if is_new else _ANSWERED
    memory[at + 1 : at + 3] = first, last
    return _WROTE if is_new else _NONE
