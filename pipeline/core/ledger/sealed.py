"""Which adds of sealed months an event would have changed: judged before and after it.

Adds of sealed months come before all others of their customer, so what the ledger says of them
rests on themselves and the verification alone. Only what the event can change is judged: else an
event would cost as much as its customer has adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from pipeline.core.calendar import Calendar
from pipeline.core.ledger.account import Account
from pipeline.core.ledger.judge import Add, Judge
from pipeline.core.records import Candidate
from topics.event import Event
from topics.events import EventRef

__all__ = ["Late", "SealedAdds"]


class Late(NamedTuple):
    """A row of a sealed month that an event would have changed; no staff_id: a count of its."""

    ref: EventRef
    type: str
    customer_id: str
    staff_id: str | None
    month: int


@dataclass(slots=True)
class _Known:
    """The staff who added a customer in sealed months, and the first of these adds."""

    staff: set[str] = field(default_factory=set)
    first: Add | None = None

    def take(self, added: EventRef, staff_id: str) -> None:
        self.staff.add(staff_id)
        if self.first is None or (added, staff_id) < self.first:
            self.first = (added, staff_id)


class SealedAdds:
    """The adds of the months up to ``sealed_through`` of the accounts that events come for."""

    def __init__(self, calendar: Calendar, judge: Judge, sealed_through: int) -> None:
        self._calendar = calendar
        self._judge = judge
        self._sealed_through = sealed_through
        self._accounts: dict[str, _Known | None] = {}

    def late(self, event: Event, account: Account, fold: Callable[[], None]) -> Iterator[Late]:
        """Calls ``fold``, which takes the event into the account, and says what it changed."""
        key, data = event.key, cast(Any, event.data)
        known = self._known(key, account)
        adds = event.type == "friend.added" and self._is_sealed(event.ref)
        if known is None:
            if not adds:
                fold()
                return
            known = self._accounts[key] = _Known()
        concerned = known.staff if _concerns_all(event, account, known, adds) else _named(event)
        before = self._said(key, account, known, concerned)
        fold()
        if adds:
            known.take(event.ref, data.staff_id)
        for staff_id, candidate in self._said(key, account, known, concerned).items():
            if before.get(staff_id) != candidate:
                yield Late(event.ref, event.type, key, staff_id, candidate.month)

    def _known(self, key: str, account: Account) -> _Known | None:
        if key not in self._accounts:
            known = _Known()
            for staff_id, pair in account.pairs.items():
                if pair.added is not None and self._is_sealed(pair.added):
                    known.take(pair.added, staff_id)
            self._accounts[key] = known if known.staff else None
        return self._accounts[key]

    def _is_sealed(self, added: EventRef) -> bool:
        return self._calendar.month(added.time) <= self._sealed_through

    def _said(
        self, key: str, account: Account, known: _Known, concerned: Iterable[str]
    ) -> dict[str, Candidate]:
        """What the rules say of these adds, where they are of a sealed month.

        Evidence is left out: it rests on all adds of a month. Where it would have changed a
        verdict, whoever keeps the verdicts sees that.
        """
        adds = [
            (added, staff_id)
            for staff_id in concerned
            if staff_id in known.staff and (added := account.pairs[staff_id].added) is not None
        ]
        said = {}
        for candidate in self._judge.judged(key, account, adds, known.first):
            candidate.cause = ""
            said[candidate.staff_id] = candidate
        return said


def _concerns_all(event: Event, account: Account, known: _Known, adds: bool) -> bool:
    """Whether it becomes the first verification or the first add, which all others look at."""
    if event.type == "identity.verified":
        return account.verification is None or event.ref < account.verification.ref
    return adds and (known.first is None or event.ref < known.first[0])


def _named(event: Event) -> tuple[str, ...]:
    """The staff members whose pair the event is about."""
    data: Any = event.data
    if event.type == "identity.verified":
        return ()
    if event.type == "friend.transferred":
        return data.from_staff_id, data.to_staff_id
    return (data.staff_id,)
