"""The ledger on a topic: interactions, identity's answers and detectors' signals in."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pipeline.core.activity import COLUMNS
from pipeline.core.calendar import last_day_of
from pipeline.core.detectors.open_months import OpenMonths
from pipeline.core.identity import Answer
from pipeline.core.ids import add_id
from pipeline.core.ledger.account import Account
from pipeline.core.ledger.judge import identity_updates
from pipeline.core.ledger.stage import NEVER, Ledger, Taken
from pipeline.core.records import Candidate
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.evidence import OWN_CODES, fact_output, read_signal, signal_output
from pipeline.stream.stages.records import Batch, Input, Output
from pipeline.stream.stages.rows import Rows
from topics.between import LateMark
from topics.codec import BadRecord, decode_event
from topics.event import Event

__all__ = ["COUNTS", "LedgerStage"]

COUNTS = "counts"
"""The rows of a partition's own counts: (staff_id, day)."""

AHEAD_US = 600 * 1_000_000
_CONFLICT = "the (source, id) was read before with other content; the first one counts"
_MISROUTED = "the record is under another key, or on another partition, than its event's"
_FUTURE = "the event's time is over 10 minutes later than its record's timestamp"


class LedgerStage:
    """The accounts of one partition's record keys.

    ``rows`` holds them packed; those that a batch touches are unpacked, and stay so while there are
    no more than ``hot`` of them.
    """

    def __init__(self, context: Context, partition: int, rows: Rows, counts: Rows) -> None:
        self._context = context
        self._partition = partition
        self._rows = rows
        self._counts = counts
        self.latest: int | None = None
        self.months: set[int] = set()
        self._open = OpenMonths(context.calendar, context.sealed_through)
        self._ledger = Ledger(context.calendar, context.judge, context.look, context.sealed_through)

    def take_events(self, records: Iterable[Input], batch: Batch) -> None:
        """Takes interactions; what cannot be accepted becomes a dead letter."""
        take, applied = self._ledger.take, 0
        for record in records:
            event = self._read(record, batch)
            if event is None:
                continue
            self._unpack(event.key)
            taken = take(event)
            if taken is Taken.APPLIED:
                applied += 1
            elif taken is Taken.COPY:
                batch.count("duplicates")
            elif taken is Taken.LATE:
                batch.count("late")
            else:
                batch.bury("interactions", record, "conflicting_duplicate", _CONFLICT)
        if applied:
            batch.count("applied", applied)

    def take_answers(self, records: Iterable[Input]) -> None:
        """Takes what identity says of this partition's customers."""
        for record in records:
            answer = _decode_answer(record.value or b"")
            account = self._unpack(answer.customer_id)
            if account is not None:
                self._ledger.take_who(answer.customer_id, account, answer.who, answer.cause)

    def take_signals(self, records: Iterable[Input]) -> None:
        """Takes detectors' evidence against this partition's adds; what it told itself it knows."""
        for record in records:
            signal = read_signal(record)
            if signal.code not in OWN_CODES:
                self._unpack(signal.customer_id)
                self._ledger.take_signal(signal)

    def judge_again(self, keys: Iterable[str], cause: str) -> None:
        """Marks accounts to be judged although nothing of them changed: a policy or case did."""
        for key in keys:
            account = self._unpack(key)
            if account is not None:
                account.note_first(cause)
                self._changed(key, account)

    def finish(self, batch: Batch) -> None:
        """Judges what changed and writes out all that the batch brought about."""
        ledger = self._ledger
        for key in ledger.changed:
            account = ledger.accounts[key]
            ledger.touch(key, account)
            self._tell_identity(key, account, batch)
            self._tell_staff(key, account, batch)
            account.judged()
        ledger.changed = {}
        self._tell_detectors(batch)
        self._write_counts(batch)
        self._write_late(batch)
        for key, account in ledger.touched.items():
            for row in account.changed_rows(key):
                batch.keep(self._rows, row)
            account.touched = False
            ledger.accounts[key] = ledger.accounts.pop(key)  # the last of all now
        ledger.touched = {}
        ledger.shrink(self._context.hot)
        self._note_progress()

    def drop_counts(self, month: int, batch: Batch) -> None:
        """Drops the counts of days up to the month's end: they are the database's now."""
        for staff_id in list(self._counts.keys()):
            for day in list(self._counts.subs(staff_id, "day")):
                if int(day) <= last_day_of(month):
                    batch.keep(self._counts, (COUNTS, staff_id, "day", day, None))

    def seal(self, month: int, keys: Iterable[str]) -> None:
        """Drops what only months up to this one need of these accounts."""
        for key in keys:
            account = self._unpack(key)
            if account is not None:
                account.forget_through(month)
                self._ledger.touch(key, account)

    def _read(self, record: Input, batch: Batch) -> Event | None:
        try:
            event = decode_event(record.value or b"")
        except BadRecord as bad:
            batch.bury("interactions", record, bad.code, bad.sentence)
            return None
        key = event.key
        if record.key != key.encode() or (
            key not in self._ledger.accounts
            and key not in self._rows
            and self._context.route(key) != self._partition
        ):
            batch.bury("interactions", record, "misrouted", _MISROUTED)
            return None
        if event.time > record.timestamp * 1000 + AHEAD_US:
            batch.bury("interactions", record, "future_time", _FUTURE)
            return None
        return event

    def _unpack(self, key: str) -> Account | None:
        """The account of a key that has one, in the ledger."""
        accounts = self._ledger.accounts
        account = accounts.get(key)
        if account is None and key in self._rows:
            account = accounts[key] = Account()
            account.load(self._rows.of(key))
        return account

    def _changed(self, key: str, account: Account) -> None:
        self._ledger.changed[key] = None
        self._ledger.touch(key, account)

    def _tell_identity(self, key: str, account: Account, batch: Batch) -> None:
        for update in identity_updates(key, account):
            bank_id = update.bank_customer_id
            batch.outputs.append(
                Output(
                    "identity",
                    self._context.route(bank_id),
                    f"{bank_id}\x1f{key}".encode(),
                    _pack(update),
                )
            )

    def _tell_staff(self, key: str, account: Account, batch: Batch) -> None:
        """Of each add and month one record: a newer one replaces it when the topic is compacted."""
        for message in self._context.judge.candidates(key, account):
            staff_id = message.staff_id
            named = f"{staff_id}\x1f{add_id(staff_id, key)}\x1f{message.month}".encode()
            mark = b"c" if isinstance(message, Candidate) else b"r"
            partition = self._context.route(staff_id)
            batch.outputs.append(Output("verdicts", partition, named, mark + _pack(message)))

    def _tell_detectors(self, batch: Batch) -> None:
        """Facts to subjects, and what the customers' own months say to whoever reads signals."""
        facts, signals = self._ledger.tell(self._open)
        batch.outputs += [fact_output(fact, self._context.route) for fact in facts]
        for signal in signals:
            batch.outputs.append(signal_output(signal, self._context))
            batch.count(signal.code)

    def _write_counts(self, batch: Batch) -> None:
        """Adds the batch's counts to the partition's own; the staff stage sums the partitions'."""
        for (day, staff_id), more in self._ledger.counts.items():
            known = self._counts.subs(staff_id, "day").get(str(day))
            counts = more
            if known is not None:
                counts = [a + b for a, b in zip(_decode_counts(known), more, strict=True)]
            value = _pack_counts(counts)
            batch.keep(self._counts, (COUNTS, staff_id, "day", str(day), value))
            named = f"{staff_id}\x1f{day}\x1f{self._partition}".encode()
            message = _pack((staff_id, day, self._partition, value))
            batch.outputs.append(Output("partials", self._context.route(staff_id), named, message))
        self._ledger.counts = {}

    def _write_late(self, batch: Batch) -> None:
        for late in self._ledger.late:
            ref, staff_id = late.ref, late.staff_id
            one = None if staff_id is None else add_id(staff_id, late.customer_id)
            mark = LateMark(ref.id, ref.source, late.type, ref.time, one, late.month)
            named = f"{ref.id}\x1f{ref.source}\x1f{one or ''}\x1f{late.month}".encode()
            batch.outputs.append(Output("late", self._partition, named, _pack(mark)))
        self._ledger.late = []

    def _note_progress(self) -> None:
        ledger = self._ledger
        if ledger.latest != NEVER and (self.latest is None or ledger.latest > self.latest):
            self.latest = ledger.latest
        self.months |= ledger.months


_BITS = 1 << 63


def _pack_counts(counts: list[int]) -> bytes:
    """As text where a sum passes 64 bits, which money may on its way."""
    return _pack([one if -_BITS <= one < _BITS else str(one) for one in counts])


def _decode_counts(value: bytes) -> list[int]:
    found: list[int | str] = msgspec.msgpack.decode(value)
    assert len(found) == len(COLUMNS)
    return [int(one) for one in found]


_pack = msgspec.msgpack.Encoder().encode
_decode_answer = msgspec.msgpack.Decoder(Answer).decode
