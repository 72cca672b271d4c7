"""Records of ``dead-letters`` into ``dead_letters``: where they came from stands in the headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from sinks.duckdb.batch import bury
from sinks.duckdb.stream.records import Record

__all__ = ["code_of", "store_dead_letters"]


@dataclass(slots=True)
class _Letter:
    topic: str
    partition: int
    offset: int
    key: str | None
    code: str
    sentence: str
    original: bytes


def store_dead_letters(connection: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> None:
    """Adds them in the order in which they came."""
    bury(connection, map(_letter, records))


def code_of(record: Record) -> str:
    """Why it is a dead letter."""
    return dict(record.headers).get("code", b"unknown").decode()


def _letter(record: Record) -> _Letter:
    said = {name: value.decode() for name, value in record.headers}
    return _Letter(
        topic=said["topic"],
        partition=int(said["partition"]),
        offset=int(said["offset"]),
        key=(record.key or b"").decode(errors="backslashreplace") or None,
        code=said["code"],
        sentence=said["sentence"],
        original=record.value or b"",
    )
