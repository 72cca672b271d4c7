"""Which events a key has seen: 8 bytes of id hash and 8 of content hash each, packed.

Ids of friend.* and identity.verified are remembered for ever, others until their month is sealed.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["FOREVER", "IdMemory"]

FOREVER = -1
"""The month of ids that are never forgotten."""

ENTRY = 16
CHUNK = 64 * ENTRY
"""So many bytes become a state row of their own, which never changes again."""

Chunk = tuple[int, int, bytes]
"""(month, number, entries)"""

_NO_CHUNKS: dict[int, int] = {}  # shared, never written to


class IdMemory:
    """The remembered ids of one key, by month: full chunks, and a tail of less than one.

    Of full chunks only the number is kept, and an index of their entries by month. Most keys have
    two tails, those for ever and those of one month: they stand apart, without a dict of them.
    """

    __slots__ = ("_forever", "_full", "_month", "_others", "_recent", "chunks", "index")

    def __init__(self) -> None:
        self._forever = b""
        self._recent = b""
        self._month = FOREVER  # of the recent ones; none yet
        self._others: dict[int, bytes] | None = None
        self.chunks = _NO_CHUNKS
        self.index: dict[int, dict[bytes, bytes]] | None = None
        self._full: list[Chunk] | None = None

    def tails(self) -> dict[int, bytes]:
        """The entries that stand in no full chunk, by month."""
        tails = dict(self._others or {})
        if self._recent:
            tails[self._month] = self._recent
        if self._forever:
            tails[FOREVER] = self._forever
        return tails

    def load_tails(self, tails: dict[int, bytes]) -> None:
        """Takes what ``tails`` gave."""
        others = dict(tails)
        self._forever = others.pop(FOREVER, b"")
        self._month = max(others, default=FOREVER)
        self._recent = others.pop(self._month, b"")
        self._others = others or None

    def find(self, id_hash: bytes) -> bytes | None:
        """The content hash of the event with this id; None: a new one."""
        for packed in self.tails().values():
            at = packed.find(id_hash)
            while at >= 0:
                if at % ENTRY == 0:
                    return packed[at + 8 : at + ENTRY]
                at = packed.find(id_hash, at + 1)
        if self.index is not None:
            for entries in self.index.values():
                if id_hash in entries:
                    return entries[id_hash]
        return None

    def meet(self, month: int, id_hash: bytes, content_hash: bytes) -> bytes | None:
        """``find``; an event that is a new one is remembered."""
        if (
            self._recent.find(id_hash) >= 0  # or seems so, between two entries; "in" is slower
            or self._forever.find(id_hash) >= 0
            or self._others is not None
            or self.index is not None
        ):
            known = self.find(id_hash)
            if known is not None:
                return known
        if month == FOREVER:
            self._forever = self._grown(month, self._forever, id_hash + content_hash)
            return None
        if month != self._month:
            self._turn_to(month)
        self._recent = self._grown(month, self._recent, id_hash + content_hash)
        return None

    def full_chunks(self) -> Iterator[Chunk]:
        """The chunks that became full since the last call."""
        if self._full is not None:
            yield from self._full
            self._full = None

    def load_chunk(self, month: int, packed: bytes) -> None:
        """Takes the state row of a full chunk back in."""
        if self.index is None:
            self.index = {}
        self.index.setdefault(month, {}).update(_entries(packed))

    def forget_ids(self, month: int) -> None:
        """Drops the ids of the months up to this one."""
        tails = self.tails()
        self.load_tails({one: packed for one, packed in tails.items() if _kept(one, month)})
        self.chunks = {one: size for one, size in self.chunks.items() if _kept(one, month)}
        if self.index is not None:
            self.index = {one: some for one, some in self.index.items() if _kept(one, month)}

    def _turn_to(self, month: int) -> None:
        """Makes this month's tail the recent one."""
        others = self._others or {}
        if self._recent:
            others[self._month] = self._recent
        self._recent = others.pop(month, b"")
        self._month = month
        self._others = others or None

    def _grown(self, month: int, tail: bytes, entry: bytes) -> bytes:
        """The tail with one entry more; empty again where it became a chunk."""
        tail += entry
        if len(tail) < CHUNK:
            return tail
        self._close_chunk(month, tail)
        return b""

    def _close_chunk(self, month: int, packed: bytes) -> None:
        number = self.chunks.get(month, 0)
        self.chunks = {**self.chunks, month: number + 1}
        if self._full is None:
            self._full = []
        self._full.append((month, number, packed))
        self.load_chunk(month, packed)


def _kept(month: int, through: int) -> bool:
    return month == FOREVER or month > through


def _entries(packed: bytes) -> Iterator[tuple[bytes, bytes]]:
    for at in range(0, len(packed), ENTRY):
        yield packed[at : at + 8], packed[at + 8 : at + ENTRY]
