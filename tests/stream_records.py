"""Records as workers and sources would write them, made from what a replay wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from pipeline.core.activity import COLUMNS
from pipeline.core.calendar import parse_month
from sinks.duckdb.reference import KEYS
from sinks.duckdb.stream.records import Record
from topics.between import Progress
from topics.catalog import TOPICS
from topics.outputs import rolling_key
from topics.partitions import partition_of

__all__ = ["KEYED", "add_record", "make", "progress", "records_of", "rolling_record"]

KEYED = 4
"""Partitions of keyed topics in these tests."""


def make(
    topic: str, key: str, value: bytes | None, offset: int = 0, partition: int | None = None
) -> Record:
    """A record on the partition of its key, or on another."""
    keyed = TOPICS[topic].partitions == "keyed"
    own = partition_of(key, KEYED if keyed else 1)
    return Record(topic, own if partition is None else partition, offset, 0, key.encode(), value)


def progress(
    latest: int | None, months: tuple[str, ...] = (), partition: int = 0, **positions: int
) -> Record:
    """What a stages' partition says of itself; months as 2026-11."""
    said = Progress(latest, positions, 1, [parse_month(month) for month in months])
    return make("progress", str(partition), msgspec.msgpack.encode(said), partition=partition)


def records_of(db: Path) -> Iterator[Record]:
    """Everything that the promised tables hold, as records in no particular order of topics."""
    with duckdb.connect(str(db), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        for row in _rows(con, "SELECT * FROM adds"):
            yield add_record(row)
        for row in _rows(con, "SELECT * FROM internal.rolling"):
            yield rolling_record(row)
        for row in _rows(con, "SELECT * FROM internal.covered"):
            yield make("coverage", row["bank_customer_id"], b"1")
        for row in _rows(con, "SELECT * FROM signals"):
            yield evidence_record("signals", row["signal_id"], row)
        for row in _rows(con, "SELECT * FROM alerts"):
            yield evidence_record("alerts", row["fingerprint"], {**row, "revision": 1})
        for table, key in KEYS.items():
            for row in _rows(con, f"SELECT * FROM main.{table}"):
                if table == "cases":
                    row["at"] = row["at"].isoformat()
                value = {name: one for name, one in row.items() if one is not None}
                yield make(table, row[key], msgspec.json.encode(value))
        for row in _rows(con, "SELECT * FROM policies"):
            yield make("policies", row["version"], row["toml"].encode())
        months = [row["month"] for row in _rows(con, "SELECT month FROM months")]
        [state] = _rows(con, "SELECT epoch_us(as_of) AS as_of FROM report_state")
        yield progress(state["as_of"], tuple(months))


def add_record(row: dict[str, Any]) -> Record:
    """An add from a row of the table, its JSON parts as they stand there."""
    value = {**row, "cause": row.get("cause", '{"reference":"staff"}')}
    for name in ("evidence", "facts", "cause"):
        value[name] = msgspec.Raw(value[name].encode())
    for name in ("added_at", "verified_at", "pending_until"):
        value[name] = value[name] and value[name].isoformat()
    value["day"] = str(value["day"])
    return make("adds", value["add_id"], msgspec.json.encode(value))


def evidence_record(topic: str, key: str, row: dict[str, Any]) -> Record:
    """A signal, on its customer's partition, or an alert from a row of the table."""
    value = {**row, "evidence": msgspec.Raw(row["evidence"].encode())}
    for name in ("window_start", "window_end", "started_at", "ended_at"):
        if name in value:
            value[name] = value[name] and value[name].isoformat()
    partition = partition_of(row.get("customer_id", key), KEYED)
    return make(topic, key, msgspec.json.encode(value), partition=partition)


def rolling_record(row: dict[str, Any], revision: int = 1) -> Record:
    value = {name: int(row[name]) for name in COLUMNS}
    value |= {"day": str(row["day"]), "staff_id": row["staff_id"], "revision": revision}
    key = rolling_key(row["staff_id"], value["day"]).decode()
    return make("rolling", key, json.dumps(value).encode())


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = con.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
