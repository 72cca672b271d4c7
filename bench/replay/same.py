"""Whether a replay's tables and DuckDB-only's hold the same rows."""

from __future__ import annotations

from pathlib import Path

import duckdb

__all__ = ["differences"]

TIMES = ("added_at", "verified_at", "pending_until")
TABLES = ("adds", "staff_daily", "branch_daily", "segment_coverage")


def differences(replayed: Path, by_sql: Path) -> dict[str, dict[str, int]]:
    """By table: its rows in the replay's database, and how many each side has for itself.

    A few are expected: DuckDB's reader takes a few of the simulator's bad lines for good ones.
    """
    path = str(by_sql).replace("'", "''")
    with duckdb.connect(str(replayed), read_only=True) as connection:
        connection.execute(f"ATTACH '{path}' AS by_sql (READ_ONLY)")
        return {table: _differences(connection, table) for table in TABLES}


def _differences(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    names = [row[0] for row in connection.execute(f"DESCRIBE by_sql.d_{table}").fetchall()]
    ours = ", ".join(f"epoch_us({name}) AS {name}" if name in TIMES else name for name in names)
    left, right = f"SELECT {ours} FROM main.{table}", f"SELECT * FROM by_sql.d_{table}"
    return {
        "rows": _count(connection, left),
        "only_replayed": _count(connection, f"{left} EXCEPT ALL {right}"),
        "only_by_sql": _count(connection, f"{right} EXCEPT ALL {left}"),
    }


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM ({query})").fetchone()
    return int(row[0]) if row else 0
