"""Reference topics into their tables: the last good row of a key counts, a null value deletes.

A row that is no good changes nothing here; the stages' worker makes it a dead letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from sinks.duckdb.cases import keep_decisions
from sinks.duckdb.reference import KEYS, reference_columns
from sinks.duckdb.stream.records import Record
from topics.catalog import TOPICS
from topics.codec import BadRecord
from topics.partitions import partition_of
from topics.reference import REFERENCE, Row, decode_row

__all__ = ["key_text", "store_reference"]


def store_reference(
    connection: duckdb.DuckDBPyConnection, name: str, records: Sequence[Record], keyed: int
) -> None:
    """``name`` is topic and table, ``keyed`` the number of partitions of keyed topics."""
    good = list(_good(name, records, keyed))
    if not good:
        return
    last = dict(good)
    keys = pa.table({"key": pa.array(list(last), pa.string())})  # noqa: F841 - read by DuckDB
    connection.execute(f"DELETE FROM main.{name} WHERE {KEYS[name]} IN (SELECT key FROM keys)")
    rows = [(0, row) for row in last.values() if row is not None]
    if rows:
        columns = reference_columns(rows, REFERENCE[name]).drop_columns(["line"])  # noqa: F841
        connection.execute(f"INSERT INTO main.{name} BY NAME SELECT * FROM columns")
    if name == "cases":
        every = [(0, row) for _, row in good if row is not None]
        connection.register("decisions", reference_columns(every, REFERENCE[name]))
        keep_decisions(connection, "decisions")
        connection.unregister("decisions")


def key_text(record: Record, keyed: int) -> str | None:
    """The record's key, where it has one and stands on its partition; None is a bad record."""
    if not record.key:
        return None
    try:
        key = record.key.decode()
    except UnicodeDecodeError:
        return None
    partitions = keyed if TOPICS[record.topic].partitions == "keyed" else 1
    return key if partition_of(key, partitions) == record.partition else None


def _good(name: str, records: Sequence[Record], keyed: int) -> Iterator[tuple[str, Row | None]]:
    """(key, row) of the records that are no bad ones, in their order; None: deleted."""
    for record in records:
        key = key_text(record, keyed)
        if key is None:
            continue
        if record.value is None:
            yield key, None
            continue
        try:
            row = decode_row(record.value, REFERENCE[name])
        except BadRecord:
            continue
        if getattr(row, KEYS[name]) == key:
            yield key, row
