"""Records of ``signals`` and ``alerts``: a row replaces its key's, a score of 0 takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from sinks.duckdb.stream.records import Record, last_of_keys
from topics.times import parse_time

__all__ = ["store_alerts", "store_signals"]

_TIME = pa.timestamp("us", tz="UTC")


class _Signal(msgspec.Struct, kw_only=True):
    signal_id: str
    code: str
    customer_id: str
    staff_id: str | None
    score: float
    window_start: str
    window_end: str
    evidence: msgspec.Raw


class _Alert(msgspec.Struct, kw_only=True):
    fingerprint: str
    key: str
    severity: str
    status: str
    started_at: str
    ended_at: str | None
    summary_zh: str
    summary_en: str
    evidence: msgspec.Raw
    runbook: str


def store_signals(connection: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> None:
    """The last row of each signal_id."""
    _replace(connection, "signals", "signal_id", records, _Signal)
    connection.execute("DELETE FROM signals WHERE score = 0")


def store_alerts(connection: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> None:
    """The last row of each fingerprint."""
    _replace(connection, "alerts", "fingerprint", records, _Alert)


def _replace(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    key: str,
    records: Sequence[Record],
    kind: type[_Signal] | type[_Alert],
) -> None:
    last = [one for name, one in last_of_keys(records).items() if name is not None]
    keys = pa.table({"key": pa.array([_text(one.key) for one in last], pa.string())})  # noqa: F841
    connection.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT key FROM keys)")
    rows = [_columns(one.value, kind) for one in last if one.value is not None]
    if rows:
        schema = pa.schema([(name, _type_of(name)) for name in kind.__struct_fields__])
        columns = pa.Table.from_pylist(rows, schema=schema)  # noqa: F841 - read by DuckDB
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM columns")


def _columns(value: bytes, kind: type[_Signal] | type[_Alert]) -> dict[str, Any]:
    row = msgspec.json.decode(value, type=kind)
    found = {name: getattr(row, name) for name in kind.__struct_fields__}
    found["evidence"] = bytes(row.evidence).decode()
    for name, text in found.items():
        if _type_of(name) is _TIME and text is not None:
            found[name] = parse_time(text)
    return found


def _type_of(name: str) -> pa.DataType:
    if name == "score":
        return pa.float64()
    return (
        _TIME if name in ("window_start", "window_end", "started_at", "ended_at") else pa.string()
    )


def _text(key: bytes | None) -> str:
    return (key or b"").decode(errors="backslashreplace")
