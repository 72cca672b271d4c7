"""A stage's state rows in memory: packed as in the changelog, unpacked only while worked on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pipeline.stream.stages.packed import Packed

__all__ = ["Rows"]

Row = tuple[str, str, bytes]
"""(kind, sub, value)"""

Tree = dict[str, dict[str, bytes]]
"""Kind to sub-key to value."""

Changes = dict[str, dict[str, bytes | None]]
"""The same; None: deleted."""

_FEW_BYTES = 1_024
"""What a key has beside the kinds that stand alone is one packed row up to this length."""
_PART_BYTES = 1_024
_ENTRIES_TO_ROWS = 1.5
_ENTRIES_MORE = 32
_FRESH_ROWS = 4_000


class Rows:
    """(key, kind, sub) to bytes. Kinds in ``alone`` have one row a key, of empty sub-key.

    There is a row or two for every customer, so they are packed: those kinds flat, a key's few
    other rows together as one, and many of them by kind. Of these others, what was put of late
    waits until the key is looked at, or until very many do: a key is then packed once for all.
    """

    def __init__(self, *alone: str) -> None:
        self._alone = {kind: Packed() for kind in alone}
        self._few = Packed()
        self._many: dict[str, dict[str, _Kind]] = {}
        self._fresh: dict[str, Changes] = {}
        self._put = 0  # rows in _fresh, those put twice counted twice

    def put(self, key: str, kind: str, sub: str, value: bytes | None) -> None:
        """Upserts a row; a value of None deletes it."""
        if not sub and kind in self._alone:
            self._alone[kind].put(key, value)
            return
        kinds = self._fresh.get(key)
        if kinds is None:
            self._fresh[key] = {kind: {sub: value}}
        elif kind in kinds:
            kinds[kind][sub] = value
        else:
            kinds[kind] = {sub: value}
        self._put += 1
        if self._put >= _FRESH_ROWS:
            self._settle()

    def one(self, key: str, kind: str) -> bytes | None:
        """The value of a kind that stands alone."""
        return self._alone[kind].get(key)

    def of(self, key: str) -> list[Row]:
        """All rows of a key."""
        found = []
        for kind, flat in self._alone.items():
            value = flat.get(key)
            if value is not None:
                found.append((kind, "", value))
        for kind, rows in self._others(key).items():
            found += [(kind, sub, value) for sub, value in rows.items()]
        return found

    def subs(self, key: str, kind: str) -> dict[str, bytes]:
        """Sub-key to value of a key's rows of one kind."""
        many = self._many_of(key)
        if many is None:
            return self._few_of(key).get(kind, {})
        return many[kind].rows() if kind in many else {}

    def kinds(self, key: str) -> list[str]:
        """The kinds that a key has rows of, but for those that stand alone."""
        many = self._many_of(key)
        return list(self._few_of(key) if many is None else many)

    def keys(self) -> Iterator[str]:
        """Every key that has a row."""
        self._settle()
        seen = dict.fromkeys(key for key in list(self._many) if self._many_of(key) is not None)
        for packed in (*self._alone.values(), self._few):
            seen |= dict.fromkeys(key for key, _ in packed.items())
        yield from seen

    def __contains__(self, key: str) -> bool:
        for flat in self._alone.values():
            if key in flat:
                return True
        return self._many_of(key) is not None or key in self._few

    def size(self) -> int:
        """Bytes of all values; reads them all."""
        found = sum(len(value) for flat in self._alone.values() for _, value in flat.items())
        trees = map(self._others, list(self.keys()))
        rows = (row for tree in trees for some in tree.values() for row in some.values())
        return found + sum(map(len, rows))

    def _others(self, key: str) -> Tree:
        many = self._many_of(key)
        if many is None:
            return self._few_of(key)
        return {kind: some.rows() for kind, some in many.items()}

    def _few_of(self, key: str) -> Tree:
        """The rows of a key that has few, once ``_many_of`` said that it has not many."""
        packed = self._few.get(key)
        return {} if packed is None else _decode_tree(packed)

    def _many_of(self, key: str) -> dict[str, _Kind] | None:
        """The kinds of a key that has many rows; takes in what waits of it."""
        if key in self._fresh:
            self._merge(key, self._fresh.pop(key))
        many = self._many.get(key)
        if many is None:
            return None
        for kind in [kind for kind, some in many.items() if some.empty()]:
            del many[kind]
        if not many:
            del self._many[key]
        return many or None

    def _settle(self) -> None:
        fresh, self._fresh, self._put = self._fresh, {}, 0
        for key, changes in fresh.items():
            self._merge(key, changes)

    def _merge(self, key: str, changes: Changes) -> None:
        many = self._many.get(key)
        if many is None:
            self._merge_few(key, changes)
            return
        for kind, rows in changes.items():
            if kind not in many:
                many[kind] = _Kind({})
            many[kind].put(rows)

    def _merge_few(self, key: str, changes: Changes) -> None:
        tree = self._few_of(key)
        for kind, rows in changes.items():
            merged: dict[str, Any] = {**tree[kind], **rows} if kind in tree else rows
            if None in merged.values():
                merged = {sub: value for sub, value in merged.items() if value is not None}
            tree[kind] = merged
            if not merged:
                del tree[kind]
        packed = _encode(tree)
        if len(packed) > _FEW_BYTES:
            self._few.put(key, None)
            self._many[key] = {kind: _Kind(rows) for kind, rows in tree.items()}
        else:
            self._few.put(key, packed if tree else None)


class _Kind:
    """A key's rows of one kind: a log of packed parts, sub-key to value, of which the last counts.

    They are read all at once or not at all. All parts become one when they hold half as many
    entries again as there are rows; ``_rows`` is how many there were when that was last looked at.
    """

    __slots__ = ("_entries", "_parts", "_rows", "_thinned")

    def __init__(self, rows: dict[str, bytes]) -> None:
        self._thinned = False
        self._parts = [_encode(rows)]
        self._rows = self._entries = len(rows)

    def put(self, rows: Mapping[str, bytes | None]) -> None:
        """Upserts; a value of None deletes."""
        last: dict[str, bytes | None] = {}
        if len(self._parts[-1]) < _PART_BYTES:
            last = _decode_part(self._parts.pop())
        self._entries -= len(last)
        last |= rows
        self._entries += len(last)
        self._parts.append(_encode(last))
        self._thinned = self._thinned or None in rows.values()
        if self._entries > self._rows * _ENTRIES_TO_ROWS + _ENTRIES_MORE:
            self.rows()

    def empty(self) -> bool:
        """Whether all were deleted."""
        if self._thinned:
            self.rows()
        return not self._entries

    def rows(self) -> dict[str, bytes]:
        """All of them."""
        if len(self._parts) == 1 and not self._thinned:
            return _decode_rows(self._parts[0])
        found: dict[str, bytes | None] = {}
        for part in self._parts:
            found |= _decode_part(part)
        rows = {sub: value for sub, value in found.items() if value is not None}
        if self._thinned or self._entries > len(rows) * _ENTRIES_TO_ROWS:
            self._thinned, self._entries, self._parts = False, len(rows), [_encode(rows)]
        self._rows = len(rows)
        return rows


_encode = msgspec.msgpack.Encoder().encode
_decode_tree = msgspec.msgpack.Decoder(Tree).decode
_decode_rows = msgspec.msgpack.Decoder(dict[str, bytes]).decode
_decode_part = msgspec.msgpack.Decoder(dict[str, bytes | None]).decode
