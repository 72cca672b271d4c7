"""The ledger stage: events of many keys in, changed state and counts out."""

from __future__ import annotations

from enum import IntEnum
from functools import partial
from itertools import islice
from typing import Any, Final

from pipeline.core.activity import COLUMNS, COUNTERS, RECEIVED, SENT, Count, talk
from pipeline.core.calendar import Calendar
from pipeline.core.causes import event_cause, signal_cause
from pipeline.core.detectors.customers import NOTHING, Told, told_of
from pipeline.core.detectors.news import FactRow, changed_facts, changed_signals
from pipeline.core.detectors.open_months import OpenMonths
from pipeline.core.ledger.account import Account
from pipeline.core.ledger.fold import FOLDS, REMEMBERED_FOREVER, Look
from pipeline.core.ledger.judge import Judge, take_who
from pipeline.core.ledger.memory import FOREVER
from pipeline.core.ledger.sealed import Late, SealedAdds
from pipeline.core.records import Signal, Who
from topics.codec import content_hash, id_hash
from topics.event import Event

__all__ = ["NEVER", "Late", "Ledger", "Taken"]

NEVER = -1
"""``sealed_through`` while no month is sealed, ``latest`` before any event."""


class Taken(IntEnum):
    """What became of an event."""

    APPLIED = 0
    COPY = 1
    CONFLICT = 2
    AFTER_AS_OF = 3
    LATE = 4


_APPLIED: Final = Taken.APPLIED  # a member looked up in its class costs more than a dict of it


