"""An event as it was read, whatever its type: compiled, for every stage reads its fields."""

from __future__ import annotations

from sys import intern
from typing import Any

from topics.events import EventRef

__all__ = ["Event"]


class Event:
    """An event that passed every check of the contract's "Reading".

    ``time`` is in microseconds since 1970-01-01T00:00Z, ``data`` the struct of its type, ``key``
    the record key.
    """

    __slots__ = ("data", "id", "key", "source", "time", "type")

    def __init__(self, id: str, source: str, type: str, time: int, data: Any, key: str) -> None:
        self.id = id
        self.source = source
        self.type = type
        self.time = time
        self.data = data
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash((self.source, self.id))

    def _fields(self) -> tuple[Any, ...]:
        return self.id, self.source, self.type, self.time, self.data, self.key

    @property
    def ref(self) -> EventRef:
        return EventRef(self.time, self.id, intern(self.source))  # few sources, kept very often
