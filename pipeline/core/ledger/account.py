"""The state of one record key in the ledger, and its rows in the changelog.

Kinds of rows (sub-key): ``account``, which mostly is all there is; what would make it large has
rows of its own: ``ids`` (month#chunk), ``pair`` (staff_id), ``removals`` (staff_id#number),
``signal`` (signal_id).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

import msgspec

from pipeline.core.calendar import last_day_of
from pipeline.core.ledger.memory import IdMemory
from pipeline.core.records import PackedAccount, Pair, Signal, StateRow, Verification, Who
from topics.events import EventRef

__all__ = ["LEDGER", "Account", "accounts_of", "prune_removals"]

LEDGER = "ledger"
_INSIDE = 16
"""So many pairs stand in the row ``account``, further ones have a row each; a pair with more
removals than that has too."""

_REMOVALS_A_ROW = 512  # some 30 KiB
_LINKS = 64
"""So many devices, addresses and bank numbers are kept of one account, the least of them."""

_NO_CAUSES: dict[str, str] = {}
_NOBODY: set[str] = set()  # shared, never written to


class Account(IdMemory):
    """One record key's state; mostly a customer's, also a staff member's or bank customer's.

    ``outside`` names the staff whose pair has a row of its own, ``dirty`` those of them that
    changed. ``cause`` is what last changed something that all adds' verdicts depend on ("": nothing
    did since the last judgement), ``causes`` by staff_id what since then changed that pair alone
    ("": anything), ``first`` the first friend.added of all, None until somebody asked for it;
    ``touched`` whether the ledger has it among those to write.
    ``links`` are the devices, addresses and bank numbers seen of the customer: a letter for the
    kind and 8 bytes of a keyed hash; ``wrote`` whether the customer ever wrote to anybody.
    ``signals`` are the detectors' by id, ``news`` those of them that changed.
    """

    __slots__ = (
        "cause",
        "causes",
        "dirty",
        "first",
        "links",
        "news",
        "outside",
        "pairs",
        "signals",
        "touched",
        "verification",
        "who",
        "wrote",
    )

    def __init__(self) -> None:
        IdMemory.__init__(self)
        self.pairs: dict[str, Pair] = {}
        self.verification: Verification | None = None
        self.who: Who | None = None
        self.outside = _NOBODY
        self.dirty: set[str] | None = None
        self.cause = ""
        self.causes: dict[str, str] | None = None
        self.first: EventRef | None = None
        self.touched = False
        self.links: list[bytes] | None = None
        self.wrote = False
        self.signals: dict[str, Signal] | None = None
        self.news: set[str] | None = None

    def pair(self, staff_id: str) -> Pair:
        """The pair with this staff member, to be changed; made if need be."""
        pair = self.pairs.get(staff_id)
        if pair is None:
            pair = self.pairs[staff_id] = Pair()
            if len(self.pairs) > _INSIDE:
                self._move_out(staff_id)
        if staff_id in self.outside:
            self.dirty = self.dirty or set()
            self.dirty.add(staff_id)
        return pair

    def why(self, staff_id: str = "") -> str:
        """What last changed something of the pair, or, without one, of the account."""
        causes = self.causes or _NO_CAUSES
        return causes.get(staff_id) or self.cause or causes.get("", "")

    def note_first(self, cause: str) -> None:
        """What changed something of all adds, unless something did since the last judgement."""
        self.cause = self.cause or cause

    def judged(self) -> None:
        """Forgets causes: all that they changed was judged."""
        self.cause, self.causes = "", None

    def note_cause(self, cause: str, staff: Iterable[str] = (), *, of_all: bool = False) -> None:
        """``staff``: whose pairs it concerns; ``of_all``: every add, whatever came before."""
        if of_all:
            self.cause, self.causes = cause, None
            return
        causes = self.causes = self.causes or {}
        causes[""] = cause
        for staff_id in staff:
            causes[staff_id] = cause

    def comes_first(self, added: EventRef) -> bool:
        """Whether this is the first friend.added of all; it must be taken in already."""
        if self.first is None:
            self.first = min((one.added for one in self.pairs.values() if one.added), default=added)
        elif added < self.first:
            self.first = added
        return self.first == added

    def note_removal(self, staff_id: str, ref: EventRef) -> None:
        """Keeps a removal by staff or customer, in order."""
        pair = self.pair(staff_id)
        history = pair.own_history()
        history.removals = history.removals or []
        insort(history.removals, ref)
        prune_removals(pair)
        if len(history.removals) > _INSIDE and staff_id not in self.outside:
            self._move_out(staff_id)

    def link(self, named: bytes) -> bool:
        """Notes a device, address or bank number; whether it is a new one."""
        links = self.links or []
        if named in links:
            return False
        insort(links, named)
        del links[_LINKS:]
        self.links = links
        return True

    def take_signal(self, signal: Signal) -> bool:
        """Keeps a detector's evidence, a score of 0 takes it back; whether anything changed."""
        signals = self.signals or {}
        known = signals.get(signal.signal_id)
        if known == signal or (known is None and not signal.score):
            return False
        if signal.score:
            signals[signal.signal_id] = signal
        else:
            del signals[signal.signal_id]
        self.signals = signals or None
        self.news = self.news or set()
        self.news.add(signal.signal_id)
        return True

    def changed_rows(self, key: str) -> Iterator[StateRow]:
        """The rows that changed since the last call, packed; the row ``account`` always."""
        for month, number, packed in self.full_chunks():
            yield LEDGER, key, "ids", f"{month}#{number}", packed
        pairs = self.pairs
        if self.outside:
            for staff_id in self.dirty or ():
                yield from _pair_rows(key, staff_id, pairs.get(staff_id))
            self.dirty = None
            pairs = {staff: pair for staff, pair in pairs.items() if staff not in self.outside}
        if self.news:
            signals = self.signals or {}
            for name in sorted(self.news):
                found = signals.get(name)
                yield LEDGER, key, "signal", name, None if found is None else _pack(found)
            self.news = None
        state = (self.tails(), self.chunks or None, self.verification, self.who, pairs)
        more = (self.links, self.wrote) if self.links or self.wrote else ()
        yield LEDGER, key, "account", "", _pack(state + more)

    def load(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Takes (kind, sub, value) rows in, all of a key at once."""
        removals: dict[str, list[EventRef]] = {}
        outside: dict[str, Pair] = {}
        for kind, sub, value in rows:
            if kind == "account":
                self._load(_load_account(value))
            elif kind == "ids":
                self.load_chunk(int(sub.partition("#")[0]), value)
            elif kind == "pair":
                outside[sub] = _load_pair(value)
            elif kind == "signal":
                self.signals = self.signals or {}
                self.signals[sub] = _load_signal(value)
            else:
                removals.setdefault(sub.rpartition("#")[0], []).extend(_load_refs(value))
        if outside:
            self.pairs.update(outside)
            self.outside = set(outside)
        for staff_id, some in removals.items():
            self.pairs[staff_id].own_history().removals = sorted(some)

    def forget_through(self, month: int) -> None:
        """Drops what only sealed months need, up to this one: message ids and talks."""
        self.forget_ids(month)
        last = last_day_of(month)
        for staff_id, pair in list(self.pairs.items()):
            talk = pair.talk
            if talk is None or min(talk[::3]) > last:
                continue
            kept = [i for i in range(0, len(talk), 3) if talk[i] > last]
            self.pair(staff_id).talk = [talk[i + n] for i in kept for n in range(3)] or None
            if pair == _EMPTY:
                del self.pairs[staff_id]

    def _move_out(self, staff_id: str) -> None:
        self.outside = self.outside or set()
        self.outside.add(staff_id)
        self.dirty = self.dirty or set()
        self.dirty.add(staff_id)

    def _load(self, packed: PackedAccount) -> None:
        self.load_tails(packed.tails)
        if packed.chunks:
            self.chunks = packed.chunks
        self.verification, self.who = packed.verification, packed.who
        self.pairs = packed.pairs
        self.links, self.wrote = packed.links, packed.wrote


def accounts_of(rows: Iterable[StateRow]) -> dict[str, Account]:
    """The accounts of ledger rows, all of each key at once, by key."""
    by_key: dict[str, list[tuple[str, str, bytes]]] = {}
    for _, key, kind, sub, value in rows:
        if value is not None:
            by_key.setdefault(key, []).append((kind, sub, value))
    accounts = {}
    for key, some in by_key.items():
        accounts[key] = Account()
        accounts[key].load(some)
    return accounts


_EMPTY = Pair()
_pack = msgspec.msgpack.Encoder().encode
_load_account = msgspec.msgpack.Decoder(PackedAccount).decode
_load_signal = msgspec.msgpack.Decoder(Signal).decode
_load_pair = msgspec.msgpack.Decoder(Pair).decode
_load_refs = msgspec.msgpack.Decoder(list[EventRef]).decode


def prune_removals(pair: Pair) -> None:
    """Drops the removals that cannot decide any more.

    An add's time only ever gets earlier, so none after the first one at or after it can.
    """
    removals = pair.past().removals
    if pair.added is not None and removals is not None:
        first = bisect_left(removals, pair.added.time, key=_time_of)
        del removals[first + 1 :]


def _time_of(ref: EventRef) -> int:
    return ref.time


def _pair_rows(key: str, staff_id: str, pair: Pair | None) -> Iterator[StateRow]:
    """A pair's own row; and of its removals, which may be many while there is no add."""
    if pair is None:
        yield LEDGER, key, "pair", staff_id, None
        return
    removals = pair.past().removals or []
    rows = range(0, len(removals), _REMOVALS_A_ROW) if len(removals) > _REMOVALS_A_ROW else ()
    for number, start in enumerate(rows):
        value = _pack(removals[start : start + _REMOVALS_A_ROW])
        yield LEDGER, key, "removals", f"{staff_id}#{number}", value
    for number in range(len(rows), pair.past().removal_rows):
        yield LEDGER, key, "removals", f"{staff_id}#{number}", None
    if rows or pair.past().removal_rows:
        pair.own_history().removal_rows = len(rows)
    packed = _without_removals(pair) if rows else pair
    yield LEDGER, key, "pair", staff_id, _pack(packed)


def _without_removals(pair: Pair) -> Pair:
    history = msgspec.structs.replace(pair.past(), removals=None)
    return msgspec.structs.replace(pair, history=history)
