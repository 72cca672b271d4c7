"""The stages' state in DuckDB, in the same bytes as the changelog, and truefriend's own notes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import WrongUse
from sinks.duckdb.columns import from_ipc

__all__ = ["STREAM", "Notes", "StateStore", "is_streamed", "refuse_streamed"]

STREAM = "stream"
"""The note that names the stream which fills the database."""

Row = tuple[str, str, str, str, bytes | None]


class StateStore:
    """Rows (stage, key, kind, sub) to bytes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        found = connection.execute("SELECT DISTINCT stage FROM internal.state").fetchall()
        self._stages = {stage for (stage,) in found}

    @property
    def empty(self) -> bool:
        """Until something was written."""
        return not self._stages

    def load(self, stage: str, keys: Sequence[str]) -> list[Row]:
        """All rows of these keys."""
        if stage not in self._stages or not keys:
            return []
        wanted = pa.table({"key": pa.array(keys, pa.string())})
        rows = self._connection.execute(
            "SELECT s.stage, s.key, s.kind, s.sub, s.value FROM internal.state s "
            "WHERE s.stage = ? AND s.key IN (SELECT key FROM wanted)",
            [stage],
        ).fetchall()
        del wanted
        return rows

    def load_months(self, months: Sequence[tuple[str, int]]) -> list[tuple[str, int, str, bytes]]:
        """(staff_id, month, customer_id, value) of the staff stage's facts of these months."""
        if self.empty or not months:
            return []
        wanted = pa.table(
            {
                "key": pa.array([staff for staff, _ in months], pa.string()),
                "kind": pa.array([f"fact:{month}" for _, month in months], pa.string()),
            }
        )
        rows = self._connection.execute(
            "SELECT s.key, s.kind[6:]::INTEGER, s.sub, s.value FROM internal.state s "
            "SEMI JOIN wanted w ON s.key = w.key AND s.kind = w.kind WHERE s.stage = 'staff'"
        ).fetchall()
        del wanted
        return rows

    def keys(self, stage: str, kinds: Sequence[str], *, since: int = 0) -> list[str]:
        """The keys that have a row of these kinds written by a batch after ``since``."""
        found = self._connection.execute(
            "SELECT DISTINCT key FROM internal.state "
            "WHERE stage = ? AND list_contains(?, kind) AND batch > ?",
            [stage, list(kinds), since],
        ).fetchall()
        return [key for (key,) in found]

    def clear(self, stage: str) -> None:
        """Drops all rows of a stage."""
        self._connection.execute("DELETE FROM internal.state WHERE stage = ?", [stage])

    def write(self, parts: Sequence[bytes], batch: int) -> None:
        """Upserts rows in the schema STATE (Arrow streams, no key in two of them); a value of null
        deletes.
        """
        if not parts:
            return
        changed = pa.concat_tables([from_ipc(part) for part in parts])
        stages = set(pc.unique(changed["stage"]).to_pylist())
        if stages & self._stages:  # otherwise there is nothing to look for
            self._connection.execute(
                "DELETE FROM internal.state s USING changed c WHERE s.stage = c.stage "
                "AND s.key = c.key AND s.kind = c.kind AND s.sub = c.sub"
            )
        self._connection.execute(
            "INSERT INTO internal.state SELECT *, ? FROM changed WHERE value IS NOT NULL", [batch]
        )
        self._stages |= stages
        del changed


def is_streamed(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a stream fills the database."""
    return Notes(connection).get(STREAM) is not None


def refuse_streamed(connection: duckdb.DuckDBPyConnection, db: Path, instead: str) -> None:
    """WrongUse for a database that a stream fills; ``instead`` goes on with the sentence."""
    if is_streamed(connection):
        raise WrongUse(f"{db} is filled by a stream{instead}")


class Notes:
    """Small JSON values by name: where an unfinished run stood, and settings of the database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def get(self, name: str, default: Any = None) -> Any:
        found = self._connection.execute(
            "SELECT value FROM internal.meta WHERE name = ?", [name]
        ).fetchone()
        return default if found is None else json.loads(found[0])

    def set(self, name: str, value: Any) -> None:
        self._connection.execute("DELETE FROM internal.meta WHERE name = ?", [name])
        self._connection.execute(
            "INSERT INTO internal.meta VALUES (?, ?)", [name, json.dumps(value)]
        )
