"""Reference rows into DuckDB: the last row of a key counts, bad ones are dead letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from sinks.duckdb.cases import forget_known, keep_decisions
from topics.codec import BadRecord
from topics.reference import REFERENCE, Row, decode_row
from topics.times import parse_time

__all__ = [
    "KEYS",
    "ReferenceRows",
    "ReferenceTable",
    "read_reference_rows",
    "reference_columns",
    "stage_rows",
    "store_rows",
]

_BATCH = 200_000
_DECISIONS = "staged_decisions"  # all rows of cases, not only the last of each add
KEYS = {
    "customers": "bank_customer_id",
    "staff": "staff_id",
    "branches": "branch_id",
    "cases": "add_id",
}
_TYPES = {"tags": pa.list_(pa.string()), "employee": pa.bool_()}
_DATES = {"account_opened_on", "manager_since", "active_from", "active_to"}


@dataclass(slots=True)
class ReferenceTable:
    """Rows read but not yet stored: they wait in the temporary table ``staged``.

    ``bad`` holds (line, sentence, original) of those that became dead letters, ``changed`` says
    after ``store_rows`` in which temporary table the keys stand whose rows are new or different.
    """

    name: str
    bad: list[tuple[int, str, bytes]] = field(default_factory=list)

    @property
    def key(self) -> str:
        return KEYS[self.name]

    @property
    def staged(self) -> str:
        return f"staged_{self.name}"

    @property
    def changed(self) -> str:
        return f"changed_{self.name}"


@dataclass(slots=True)
class ReferenceRows:
    """Rows of one reference in columns, with ``line``; ``bad`` as in ``ReferenceTable``."""

    name: str
    tables: list[pa.Table]
    bad: list[tuple[int, str, bytes]]


def read_reference_rows(name: str, rows: Iterable[tuple[int, bytes]]) -> ReferenceRows:
    """Decodes (line, bytes) rows; needs no database, so it may run beside other work."""
    bad: list[tuple[int, str, bytes]] = []
    decoded = _decode(rows, REFERENCE[name], bad)
    tables = []
    while batch := list(islice(decoded, _BATCH)):
        tables.append(reference_columns(batch, REFERENCE[name]))
    return ReferenceRows(name, tables, bad)


def stage_rows(connection: duckdb.DuckDBPyConnection, rows: ReferenceRows) -> ReferenceTable:
    """Puts rows into a temporary table, the last of each key."""
    table = ReferenceTable(rows.name, rows.bad)
    connection.execute(
        f"CREATE TEMP TABLE {table.staged} AS "
        f"SELECT *, 0::BIGINT AS line FROM main.{table.name} LIMIT 0"
    )
    if rows.tables:
        arrow = pa.concat_tables(rows.tables)
        connection.execute(f"INSERT INTO {table.staged} BY NAME SELECT * FROM arrow")
        del arrow
    if rows.name == "cases":
        connection.execute(f"CREATE TEMP TABLE {_DECISIONS} AS FROM {table.staged}")
    connection.execute(
        f"DELETE FROM {table.staged} WHERE line NOT IN "
        f"(SELECT max(line) FROM {table.staged} GROUP BY {table.key})"
    )
    connection.execute(f"ALTER TABLE {table.staged} DROP COLUMN line")
    if rows.name == "cases":
        forget_known(connection, table.staged)
    return table


def store_rows(connection: duckdb.DuckDBPyConnection, table: ReferenceTable) -> None:
    """Stores what is new or different; its keys stand in the temporary table ``changed``."""
    name, key = table.name, table.key
    if name == "cases":
        keep_decisions(connection, _DECISIONS)
        connection.execute(f"DROP TABLE {_DECISIONS}")
    if connection.execute(f"SELECT 1 FROM main.{name} LIMIT 1").fetchone() is None:
        connection.execute(
            f"""
            CREATE TEMP TABLE {table.changed} AS SELECT {key} FROM {table.staged};
            INSERT INTO main.{name} FROM {table.staged};
            DROP TABLE {table.staged};
            """
        )
        return
    connection.execute(
        f"""
        CREATE TEMP TABLE {table.changed} AS
        SELECT {key} FROM (SELECT * FROM {table.staged} EXCEPT SELECT * FROM main.{name});
        DELETE FROM main.{name} WHERE {key} IN (FROM {table.changed});
        INSERT INTO main.{name} SELECT * FROM {table.staged}
        WHERE {key} IN (FROM {table.changed});
        DROP TABLE {table.staged};
        """
    )


def _decode(
    rows: Iterable[tuple[int, bytes]], kind: type[Row], bad: list[tuple[int, str, bytes]]
) -> Iterator[tuple[int, Row]]:
    for line, data in rows:
        try:
            yield line, decode_row(data, kind)
        except BadRecord as error:
            bad.append((line, error.sentence, data))


def reference_columns(batch: list[tuple[int, Row]], kind: type[Row]) -> pa.Table:
    """(line, row) pairs in the columns of their table, and ``line``."""
    columns: dict[str, Any] = {}
    for one in msgspec.structs.fields(kind):
        values = [getattr(row, one.name) for _, row in batch]
        if one.name == "employee":
            columns["employee"] = pa.array([bool(value) for value in values], pa.bool_())
        elif one.name == "at":
            columns["at"] = pa.array(map(parse_time, values), pa.timestamp("us", tz="UTC"))
        else:
            columns[one.name] = pa.array(values, _type_of(one.name))
    columns["line"] = pa.array([line for line, _ in batch], pa.int64())
    return pa.table(columns)


def _type_of(name: str) -> pa.DataType:
    return pa.date32() if name in _DATES else _TYPES.get(name, pa.string())
