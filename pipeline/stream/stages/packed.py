"""Text to bytes for millions of small rows, in as little memory as can be.

A dictionary spends more on an entry's objects than most rows are long. Here rows lie one behind
the other in chunks of bytes, found by a table of 64-bit numbers (open addressing, linear probing).
What was put of late stands in a plain dictionary and goes into the chunks many rows at a time, so
that numpy places them and a put costs hardly more than a dictionary's.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import nlargest
from itertools import chain, pairwise
from struct import Struct
from typing import Any, Final

import numpy as np

__all__ = ["Packed"]

_FRESH_ROWS = 4_000
_HEAD = Struct("<II")  # bytes of the key, bytes of the value
_HEAD_BYTES = _HEAD.size
_lengths_at: Callable[[bytes, int], tuple[int, int]] = _HEAD.unpack_from
_CHUNK_BITS = 20
_IN_CHUNK = (1 << _CHUNK_BITS) - 1
_TAG_BITS = 28
_TAG = (1 << _TAG_BITS) - 1
_GONE = 1
"""A slot whose row was deleted: as every free one it has no place, but a probe goes on beyond."""
_LEAST_SLOTS = 64
_FULL = 0.7
_GROWTH = 1.6
_WASTE = 0.25
"""Where this share of all is of rows that were replaced, the most wasteful chunks are given up."""
_TIDIED = 8
"""So many of them at a time, or all would come due at once."""

Numbers = Any
"""A numpy array of integers, or of truths."""


class Packed:
    """A slot is 0 while free, else place << 28 | tag.

    The place is chunk << 20 | where in it the row begins. The tag is the lower bits of the key's
    hash; where probing begins goes by it too, so that a greater table is made of the slots alone.
    """

    __slots__ = ("_chunks", "_empty", "_fresh", "_slots", "_table", "_used", "_waste")

    def __init__(self) -> None:
        self._fresh: dict[str, bytes | None] = {}
        self._chunks = [b""]  # no row is in the first: its place would be none
        self._waste = [0]
        self._empty: list[int] = []
        self._table = _free_slots(_LEAST_SLOTS)
        self._slots = memoryview(self._table)
        self._used = 0

    def put(self, key: str, value: bytes | None) -> None:
        """Upserts; a value of None deletes."""
        fresh = self._fresh
        fresh[key] = value
        if len(fresh) >= _FRESH_ROWS:
            self._settle()

    def get(self, key: str) -> bytes | None:
        found = self._fresh.get(key, _ABSENT)
        if found is not _ABSENT:
            return found
        place = self._find(key)
        return _value_at(self._chunks[place >> _CHUNK_BITS], place & _IN_CHUNK) if place else None

    def __contains__(self, key: str) -> bool:
        found = self._fresh.get(key, _ABSENT)
        if found is not _ABSENT:
            return found is not None
        return self._find(key) > 0

    def items(self) -> list[tuple[str, bytes]]:
        """All rows, as of now."""
        self._settle()
        found = []
        for place in np.sort(self._table[self._table > _TAG] >> _TAG_BITS).tolist():
            chunk, start = self._chunks[place >> _CHUNK_BITS], place & _IN_CHUNK
            named, long = _lengths_at(chunk, start)
            value = start + _HEAD_BYTES + named
            name = chunk[start + _HEAD_BYTES : value]
            found.append((name.decode(), chunk[value : value + long]))
        return found

    def _find(self, key: str) -> int:
        """The place of a settled row, or 0. Asked for most events: written for speed."""
        slots, tag = self._slots, hash(key) & _TAG
        at = tag * len(slots) >> _TAG_BITS
        while slot := slots[at]:
            if slot & _TAG == tag and slot > _TAG and self._length(slot >> _TAG_BITS, key):
                place: int = slot >> _TAG_BITS
                return place
            at += 1
            if at == len(slots):
                at = 0
        return 0

    def _length(self, place: int, key: str) -> int:
        """The bytes of the row at a place with its head; 0 if it is another key's."""
        chunk, start, name = self._chunks[place >> _CHUNK_BITS], place & _IN_CHUNK, key.encode()
        named, long = _lengths_at(chunk, start)
        if named != len(name) or not chunk.startswith(name, start + _HEAD_BYTES):
            return 0
        return _HEAD_BYTES + named + long

    def _settle(self) -> None:
        """Takes what is fresh into chunks."""
        fresh, self._fresh = self._fresh, {}
        if not fresh:
            return
        keys, values = list(fresh), list(fresh.values())
        tags = np.fromiter(map(hash, keys), np.int64, len(keys)).astype(np.uint64) & _TAG
        self._forget(keys, tags)
        if None in values:
            kept = [number for number, value in enumerate(values) if value is not None]
            keys, values, tags = [keys[n] for n in kept], [values[n] for n in kept], tags[kept]
        self._enter((self._write(*_rows(keys, values)) << _TAG_BITS) | tags)
        self._tidy()

    def _forget(self, keys: list[str], tags: Numbers) -> None:
        """Gives up the rows that the keys have, found for all of them one probe at a time."""
        table, waste = self._table, self._waste
        at = _homes(tags, len(table))
        left = np.arange(len(keys))
        while left.size:
            slots = table[at[left]]
            there = np.zeros(left.size, bool)
            alike = np.flatnonzero((slots & _TAG == tags[left]) & (slots > _TAG))
            for number, place in zip(
                alike.tolist(), (slots[alike] >> _TAG_BITS).tolist(), strict=True
            ):
                length = self._length(place, keys[left[number]])
                there[number] = length > 0
                waste[place >> _CHUNK_BITS] += length
            table[at[left[there]]] = _GONE
            left = left[(slots != 0) & ~there]
            at[left] = (at[left] + 1) % len(table)

    def _write(self, data: bytes, lengths: Numbers) -> Numbers:
        """Puts rows of these lengths, one behind the other, into new chunks; their places."""
        starts = np.cumsum(lengths) - lengths
        firsts = np.flatnonzero(np.diff(starts >> _CHUNK_BITS, prepend=-1)).tolist()
        places = np.empty_like(starts)
        for first, after in pairwise([*firsts, len(starts)]):
            begin = int(starts[first])
            end = int(starts[after]) if after < len(starts) else len(data)
            number = self._keep(data[begin:end])
            places[first:after] = (number << _CHUNK_BITS) + starts[first:after] - begin
        return places.astype(np.uint64)

    def _keep(self, chunk: bytes) -> int:
        """The number of a new chunk."""
        if self._empty:
            number = self._empty.pop()
            self._chunks[number], self._waste[number] = chunk, 0
            return number
        self._chunks.append(chunk)
        self._waste.append(0)
        return len(self._chunks) - 1

    def _enter(self, slots: Numbers) -> None:
        """Enters new rows' slots, in a greater table where they would crowd this one."""
        if self._used + slots.size > _FULL * len(self._table):
            known = self._table[self._table > _TAG]
            wanted = int((known.size + slots.size) / _FULL * _GROWTH)
            self._table = _free_slots(max(_LEAST_SLOTS, wanted))
            self._slots, self._used = memoryview(self._table), known.size
            _place(self._table, known)
        self._used += slots.size  # too many where a deleted one's is used again: it does no harm
        _place(self._table, slots)

    def _tidy(self) -> None:
        """Writes what is left of the most wasteful chunks anew, and drops these."""
        if sum(self._waste) <= _WASTE * sum(map(len, self._chunks)):
            return
        numbers = nlargest(_TIDIED, range(len(self._chunks)), self._waste.__getitem__)
        chunks = self._table >> (_TAG_BITS + _CHUNK_BITS)
        held = np.flatnonzero(np.isin(chunks, numbers) & (self._table > _TAG))
        held = held[np.argsort(self._table[held])]
        parts: list[bytes] = []
        lengths = [np.empty(0, np.int64)]
        for number in sorted(numbers):
            mine = (self._table[held[chunks[held] == number]] >> _TAG_BITS) & _IN_CHUNK
            parts += _runs(self._chunks[number], mine.astype(np.int64), lengths)
            self._drop(number)
        places = self._write(b"".join(parts), np.concatenate(lengths))
        self._table[held] = (places << _TAG_BITS) | (self._table[held] & _TAG)

    def _drop(self, number: int) -> None:
        if number and self._chunks[number]:
            self._chunks[number], self._waste[number] = b"", 0
            self._empty.append(number)


