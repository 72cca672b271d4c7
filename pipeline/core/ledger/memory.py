"""Which events a key has seen: 8 bytes of id hash and 8 of content hash each, packed.

Ids of friend.* and identity.verified are remembered for ever, others until their month is sealed.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["FOREVER", "IdMemory"]

FOREVER = -1
"""The month of ids that are never forgotten."""

ENTRY = 16
CHUNK = 4096 * ENTRY  # a state row holds at most 64 KiB
_INDEXED = 64 * ENTRY  # beyond this a dict is faster than a search through the bytes


_NOTHING: dict[int, int] = {}  # shared, never written to


class IdMemory:
    """The remembered ids of one key, by month."""

    __slots__ = ("_clean", "_index", "months")

    def __init__(self) -> None:
        self.months: dict[int, bytearray] = {}
        self._index: dict[bytes, bytes] | None = None
        self._clean = _NOTHING  # how many bytes of a month are in state rows already

    def find(self, id_hash: bytes) -> bytes | None:
        """The content hash of the event with this id; None: a new one."""
        if self._index is not None:
            return self._index.get(id_hash)
        for packed in self.months.values():
            at = packed.find(id_hash)
            while at >= 0:
                if at % ENTRY == 0:
                    return bytes(packed[at + 8 : at + ENTRY])
                at = packed.find(id_hash, at + 1)
        return None

    def remember(self, month: int, id_hash: bytes, content_hash: bytes) -> None:
        """Remembers a new event."""
        packed = self.months.get(month)
        if packed is None:
            packed = self.months[month] = bytearray()
        packed += id_hash
        packed += content_hash
        if self._index is not None:
            self._index[id_hash] = content_hash
        elif len(packed) > _INDEXED:
            self._index = dict(self._entries())

    def changed_chunks(self) -> Iterator[tuple[int, int, bytes]]:
        """(month, number, bytes) of the state rows that grew since the last call."""
        for month, packed in self.months.items():
            size, clean = len(packed), self._clean.get(month, 0)
            for start in range(clean - clean % CHUNK, size if size > clean else 0, CHUNK):
                yield month, start // CHUNK, bytes(packed[start : start + CHUNK])
        self._clean = {month: len(packed) for month, packed in self.months.items()}

    def load(self, month: int, number: int, packed: bytes) -> None:
        """Takes a state row back in, whatever the order of the rows."""
        month_ids = self.months.setdefault(month, bytearray())
        start = number * CHUNK
        if len(month_ids) < start:
            month_ids.extend(bytes(start - len(month_ids)))
        month_ids[start : start + len(packed)] = packed
        if len(month_ids) > _INDEXED:
            self._index = {}  # rebuilt below once all rows are in

    def ready(self) -> None:
        """After the last ``load``."""
        self._clean = {month: len(packed) for month, packed in self.months.items()}
        if self._index is not None:
            self._index = dict(self._entries())

    def forget(self, month: int) -> None:
        """Drops a month's ids."""
        if self.months.pop(month, None) is not None and self._index is not None:
            self._index = {}
            self.ready()

    def _entries(self) -> Iterator[tuple[bytes, bytes]]:
        for packed in self.months.values():
            for at in range(0, len(packed), ENTRY):
                yield bytes(packed[at : at + 8]), bytes(packed[at + 8 : at + ENTRY])
