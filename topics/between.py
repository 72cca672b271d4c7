"""What workers and the sink tell each other beside the stages' own messages, as MessagePack arrays.

Times are microseconds since 1970-01-01T00:00Z, months are counted from year 0.
"""

from __future__ import annotations

import msgspec

__all__ = ["READ_WHOLE", "STAGE_OF", "LateMark", "MonthControl", "Progress", "input_name"]

STAGE_OF = {
    "interactions": "ledger",
    "customers": "identity",
    "staff": "staff",
    "identity": "identity",
    "answers": "ledger",
    "verdicts": "staff",
    "partials": "staff",
    "facts": "detection",
    "signals": "ledger",
}
"""Keyed topics whose partition p the stages' partition p reads, and the stage that does."""

READ_WHOLE = ("policies", "cases", "branches", "months")
"""Topics of one partition that every partition of the stages reads whole."""


class Progress(msgspec.Struct, array_like=True, gc=False):
    """Topic ``progress``, key and partition: those of the stages' partition.

    ``latest`` is the latest time of any event that its ledger accepted (None: none yet),
    ``positions`` the next offset of each of its inputs by ``input_name``, ``epoch`` counts the
    assignments of the partition; ``months`` are those that events fell into and that are not
    sealed. ``format`` is that of all of the partition's state rows; the first one did not say.
    """

    latest: int | None
    positions: dict[str, int]
    epoch: int
    months: list[int]
    format: int = 1


class LateMark(msgspec.Struct, array_like=True, gc=False):
    """Topic ``late``: an event that would have changed or made a row of a sealed month.

    ``add_id`` is None where the row is a count of the day, not an add.
    """

    event_id: str
    source: str
    type: str
    time: int
    add_id: str | None
    month: int


class MonthControl(msgspec.Struct, kw_only=True):
    """Topic ``months``, key the month (2026-11), JSON: wanted by an operator, sealed by the sink.

    ``sealed_as_of`` is the RFC 3339 *as of* of the seal; None: it is still to be done. Sealed, it
    says of the month's adds how many there are, are valid, and were pending until the seal; not
    sealed, ``refused`` says in a sentence why the month cannot be.
    """

    month: str
    sealed_as_of: str | None = None
    adds: int = 0
    valid: int = 0
    expired: int = 0
    refused: str | None = None


def input_name(topic: str, partition: int) -> str:
    """A topic's partition in a position vector; the topic without its namespace."""
    return f"{topic}/{partition}"
