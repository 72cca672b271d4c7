"""Records of ``rolling`` and ``coverage`` into truefriend's own tables, the last of each key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import duckdb
import msgspec
import pyarrow as pa

from pipeline.core.activity import COLUMNS
from sinks.duckdb.coverage import store_covered
from sinks.duckdb.stream.records import Record, last_of_keys
from topics.outputs import Rolling

__all__ = ["store_coverage", "store_rolling"]

_WIDE = pa.decimal128(38, 0)
# Months are sealed in order; the frozen rows of staff_daily took these counts' place.
_SEALED_DAY = """strftime(day, '%Y-%m') <=
    (SELECT coalesce(max(month), '') FROM months WHERE sealed_as_of IS NOT NULL)"""


def store_rolling(connection: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> None:
    """The row of the greatest revision of each (staff member, day) of an open month."""
    rows = _latest(records)
    columns: dict[str, pa.Array] = {
        "day": pa.array([dt.date.fromisoformat(row.day) for row in rows], pa.date32()),
        "staff_id": pa.array([row.staff_id for row in rows], pa.string()),
    }
    for name in COLUMNS:
        values = [getattr(row, name) for row in rows]
        if name.endswith("_fen"):
            columns[name] = pa.array([Decimal(value) for value in values], _WIDE)
        else:
            columns[name] = pa.array(values, pa.int64())
    counts = pa.table(columns)  # noqa: F841 - read by DuckDB
    some = " OR ".join(f"{name} <> 0" for name in COLUMNS)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE counted AS FROM counts WHERE NOT ({_SEALED_DAY});
        DELETE FROM internal.rolling r USING counted c
            WHERE r.day = c.day AND r.staff_id = c.staff_id;
        INSERT INTO internal.rolling BY NAME SELECT * FROM counted WHERE {some};
        DROP TABLE counted;
        """
    )


def store_coverage(connection: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> None:
    """Whether each bank customer's manager has them as a friend: b"1", or b"0" and null for no."""
    last = last_of_keys(records)
    store_covered(
        connection,
        [(key.decode(), one.value == b"1") for key, one in last.items() if key is not None],
    )


def _latest(records: Sequence[Record]) -> list[Rolling]:
    found: dict[tuple[str, str], Rolling] = {}
    for record in records:
        if record.value is None:
            continue
        row = _decode(record.value)
        known = found.get((row.staff_id, row.day))
        if known is None or row.revision > known.revision:
            found[row.staff_id, row.day] = row
    return list(found.values())


_decode = msgspec.json.Decoder(Rolling).decode
