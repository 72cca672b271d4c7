"""The ledger stage: events of many keys in, changed state and counts out."""

from __future__ import annotations

from enum import IntEnum
from functools import partial

import msgspec

from pipeline.core.activity import COLUMNS, COUNTERS, Count, talk
from pipeline.core.calendar import Calendar
from pipeline.core.ledger.account import Account
from pipeline.core.ledger.fold import FOLDS, REMEMBERED_FOREVER, IpLookup
from pipeline.core.ledger.judge import Judge
from pipeline.core.ledger.memory import FOREVER
from pipeline.core.ledger.sealed import Late, SealedAdds
from topics.codec import content_hash, id_hash
from topics.events import Event

__all__ = ["NEVER", "Late", "Ledger", "Taken", "cause_of"]

NEVER = -1
"""``sealed_through`` while no month is sealed, ``latest`` before any event."""


class Taken(IntEnum):
    """What became of an event."""

    APPLIED = 0
    COPY = 1
    CONFLICT = 2
    AFTER_AS_OF = 3
    LATE = 4


class Ledger:
    """Accounts by record key, and what their events count.

    ``counts`` maps (day, staff_id) to amounts in the order of ``activity.COLUMNS``; ``changed``
    names the keys whose verdicts or friendships may have changed, ``touched`` those with any news;
    ``latest`` is the time of the latest event applied (NEVER: none), ``limit`` that of the latest
    to apply.
    """

    def __init__(
        self,
        calendar: Calendar,
        judge: Judge,
        province_of: IpLookup,
        sealed_through: int = NEVER,
        limit: int | None = None,
    ) -> None:
        self._calendar = calendar
        self._province_of = province_of
        self._sealed_through = sealed_through
        unsealed = sealed_through == NEVER
        self._sealed = None if unsealed else SealedAdds(calendar, judge, sealed_through)
        self._limit = limit
        self.accounts: dict[str, Account] = {}
        self.counts: dict[tuple[int, str], list[int]] = {}
        self.changed: dict[str, None] = {}
        self.months: set[int] = set()
        self.late: list[Late] = []
        self.latest = NEVER
        self.touched: dict[str, Account] = {}

    def account(self, key: str) -> Account:
        account = self.accounts.get(key)
        if account is None:
            account = self.accounts[key] = Account()
        return account

    def touch(self, key: str, account: Account) -> None:
        """Notes that the account may have changed rows to write."""
        account.touched = True
        self.touched[key] = account

    def take(self, event: Event) -> Taken:
        """Takes an event of any kind in: a copy is dropped, one after *as of* remembered."""
        key = event.key
        account = self.accounts.get(key)
        if account is None:
            account = self.accounts[key] = Account()
        named, content = id_hash(event), content_hash(event)
        known = account.ids.find(named)
        if known is not None:
            return Taken.COPY if known == content else Taken.CONFLICT
        if not account.touched:
            self.touch(key, account)
        day, month = self._calendar.day_month(event.time)
        if event.type in REMEMBERED_FOREVER:
            account.ids.remember(FOREVER, named, content)
        elif month > self._sealed_through:
            account.ids.remember(month, named, content)
        if self._limit is not None and event.time > self._limit:
            return Taken.AFTER_AS_OF
        return Taken.LATE if self._apply(event, account, day, month) else Taken.APPLIED

    def apply(self, event: Event) -> bool:
        """Applies a remembered event; True where it would have changed a row of a sealed month."""
        account = self.account(event.key)
        self.touch(event.key, account)
        return self._apply(event, account, *self._calendar.day_month(event.time))

    def _apply(self, event: Event, account: Account, day: int, month: int) -> bool:
        if month > self._sealed_through:
            self.months.add(month)
        if event.time > self.latest:
            self.latest = event.time
        late, kind = len(self.late), event.type
        if kind in FOLDS:
            self._fold(event, account)
        counter = COUNTERS.get(kind)
        if counter is not None:
            self._count(account, event, day, month, counter(event.data))
        return len(self.late) > late

    def _fold(self, event: Event, account: Account) -> None:
        fold = FOLDS[event.type]
        if self._sealed is None:
            fold(account, event, self._province_of)
        else:
            folding = partial(fold, account, event, self._province_of)
            self.late.extend(self._sealed.late(event, account, folding))
        account.cause = cause_of(event)
        self.changed[event.key] = None

    def _count(self, account: Account, event: Event, day: int, month: int, count: Count) -> None:
        if month <= self._sealed_through:
            if count:
                self.late.append(Late(event.ref, event.type, event.key, None, month))
            return
        data = event.data
        staff_id = data.staff_id
        if event.type == "message.sent" and data.customer_id is not None:
            name = (month, staff_id)
            memory = account.talks.get(name)
            if memory is None:
                memory = account.talks[name] = {}
            told = talk(memory, day, event.time, by_customer=data.sender == "customer")
            if told is not None:
                if account.dirty_talks is None:
                    account.dirty_talks = []
                account.dirty_talks.append(name)
                count = count + told if told else count
        if count:
            row = self.counts.get((day, staff_id))
            if row is None:
                row = self.counts[day, staff_id] = [0] * len(COLUMNS)
            for column, amount in count:
                row[column] += amount


def cause_of(event: Event) -> str:
    """The cause of a verdict change, as JSON: the event's source, id, type and time."""
    named = {"source": event.source, "id": event.id, "type": event.type, "time": event.time}
    return _encode({"event": named}).decode()


_encode = msgspec.json.Encoder().encode
