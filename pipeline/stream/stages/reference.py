"""Rows of the reference topics: read and checked alike, whichever stage wants them."""

from __future__ import annotations

from typing import TypeVar

from pipeline.stream.stages.records import Batch, Input, Route
from topics.catalog import TOPICS
from topics.codec import BadRecord
from topics.reference import decode_row

__all__ = ["read_row"]

T = TypeVar("T")
_ELSEWHERE = "the row is under another key, or on another partition, than its own"


def read_row(
    topic: str, kind: type[T], record: Input, route: Route | None, batch: Batch
) -> tuple[str, T | None] | None:
    """The row's key and the row, None for a deletion; None where it is a dead letter.

    ``route`` None: the topic has one partition.
    """
    try:
        key = (record.key or b"").decode()
        if not key:
            raise BadRecord("bad_reference", "the record has no key")
        row = None if record.value is None else decode_row(record.value, kind)  # type: ignore[type-var]
        own = key if row is None else getattr(row, TOPICS[topic].key_fields[0])
        if own != key or (route is not None and route(key) != record.partition):
            raise BadRecord("bad_reference", _ELSEWHERE)
    except UnicodeDecodeError:
        batch.bury(topic, record, "bad_reference", "the record's key is not UTF-8")
    except BadRecord as bad:
        batch.bury(topic, record, "bad_reference", bad.sentence)
    else:
        return key, row
    return None
