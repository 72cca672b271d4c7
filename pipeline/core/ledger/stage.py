"""The ledger stage: events of many keys in, changed state and counts out."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from pipeline.core.activity import COLUMNS, COUNTERS, Count, talk
from pipeline.core.calendar import Calendar
from pipeline.core.ledger.account import Account
from pipeline.core.ledger.fold import FOLDS, REMEMBERED_FOREVER, IpLookup
from pipeline.core.ledger.judge import Judge
from pipeline.core.ledger.memory import FOREVER, Seen
from pipeline.core.records import Candidate
from topics.codec import content_hash, id_hash
from topics.events import Event, EventRef

__all__ = ["Late", "Ledger", "cause_of"]

NEVER = -1
"""``sealed_through`` while no month is sealed."""


class Late(NamedTuple):
    """A row of a sealed month that an event would have changed; no staff_id: a count of its."""

    ref: EventRef
    type: str
    customer_id: str
    staff_id: str | None
    month: int


class Ledger:
    """Accounts by record key, and what their events count.

    ``counts`` maps (day, staff_id) to amounts in the order of ``activity.COLUMNS``; ``changed``
    names the keys whose verdicts or friendships may have changed; ``latest`` is the time of the
    latest event applied.
    """

    def __init__(
        self, calendar: Calendar, judge: Judge, province_of: IpLookup, sealed_through: int = NEVER
    ) -> None:
        self._calendar = calendar
        self._judge = judge
        self._province_of = province_of
        self._sealed_through = sealed_through
        self.accounts: dict[str, Account] = {}
        self.counts: dict[tuple[int, str], list[int]] = {}
        self.changed: dict[str, None] = {}
        self.months: set[int] = set()
        self.late: list[Late] = []
        self.latest: int | None = None

    def account(self, key: str) -> Account:
        account = self.accounts.get(key)
        if account is None:
            account = self.accounts[key] = Account()
        return account

    def remember(self, event: Event) -> Seen:
        """Whether the event is new; if it is, its id is remembered."""
        account = self.accounts.get(event.key)
        if account is None:
            account = self.accounts[event.key] = Account()
        named, content = id_hash(event), content_hash(event)
        seen = account.ids.look(named, content)
        if seen is Seen.NEW:
            forever = event.type in REMEMBERED_FOREVER
            month = FOREVER if forever else self._calendar.month(event.time)
            if month == FOREVER or month > self._sealed_through:
                chunk = account.ids.remember(month, named, content)
                account.dirty.add(("ids", (month, chunk)))
        return seen

    def apply(self, event: Event) -> bool:
        """Takes a new event in; True where it would have changed a row of a sealed month."""
        account = self.account(event.key)
        day, month = self._calendar.day_month(event.time)
        if month > self._sealed_through:
            self.months.add(month)
        if self.latest is None or event.time > self.latest:
            self.latest = event.time
        late = len(self.late)
        fold = FOLDS.get(event.type)
        if fold is not None:
            before = self._sealed_adds(event.key, account)
            fold(account, event, self._province_of)
            account.cause = cause_of(event)
            self.changed[event.key] = None
            self._note_late(event, account, before)
        counter = COUNTERS.get(event.type)
        if counter is not None:
            self._count(account, event, day, month, counter(event.data))
        return len(self.late) > late

    def _count(self, account: Account, event: Event, day: int, month: int, count: Count) -> None:
        if month <= self._sealed_through:
            if count:
                self.late.append(Late(event.ref, event.type, event.key, None, month))
            return
        data = event.data
        if event.type == "message.sent" and data.customer_id is not None:
            memory = account.talks.setdefault((month, data.staff_id), {})
            told = talk(memory, day, event.time, by_customer=data.sender == "customer")
            if told is not None:
                account.dirty.add(("talk", (month, data.staff_id)))
                count = count + told if told else count
        if count:
            row = self.counts.get((day, data.staff_id))
            if row is None:
                row = self.counts[day, data.staff_id] = [0] * len(COLUMNS)
            for column, amount in count:
                row[column] += amount

    def _sealed_adds(self, key: str, account: Account) -> dict[str, Candidate]:
        """What the ledger would say of each add of a sealed month; empty while none is sealed."""
        sealed = self._sealed_through
        if sealed == NEVER or not any(
            pair.added is not None and self._calendar.month(pair.added.time) <= sealed
            for pair in account.pairs.values()
        ):
            return {}
        said = {}
        for candidate in self._judge.peek(key, account):
            if candidate.month <= sealed:
                candidate.cause = ""
                said[candidate.staff_id] = candidate
        return said

    def _note_late(self, event: Event, account: Account, before: dict[str, Candidate]) -> None:
        after = self._sealed_adds(event.key, account)
        for staff_id, candidate in after.items():
            if before.get(staff_id) != candidate:
                self.late.append(Late(event.ref, event.type, event.key, staff_id, candidate.month))


def cause_of(event: Event) -> str:
    """The cause of a verdict change, as JSON: the event's source, id, type and time."""
    named = {"source": event.source, "id": event.id, "type": event.type, "time": event.time}
    return _encode({"event": named}).decode()


_encode = msgspec.json.Encoder().encode
