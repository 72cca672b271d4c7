"""Records of ``adds`` into the table, with the statements of a replay.

A row of an open month replaces the one before, where its revision is greater. A row of a sealed
month leaves the table alone, for what is paid stays: it goes to ``internal.shadow_adds``, whence
``late`` has the verdict that an event would have given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from sinks.duckdb.rows import DECISIONS
from sinks.duckdb.stream.records import Record
from sinks.duckdb.verdicts import SEALED, write_decided
from topics.times import parse_time

__all__ = ["store_adds"]

_SCHEMA = DECISIONS.append(pa.field("revision", pa.int64()))


class _Row(msgspec.Struct, kw_only=True):
    """``topics.outputs.Add`` with its JSON parts as they were written, byte for byte."""

    add_id: str
    staff_id: str
    customer_id: str
    bank_customer_id: str | None
    added_at: str
    verified_at: str | None
    province: str | None
    verdict: str
    reasons: list[str]
    fake_score: float
    evidence: msgspec.Raw
    policy_version: str
    pending_until: str
    facts: msgspec.Raw
    rules_version: str
    revision: int
    day: str
    month: str
    add_way: int
    cause: msgspec.Raw


def store_adds(
    connection: duckdb.DuckDBPyConnection, records: Sequence[Record], as_of: int | None
) -> int | None:
    """Stores the greatest revision of each add; ``as_of`` in microseconds, already of the batch.

    Returns the first pending_until of what it stored as pending, in microseconds. Leaves the
    temporary table ``shadows`` for ``store_late``: what the batch says of sealed months.
    """
    latest = pa.Table.from_pylist(_latest(records), schema=_SCHEMA)  # noqa: F841 - read by DuckDB
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE told AS
        SELECT * REPLACE (
            CASE WHEN verdict = 'pending' AND ({SEALED} OR pending_until < make_timestamptz(?))
                THEN 'invalid' ELSE verdict END AS verdict
        ) FROM latest
        """,
        [as_of],
    )
    _stage_open(connection)
    _stage_shadows(connection)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE replaced AS "
        "SELECT id, add_id, verdict, reasons FROM known SEMI JOIN decided USING (add_id)"
    )
    write_decided(connection, "d.revision", as_of)
    row = connection.execute(
        "SELECT epoch_us(min(pending_until)) FROM decided WHERE verdict = 'pending'"
    ).fetchone()
    connection.execute("DROP TABLE decided; DROP TABLE told; DROP TABLE known")
    return row[0] if row else None


def _stage_open(connection: duckdb.DuckDBPyConnection) -> None:
    """``decided``: newer rows of open months; and known ones that moved to a sealed one, which go.

    An add only ever moves to an earlier month, so a row of a sealed month never comes back.
    ``known``, the rows there already, is all that is read of ``adds``: it may have many millions.
    """
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE known AS
        SELECT rowid AS id, add_id, revision, verdict, reasons, {SEALED} AS sealed
        FROM adds SEMI JOIN told USING (add_id);
        CREATE OR REPLACE TEMP TABLE decided AS
        SELECT t.* REPLACE ({_sealed("t")} AS retracted)
        FROM told t LEFT JOIN known k USING (add_id)
        WHERE CASE WHEN {_sealed("t")} THEN NOT k.sealed
            ELSE k.add_id IS NULL OR (NOT k.sealed AND t.revision > k.revision) END;
        """
    )


def _stage_shadows(connection: duckdb.DuckDBPyConnection) -> None:
    """``shadows``: rows of sealed months, and whether their reasons are other than before."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE shadows AS
        SELECT t.add_id, t.month, t.verdict, t.reasons, t.revision, t.cause,
            coalesce(s.reasons, a.reasons) IS DISTINCT FROM t.reasons AS changed
        FROM told t
        LEFT JOIN internal.shadow_adds s USING (add_id)
        LEFT JOIN known a ON a.add_id = t.add_id
        WHERE {_sealed("t")} AND (s.add_id IS NULL OR t.revision > s.revision);
        DELETE FROM internal.shadow_adds WHERE add_id IN (SELECT add_id FROM shadows);
        INSERT INTO internal.shadow_adds SELECT add_id, verdict, reasons, revision FROM shadows;
        """
    )


def _sealed(alias: str) -> str:
    return SEALED.replace("month <=", f"{alias}.month <=", 1)


def _latest(records: Sequence[Record]) -> list[dict[str, Any]]:
    """A row of ``_SCHEMA`` for each add: that of its greatest revision."""
    found: dict[str, _Row] = {}
    for record in records:
        if record.value is None:
            continue
        row = _decode(record.value)
        known = found.get(row.add_id)
        if known is None or row.revision > known.revision:
            found[row.add_id] = row
    return [_columns(row) for row in found.values()]


def _columns(row: _Row) -> dict[str, Any]:
    columns = {name: getattr(row, name) for name in row.__struct_fields__}
    for name in ("evidence", "facts", "cause"):
        columns[name] = bytes(columns[name]).decode()
    for name in ("added_at", "verified_at", "pending_until"):
        columns[name] = None if columns[name] is None else parse_time(columns[name])
    columns["day"] = dt.date.fromisoformat(row.day)
    columns["retracted"], columns["changed"] = False, False
    return columns


_decode = msgspec.json.Decoder(_Row).decode