_ABSENT: Final = bytes(bytearray(b"no such key"))  # an object of its own: compared by `is`


def _value_at(chunk: bytes, start: int) -> bytes:
    named, long = _lengths_at(chunk, start)
    start += _HEAD_BYTES + named
    return chunk[start : start + long]


def _rows(keys: list[str], values: list[Any]) -> tuple[bytes, Numbers]:
    """Rows one behind the other, and the length of each."""
    names = [key.encode() for key in keys]
    named, long = list(map(len, names)), list(map(len, values))
    heads = map(_HEAD.pack, named, long)
    data = b"".join(chain.from_iterable(zip(heads, names, values, strict=True)))
    return data, np.array(named, np.int64) + np.array(long, np.int64) + _HEAD_BYTES


def _runs(chunk: bytes, starts: Numbers, lengths: list[Numbers]) -> list[bytes]:
    """The rows of a chunk that begin there, in order; what lies side by side is one part."""
    if not starts.size:
        return []
    heads = np.frombuffer(chunk, np.uint8)[starts[:, None] + np.arange(_HEAD_BYTES)]
    lengths.append(heads.view("<u4").sum(axis=1, dtype=np.int64) + _HEAD_BYTES)
    ends = starts + lengths[-1]
    begins = np.flatnonzero(np.append(True, starts[1:] != ends[:-1]))
    last = np.append(begins[1:], starts.size) - 1
    return [
        chunk[start:end]
        for start, end in zip(starts[begins].tolist(), ends[last].tolist(), strict=True)
    ]


def _free_slots(number: int) -> Numbers:
    return np.zeros(number, np.uint64)


def _homes(tags: Numbers, slots: int) -> Numbers:
    """Where probing begins."""
    return (tags.astype(np.int64) * slots) >> _TAG_BITS


def _place(table: Numbers, slots: Numbers) -> None:
    """Puts slots of keys that are not in the table into it, one probe of all at a time."""
    at = _homes(slots & _TAG, len(table))
    left = np.arange(slots.size)
    while left.size:
        trying = left[table[at[left]] <= _TAG]
        table[at[trying]] = slots[trying]  # of several at one place one stays
        left = left[table[at[left]] != slots[left]]
        at[left] = (at[left] + 1) % len(table)
