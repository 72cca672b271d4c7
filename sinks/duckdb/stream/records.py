"""What the sink reads: records as they came from Kafka, and the topics they come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["READ", "REFERENCES", "Record", "by_topic", "last_of_keys"]

REFERENCES = ("customers", "staff", "branches", "cases")
READ = (
    "adds",
    "rolling",
    "signals",
    "alerts",
    "late",
    "months",
    "coverage",
    "progress",
    "dead-letters",
    "policies",
    *REFERENCES,
)
"""The topics that the sink reads, without their namespace."""


class Record(NamedTuple):
    """One record; ``topic`` without its namespace, ``timestamp`` in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


def by_topic(records: Iterable[Record]) -> dict[str, list[Record]]:
    """The records of each topic, in the order in which they came."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.topic].append(record)
    return found


def last_of_keys(records: Iterable[Record]) -> dict[bytes | None, Record]:
    """The last record of each key: a key stands in one partition, so its order is that of Kafka."""
    return {record.key: record for record in records}
