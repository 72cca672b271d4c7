"""The contract's promise, as a hash: the sorted content of every promised table."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb

TABLES = {
    "adds": "* EXCLUDE (revision)",
    "staff_daily": "*",
    "branch_daily": "*",
    "segment_coverage": "*",
    "signals": "*",
    "alerts": "*",
    "customers": "*",
    "staff": "*",
    "branches": "*",
    "cases": "*",
    "policies": "*",
    "report_state": "*",
    "months": "*",
}


def promised(db: Path) -> dict[str, str]:
    """Table to the hash of its sorted rows, revision left out."""
    with duckdb.connect(str(db), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        return {name: _hash(con, name, columns) for name, columns in TABLES.items()}


def state(db: Path) -> list[tuple[str, ...]]:
    """All that the next run starts from, but for the order in which ids were remembered."""
    with duckdb.connect(str(db), read_only=True) as con:
        return con.execute(
            "SELECT stage, key, kind, sub, value FROM internal.state "
            "WHERE kind <> 'ids' ORDER BY ALL"
        ).fetchall()


def _hash(con: duckdb.DuckDBPyConnection, name: str, columns: str) -> str:
    digest = hashlib.sha256()
    rows = con.execute(f"SELECT t::VARCHAR FROM (SELECT {columns} FROM {name}) t ORDER BY 1")
    while batch := rows.fetchmany(10_000):
        for (row,) in batch:
            digest.update(row.encode() + b"\n")
    return digest.hexdigest()
