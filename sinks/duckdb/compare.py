"""Two databases held against each other: whose verdicts differ, and what that costs.

Both are opened for reading only. A verdict differs where it, or the first of its reasons, is
another; other reasons behind the first change nothing that is paid for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipeline.core.errors import TruefriendError
from sinks.duckdb.database import file_name

__all__ = ["EXAMPLES", "FEN_AN_ADD", "compare"]

EXAMPLES = 20
"""How many adds of each kind are listed, the first by add_id."""

FEN_AN_ADD = 100
"""What one valid add is worth in the comparison: 1 yuan."""


def compare(connection: duckdb.DuckDBPyConnection, old: Path) -> dict[str, Any]:
    """``connection`` reads the new database; ``old`` is attached to it for the time.

    The counts are of adds: ``same``, ``changed`` (in both, other verdict or first reason),
    ``only_old``, ``only_new``. ``money`` is in fen. TruefriendError: ``old`` cannot be read.
    """
    new_schema = _quoted(_current(connection)) + ".main"
    with _attached(connection, old) as old_schema:
        _pair(connection, old_schema, new_schema)
        return {
            "old": _side(connection, old_schema, "old"),
            "new": _side(connection, new_schema, "new"),
            **_counts(connection),
            "by_reason": _rows(connection, _BY_REASON),
            "by_staff": _rows(connection, _BY_STAFF),
            "examples": {
                kind: _rows(connection, _EXAMPLES, kind)
                for kind in ("changed", "only_old", "only_new")
            },
            "money": _money(connection),
        }


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, old: Path) -> Iterator[str]:
    """The schema of the old database's tables; a file held against itself is open already."""
    current = _current(connection)
    row = connection.execute("SELECT path FROM duckdb_databases() WHERE NOT internal").fetchone()
    if row and row[0] and Path(row[0]).samefile(old):
        yield _quoted(current) + ".main"
        return
    path = file_name(old).replace("'", "''")
    name = "older" if current == "old" else "old"
    try:
        connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise TruefriendError(f"{old} cannot be read beside the other. DuckDB: {first}") from error
    try:
        yield f"{name}.main"
    finally:
        connection.execute(f"DETACH {name}")


def _current(connection: duckdb.DuckDBPyConnection) -> str:
    """The open database's name, which DuckDB makes of the file's."""
    row = connection.execute("SELECT current_database()").fetchone()
    return str(row[0]) if row else ""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _pair(connection: duckdb.DuckDBPyConnection, old: str, new: str) -> None:
    columns = "add_id, staff_id, customer_id, verdict, reasons[1] AS reason"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE paired AS
        SELECT coalesce(n.add_id, o.add_id) AS add_id,
            coalesce(n.staff_id, o.staff_id) AS staff_id,
            coalesce(n.customer_id, o.customer_id) AS customer_id,
            o.verdict AS old_verdict, o.reason AS old_reason,
            n.verdict AS new_verdict, n.reason AS new_reason,
            CASE WHEN n.add_id IS NULL THEN 'only_old' WHEN o.add_id IS NULL THEN 'only_new'
                WHEN (o.verdict, o.reason) IS DISTINCT FROM (n.verdict, n.reason) THEN 'changed'
                ELSE 'same' END AS kind
        FROM (SELECT {columns} FROM {old}.adds) o
        FULL JOIN (SELECT {columns} FROM {new}.adds) n USING (add_id)
        """
    )


def _side(connection: duckdb.DuckDBPyConnection, schema: str, side: str) -> dict[str, Any]:
    as_of = connection.execute(
        "SELECT strftime(timezone(timezone, as_of), '%Y-%m-%d %H:%M:%S'), timezone "
        f"FROM {schema}.report_state"
    ).fetchone()
    verdicts = connection.execute(
        f"SELECT {side}_verdict, count(*) FROM paired WHERE {side}_verdict IS NOT NULL "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    versions = connection.execute(
        f"SELECT DISTINCT policy_version, rules_version FROM {schema}.adds ORDER BY ALL"
    ).fetchall()
    return {
        "as_of": as_of[0] if as_of else None,
        "timezone": as_of[1] if as_of else None,
        "adds": sum(number for _, number in verdicts),
        "verdicts": dict(verdicts),
        "policies": sorted({policy for policy, _ in versions}),
        "rules_versions": sorted({rules for _, rules in versions}),
    }


def _counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    found = dict(connection.execute("SELECT kind, count(*) FROM paired GROUP BY kind").fetchall())
    return {kind: found.get(kind, 0) for kind in ("same", "changed", "only_old", "only_new")}


def _money(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    row = connection.execute(
        "SELECT count(*) FILTER (old_verdict = 'valid'), count(*) FILTER (new_verdict = 'valid') "
        "FROM paired"
    ).fetchone()
    before, after = (FEN_AN_ADD * number for number in row) if row else (0, 0)
    return {
        "fen_an_add": FEN_AN_ADD,
        "old_fen": before,
        "new_fen": after,
        "difference_fen": after - before,
    }


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, *values: object
) -> list[dict[str, Any]]:
    result = connection.execute(query, list(values))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


_BY_REASON = """
    SELECT old_verdict, old_reason, new_verdict, new_reason, count(*) AS adds
    FROM paired WHERE kind <> 'same' GROUP BY ALL
    ORDER BY adds DESC, old_verdict, old_reason, new_verdict, new_reason
"""
_BY_STAFF = """
    SELECT staff_id,
        count(*) FILTER (kind = 'changed') AS changed,
        count(*) FILTER (kind = 'only_old') AS only_old,
        count(*) FILTER (kind = 'only_new') AS only_new,
        count(*) FILTER (old_verdict = 'valid') AS old_valid,
        count(*) FILTER (new_verdict = 'valid') AS new_valid
    FROM paired GROUP BY staff_id HAVING changed + only_old + only_new > 0
    ORDER BY changed + only_old + only_new DESC, staff_id
"""
_EXAMPLES = f"""
    SELECT add_id, staff_id, customer_id, old_verdict, old_reason, new_verdict, new_reason
    FROM paired WHERE kind = ? ORDER BY add_id LIMIT {EXAMPLES}
"""
