"""One slice of all keys: decodes and folds the lines of its own keys.

A shard knows no file and no database. What it must load comes in, what it changed goes out, both
as bytes; so it runs in this process or in another alike.
"""

from __future__ import annotations

import ctypes
import gc
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pipeline.core.calendar import Calendar
from pipeline.core.ids import add_id
from pipeline.core.ledger.account import accounts_of
from pipeline.core.ledger.fold import Look, marker
from pipeline.core.ledger.judge import Judge
from pipeline.core.ledger.stage import NEVER, Late, Ledger, Taken
from pipeline.core.policy import PolicySet
from pipeline.ip_table import load_ip_table
from pipeline.replay.folding import fold_lines
from pipeline.replay.routing import Lines
from sinks.duckdb.columns import STATE, IpcRows
from topics.codec import BadRecord, decode_lines
from topics.event import Event
from topics.events import EVENT_TYPES

__all__ = [
    "BlockCounts",
    "DeadLetter",
    "Flushed",
    "Shard",
    "ShardSettings",
    "StateRows",
]

StateRows = list[tuple[str, str, str, str, bytes | None]]
"""(stage, key, kind, sub, value) rows of the changelog."""

CONFLICT = "the (source, id) was read before with other content; the first one counts"


@dataclass(frozen=True, slots=True)
class ShardSettings:
    """What every shard of a run must know. ``limit``: the latest time to apply, if any."""

    shards: int
    timezone: str
    policies: PolicySet
    dismissed: frozenset[str]
    sealed_through: int
    limit: int | None
    ip_table: Path | None
    hash_key: str = field(default="", repr=False)


class DeadLetter(msgspec.Struct, array_like=True, gc=False):
    topic: str
    offset: int
    key: str | None
    code: str
    sentence: str
    original: bytes
    partition: int = 0


class BlockCounts(msgspec.Struct, array_like=True, gc=False):
    """How many lines became what; ``dead`` is by code."""

    applied: int = 0
    duplicates: int = 0
    after_as_of: int = 0
    late: int = 0
    dead: dict[str, int] = msgspec.field(default_factory=dict)

    def add(self, other: BlockCounts) -> None:
        self.applied += other.applied
        self.duplicates += other.duplicates
        self.after_as_of += other.after_as_of
        self.late += other.late
        for code, number in other.dead.items():
            self.dead[code] = self.dead.get(code, 0) + number


Line = tuple[int, bytes, Event | BadRecord]
"""(line number, line, what it holds)"""

LateMark = tuple[str, str, str, int, str | None, int]
"""(event id, source, type, time, add_id or None, month)"""


class Flushed(msgspec.Struct, array_like=True, gc=False):
    """All that changed in a shard since its last flush."""

    state: bytes
    rolling: list[tuple[int, str, list[int]]]
    kept: list[tuple[int, str, bytes]]
    dead_letters: list[DeadLetter]
    late: list[LateMark]
    months: list[int]
    latest: int | None
    counts: BlockCounts


@dataclass(slots=True)
class _Since:
    """What gathers until the next flush."""

    kept: list[tuple[int, str, bytes]] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    counts: BlockCounts = field(default_factory=BlockCounts)