class Ledger:
    """Accounts by record key, and what their events count.

    ``counts`` maps (day, staff_id) to amounts in the order of ``activity.COLUMNS``; ``changed``
    names the keys whose verdicts or friendships may have changed, ``touched`` those with any news;
    ``told`` holds what accounts had told detectors before they changed;
    ``latest`` is the time of the latest event applied (NEVER: none), ``limit`` that of the latest
    to apply.
    """

    def __init__(
        self,
        calendar: Calendar,
        judge: Judge,
        look: Look,
        sealed_through: int = NEVER,
        limit: int | None = None,
    ) -> None:
        self._calendar = calendar
        self._look = look
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
        self.told: dict[str, Told] = {}
        self.known: dict[str, Told] = {}  # what they tell now, of accounts whose caller keeps it

    def account(self, key: str) -> Account:
        account = self.accounts.get(key)
        if account is None:
            account = self.accounts[key] = Account()
        return account

    def touch(self, key: str, account: Account) -> None:
        """Notes that the account may have changed rows to write."""
        account.touched = True
        self.touched[key] = account

    def remember(self, key: str, account: Account) -> None:
        """Notes what an account has told detectors, before it changes."""
        if key not in self.told:
            known = self.known.get(key)
            if known is None:
                known = told_of(key, account, self._calendar) if account.pairs else NOTHING
            self.told[key] = known

    def tell(self, months: OpenMonths) -> tuple[list[FactRow], list[Signal]]:
        """What accounts that changed since they told tell now and did not then.

        Facts for detectors, and the accounts' own signals for whoever reads signals.
        """
        facts: list[FactRow] = []
        signals: list[Signal] = []
        for key, before in self.told.items():
            after = self.known[key] = told_of(key, self.accounts[key], self._calendar)
            facts += changed_facts(key, before, after, months)
            signals += changed_signals(before, after, months)
        self.told = {}
        return facts, signals

    def shrink(self, most: int) -> None:
        """Drops accounts, those first that changed least lately, where there are more."""
        for key in list(islice(self.accounts, max(0, len(self.accounts) - most))):
            del self.accounts[key]
            self.known.pop(key, None)

    def take_signal(self, signal: Signal) -> None:
        """Takes a detector's evidence against a customer of this ledger."""
        key = signal.customer_id
        account = self.account(key)
        self.remember(key, account)
        if account.take_signal(signal):
            account.note_first(signal_cause(signal.signal_id))
            self.changed[key] = None
            self.touch(key, account)

    def take_who(self, key: str, account: Account, who: Who, cause: str) -> None:
        """Takes identity's answer about a customer."""
        self.remember(key, account)
        if take_who(account, who, cause):
            self.changed[key] = None
            self.touch(key, account)

    def take(self, event: Event) -> Taken:
        """Takes an event of any kind in: a copy is dropped, one after *as of* remembered."""
        key = event.key
        account = self.accounts.get(key)
        if account is None:
            account = self.accounts[key] = Account()
        day, month = self._calendar.day_month(event.time)
        named, content = id_hash(event), content_hash(event)
        if event.type in REMEMBERED_FOREVER:
            known = account.meet(FOREVER, named, content)
        elif month > self._sealed_through:
            known = account.meet(month, named, content)
        else:
            known = account.find(named)
        if known is not None:
            return Taken.COPY if known == content else Taken.CONFLICT
        if not account.touched:
            self.touch(key, account)
        if self._limit is not None and event.time > self._limit:
            return Taken.AFTER_AS_OF
        return Taken.LATE if self._apply(event, account, day, month) else _APPLIED

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
        if kind == "message.sent":
            self._take_message(account, event, day, month)
            return len(self.late) > late
        if kind in FOLDS:
            self._fold(event, account)
        counter = COUNTERS.get(kind)
        if counter is not None:
            self._count(event, day, month, counter(event.data))
        return len(self.late) > late

    def _fold(self, event: Event, account: Account) -> None:
        fold = FOLDS[event.type]
        self.remember(event.key, account)
        if self._sealed is None:
            fold(account, event, self._look)
        else:
            folding = partial(fold, account, event, self._look)
            self.late.extend(self._sealed.late(event, account, folding))
        _note_cause(account, event)
        self.changed[event.key] = None

    def _take_message(self, account: Account, event: Event, day: int, month: int) -> None:
        data = event.data
        by_customer = data.sender == "customer"
        count = RECEIVED if by_customer else SENT
        if data.customer_id is not None:
            if by_customer and not account.wrote:
                self._note_wrote(event, account)
            if month > self._sealed_through:
                pair = account.pair(data.staff_id)
                told = talk(pair, day, event.time, by_customer=by_customer)
                count = count + told if told else count
        self._count(event, day, month, count)

    def _count(self, event: Event, day: int, month: int, count: Count) -> None:
        if not count:
            return
        if month <= self._sealed_through:
            self.late.append(Late(event.ref, event.type, event.key, None, month))
            return
        staff_id = event.data.staff_id
        row = self.counts.get((day, staff_id))
        if row is None:
            row = self.counts[day, staff_id] = [0] * len(COLUMNS)
        for column, amount in count:
            row[column] += amount

    def _note_wrote(self, event: Event, account: Account) -> None:
        """The customer's first message: evidence, so what rests on it is judged again."""
        self.remember(event.key, account)
        account.wrote = True
        account.note_cause(event_cause(event))
        self.changed[event.key] = None


def _note_cause(account: Account, event: Event) -> None:
    """Notes which adds of the account the event, taken in already, may judge otherwise.

    Evidence may change for the others too: then it is the account's latest cause that is named.
    """
    data: Any = event.data
    staff: tuple[str, ...] = ()
    of_all = False
    if event.type == "identity.verified":
        known = account.verification
        of_all = known is not None and known.ref == event.ref
    elif event.type == "friend.added":
        if account.pairs[data.staff_id].added == event.ref:
            staff, of_all = (data.staff_id,), account.comes_first(event.ref)
    elif event.type == "friend.removed":
        staff = (data.staff_id,) if data.by != "transfer" else ()
    elif data.result == "success":
        staff = data.from_staff_id, data.to_staff_id
    account.note_cause(event_cause(event), staff, of_all=of_all)
