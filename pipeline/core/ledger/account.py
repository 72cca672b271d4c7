"""The state of one record key in the ledger, and its rows in the changelog.

Kinds of rows (sub-key): ``ids`` (month#chunk), ``pair`` (staff_id), ``removals`` (staff_id),
``verification``, ``who``, ``talk`` (month/staff_id), ``signal`` (signal_id).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

import msgspec

from pipeline.core.ledger.memory import IdMemory
from pipeline.core.records import Pair, Signal, StateRow, Verification, Who
from topics.events import EventRef

__all__ = ["LEDGER", "Account", "Talk"]

LEDGER = "ledger"

Talk = dict[int, list[int | None]]
"""Day to [the customer's first message, the staff member's last]: times, None for none."""


# Most accounts have none of these: they share an empty one, which is never written to.
_NO_REMOVALS: dict[str, list[EventRef]] = {}
_NO_SIGNALS: dict[str, Signal] = {}


class Account:
    """One record key's state; mostly a customer's, also a staff member's or bank customer's.

    ``dirty`` names the rows that changed since they were last written (but for ids, which know
    it themselves, and talks, in ``dirty_talks``), ``cause`` is the event
    that last changed what a verdict may depend on ("": nothing since the last judgement).
    """

    __slots__ = (
        "cause",
        "dirty",
        "dirty_talks",
        "ids",
        "pairs",
        "removals",
        "signals",
        "talks",
        "touched",
        "verification",
        "who",
    )

    def __init__(self) -> None:
        self.ids = IdMemory()
        self.pairs: dict[str, Pair] = {}
        self.removals = _NO_REMOVALS
        self.verification: Verification | None = None
        self.who: Who | None = None
        self.talks: dict[tuple[int, str], Talk] = {}
        self.signals = _NO_SIGNALS
        self.dirty: set[tuple[str, str]] = set()
        self.dirty_talks: list[tuple[int, str]] | None = None
        self.cause = ""
        self.touched = False  # whether the ledger has it among those to write

    def pair(self, staff_id: str) -> Pair:
        """The pair with this staff member, made if need be, and marked as changed."""
        pair = self.pairs.get(staff_id)
        if pair is None:
            pair = self.pairs[staff_id] = Pair()
        self.dirty.add(("pair", staff_id))
        return pair

    def note_removal(self, staff_id: str, ref: EventRef) -> None:
        """Keeps a removal by staff or customer, in order."""
        if self.removals is _NO_REMOVALS:
            self.removals = {}
        insort(self.removals.setdefault(staff_id, []), ref)
        self.dirty.add(("removals", staff_id))

    def take_signal(self, signal: Signal) -> None:
        """Keeps a detector's evidence; a score of 0 takes it back."""
        if self.signals is _NO_SIGNALS:
            self.signals = {}
        if signal.score:
            self.signals[signal.signal_id] = signal
        else:
            self.signals.pop(signal.signal_id, None)
        self.dirty.add(("signal", signal.signal_id))

    def changed_rows(self, key: str) -> Iterator[StateRow]:
        """The rows that changed since the last call, packed."""
        for month, chunk, value in self.ids.changed_chunks():
            yield LEDGER, key, "ids", _name(month, "#", chunk), value
        if self.dirty_talks:
            for talk in set(self.dirty_talks):
                packed = _pack(dict(sorted(self.talks[talk].items())))
                yield LEDGER, key, "talk", _name(talk[0], "/", talk[1]), packed
            self.dirty_talks = None
        if self.dirty:
            for kind, sub in self.dirty:
                yield LEDGER, key, kind, sub, _PACKERS[kind](self, sub)
            self.dirty.clear()

    def load(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Takes (kind, sub, value) rows in."""
        for kind, sub, value in rows:
            _LOADERS[kind](self, sub, value)
        self.ids.ready()

    def forget_month(self, month: int) -> None:
        """Drops what only a sealed month needs: its message ids and who wrote to whom."""
        self.ids.forget(month)
        for talk in [talk for talk in self.talks if talk[0] == month]:
            del self.talks[talk]


_pack = msgspec.msgpack.Encoder().encode
_load_pair = msgspec.msgpack.Decoder(Pair).decode
_load_refs = msgspec.msgpack.Decoder(list[EventRef]).decode
_load_verification = msgspec.msgpack.Decoder(Verification).decode
_load_who = msgspec.msgpack.Decoder(Who).decode
_load_talk = msgspec.msgpack.Decoder(dict[int, list[int | None]]).decode
_load_signal = msgspec.msgpack.Decoder(Signal).decode


@lru_cache(maxsize=1 << 16)
def _name(month: int, mark: str, rest: int | str) -> str:
    """A sub-key; the same few stand in very many rows."""
    return f"{month}{mark}{rest}"


def _pack_signal(account: Account, sub: str) -> bytes | None:
    signal = account.signals.get(sub)
    return None if signal is None else _pack(signal)


_PACKERS: dict[str, Callable[[Account, str], bytes | None]] = {
    "signal": _pack_signal,
    "pair": lambda account, sub: _pack(account.pairs[sub]),
    "removals": lambda account, sub: _pack(account.removals[sub]),
    "verification": lambda account, _: _pack(account.verification),
    "who": lambda account, _: None if account.who is None else _pack(account.who),
}


def _take_ids(account: Account, sub: str, value: bytes) -> None:
    month, _, chunk = sub.partition("#")
    account.ids.load(int(month), int(chunk), value)


def _take_pair(account: Account, sub: str, value: bytes) -> None:
    account.pairs[sub] = _load_pair(value)


def _take_removals(account: Account, sub: str, value: bytes) -> None:
    if account.removals is _NO_REMOVALS:
        account.removals = {}
    account.removals[sub] = _load_refs(value)


def _take_verification(account: Account, _: str, value: bytes) -> None:
    account.verification = _load_verification(value)


def _take_who(account: Account, _: str, value: bytes) -> None:
    account.who = _load_who(value)


def _take_talk(account: Account, sub: str, value: bytes) -> None:
    month, _, staff_id = sub.partition("/")
    account.talks[int(month), staff_id] = _load_talk(value)


def _take_signal(account: Account, sub: str, value: bytes) -> None:
    if account.signals is _NO_SIGNALS:
        account.signals = {}
    account.signals[sub] = _load_signal(value)


_LOADERS: dict[str, Callable[[Account, str, bytes], None]] = {
    "ids": _take_ids,
    "pair": _take_pair,
    "removals": _take_removals,
    "verification": _take_verification,
    "who": _take_who,
    "talk": _take_talk,
    "signal": _take_signal,
}