class Shard:
    """The ledger of the keys whose hash is ``index`` modulo the number of shards."""

    def __init__(self, index: int, settings: ShardSettings) -> None:
        self.index = index
        self.settings = settings
        self.calendar = Calendar(settings.timezone)
        self.judge = Judge(self.calendar, settings.policies, settings.dismissed)
        table = load_ip_table(settings.ip_table) if settings.ip_table else None
        self.ledger = Ledger(
            self.calendar,
            self.judge,
            Look(
                table.province if table is not None else lambda _: None,
                marker(settings.hash_key.encode()),
            ),
            settings.sealed_through,
            settings.limit,
        )
        self._since = _Since()
        self._waiting: list[Line] = []
        self._topic = ""

    def decode(self, topic: str, lines: Lines) -> None:
        """Reads lines and folds their events; all state is in memory."""
        self._topic = topic
        applied = fold_lines(self.ledger, lines.data, lines.numbers, self._set_aside)
        self._since.counts.applied += applied

    def decode_waiting(self, topic: str, lines: Lines) -> list[str]:
        """Reads lines whose events wait for ``fold``; returns the keys to load before."""
        self._topic = topic
        self._waiting = list(decode_lines(lines.data, lines.numbers))
        events = (event for *_, event in self._waiting)
        return self.absent([event.key for event in events if isinstance(event, Event)])

    def absent(self, keys: list[str]) -> list[str]:
        """Those of the keys whose state is not in memory."""
        accounts = self.ledger.accounts
        return list({key: None for key in keys if key not in accounts})

    def fold(self, rows: StateRows) -> None:
        """Takes the state of the waiting events' keys in, then the events."""
        self.load(rows)
        waiting, self._waiting = self._waiting, []
        for number, line, found in waiting:
            if isinstance(found, BadRecord):
                self._set_aside(number, line, found, Taken.APPLIED)
            elif (taken := self.ledger.take(found)) is Taken.APPLIED:
                self._since.counts.applied += 1
            else:
                self._set_aside(number, line, found, taken)

    def load(self, rows: StateRows) -> None:
        """Takes ledger state rows in; all rows of a key must come at once."""
        self.ledger.accounts |= accounts_of(rows)

    def apply_kept(self, events: list[bytes]) -> None:
        """Applies events that an earlier run kept because they were after its *as of*."""
        for packed in events:
            event = unpack_event(packed)
            self.ledger.apply(event)

    def flush(self) -> Flushed:
        """Hands over all that changed since the last flush."""
        ledger, since = self.ledger, self._since
        state = IpcRows(STATE)
        for key, account in ledger.touched.items():
            state.extend(account.changed_rows(key))
            account.touched = False
        flushed = Flushed(
            state=state.to_ipc(),
            rolling=[(day, staff, row) for (day, staff), row in ledger.counts.items()],
            kept=since.kept,
            dead_letters=since.dead_letters,
            late=[_mark(late) for late in ledger.late],
            months=sorted(ledger.months),
            latest=None if ledger.latest == NEVER else ledger.latest,
            counts=since.counts,
        )
        ledger.touched, ledger.counts, ledger.late, self._since = {}, {}, [], _Since()
        return flushed

    def _set_aside(self, number: int, line: bytes, found: Event | BadRecord, taken: Taken) -> None:
        """Counts, keeps or buries what was not applied."""
        since, counts = self._since, self._since.counts
        if isinstance(found, BadRecord):
            self._bury(number, None, found.code, found.sentence, line)
        elif taken is Taken.COPY:
            counts.duplicates += 1
        elif taken is Taken.CONFLICT:
            self._bury(number, found.key, "conflicting_duplicate", CONFLICT, line)
        elif taken is Taken.LATE:
            counts.late += 1
        else:
            counts.after_as_of += 1
            since.kept.append((found.time, found.key, pack_event(found)))

    def _bury(self, number: int, key: str | None, code: str, sentence: str, line: bytes) -> None:
        self._since.dead_letters.append(DeadLetter(self._topic, number, key, code, sentence, line))
        dead = self._since.counts.dead
        dead[code] = dead.get(code, 0) + 1


def pack_event(event: Event) -> bytes:
    return _pack((event.id, event.source, event.type, event.time, event.data, event.key))


def unpack_event(packed: bytes) -> Event:
    name, source, kind, time, data, key = _unpack(packed)
    return Event(name, source, kind, time, msgspec.convert(data, EVENT_TYPES[kind]), key)


def _mark(late: Late) -> LateMark:
    one = None if late.staff_id is None else add_id(late.staff_id, late.customer_id)
    return late.ref.id, late.ref.source, late.type, late.ref.time, one, late.month


def quiet_memory() -> None:
    """No cyclic garbage arises here, and looking for it among millions of accounts is slow. Blocks
    of some MiB come and go: glibc keeps their memory instead of having each made anew, page by
    page.
    """
    gc.disable()
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(_M_TRIM_THRESHOLD, 512 << 20)
        mallopt(_M_TOP_PAD, 16 << 20)


_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3  # of malloc.h

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[str, str, str, int, dict[str, Any], str]).decode
