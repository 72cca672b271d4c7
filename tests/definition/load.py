"""Builds the definition's tables in a DuckDB connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tests.definition.fields import BOOLEAN, EVENTS, FEN, INTEGER
from tests.definition.reader import Reading, as_of_microseconds, read
from tests.definition.reference import Policy, ip_provinces, read_policy, read_reference

FOLDER = Path(__file__).parent
RULES = ("adds.sql", "staff_daily.sql", "segment_coverage.sql")
OFFSET_US = 8 * 3_600_000_000  # Asia/Shanghai


@dataclass(frozen=True)
class Loaded:
    """What was read, and as of in microseconds since 1970 UTC (None without any event)."""

    reading: Reading
    as_of_us: int | None

    @property
    def counts(self) -> dict[str, Any]:
        return self.reading.counts(self.as_of_us)


def load(
    con: duckdb.DuckDBPyConnection,
    lines: Iterable[bytes],
    reference_dir: Path | None,
    policies: Sequence[str] = (),
    as_of: str | None = None,
    ip_csv: Path | None = None,
    signals: pa.Table | None = None,
) -> Loaded:
    """Fills `con`, an empty database, with the tables of tables.sql and the tables d_*.

    `policies` are TOML texts; `as_of` is RFC 3339 or a date; `signals` is what detectors found, in
    the columns of the table of that name.
    """
    reading = read(lines)
    as_of_us = reading.last_us if as_of is None else as_of_microseconds(as_of)
    con.execute((FOLDER / "tables.sql").read_text())
    con.execute("INSERT INTO params VALUES (?, ?)", [as_of_us, OFFSET_US])
    insert_events(con, reading, as_of_us, ip_csv)
    for table, rows in (read_reference(reference_dir) if reference_dir else {}).items():
        insert_rows(con, table, rows)
    insert_policies(con, [read_policy(toml) for toml in policies])
    if signals is not None:
        insert_arrow(con, "signals", signals)
    for name in RULES:
        con.execute((FOLDER / name).read_text())
    return Loaded(reading, as_of_us)


def insert_events(
    con: duckdb.DuckDBPyConnection, reading: Reading, as_of_us: int | None, ip_csv: Path | None
) -> None:
    look_up = ip_provinces(ip_csv)
    events = [e for e in reading.accepted if as_of_us is not None and e.time_us <= as_of_us]
    columns: dict[str, pa.Array] = {
        "source": pa.array([e.source for e in events], pa.string()),
        "id": pa.array([e.id for e in events], pa.string()),
        "type": pa.array([e.type for e in events], pa.string()),
        "time_us": pa.array([e.time_us for e in events], pa.int64()),
        "ip_province": pa.array([look_up(e.data.get("ip")) for e in events], pa.string()),
    }
    for name, kind in data_columns().items():
        columns[name] = pa.array([e.data.get(name) for e in events], kind)
    insert_arrow(con, "events", pa.table(columns))


def data_columns() -> dict[str, pa.DataType]:
    """Every data field of section 1 with the type of its column."""
    kinds = {BOOLEAN: pa.bool_(), INTEGER: pa.int64(), FEN: pa.int64()}
    return {
        name.removesuffix("?"): pa.string()
        if isinstance(kind, tuple)
        else kinds.get(kind, pa.string())
        for fields in EVENTS.values()
        for name, kind in fields.items()
    }


def insert_policies(con: duckdb.DuckDBPyConnection, policies: list[Policy]) -> None:
    rows = []
    weights: list[dict[str, Any]] = []
    caps: list[dict[str, Any]] = []
    for policy in policies or [Policy()]:
        row = dict(vars(policy))
        del row["out_of_province_limit"]
        row["own_customer_roles"] = list(policy.own_customer_roles)
        row["limit_n"], row["limit_d"] = policy.limit
        for code, weight in row.pop("fake_weights").items():
            weights.append({"version": policy.version, "code": code, "weight": weight})
        for code, cap in row.pop("fake_caps").items():
            caps.append({"version": policy.version, "code": code, "cap": cap})
        rows.append(row)
    insert_rows(con, "policies_expanded", rows)
    insert_rows(con, "fake_weights", weights)
    insert_rows(con, "fake_caps", caps)


def insert_rows(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        insert_arrow(con, table, pa.Table.from_pylist(rows))


def insert_arrow(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    con.register("incoming", rows)
    con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    con.unregister("incoming")
