"""Which tables are copied, how they are cut into files, and how a changed file is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

__all__ = ["TABLES", "CopyTable"]


@dataclass(frozen=True, slots=True)
class CopyTable:
    """A table or view. ``month`` is the SQL of a row's month, of which each has a file of its own
    (None: one file for all); ``seen`` is the SQL by whose hash a changed row is known.
    """

    name: str
    month: str | None
    seen: str

    def files(self, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
        """File name (without the folder) to a text that changes with its rows."""
        group = "all" if self.month is None else self.month
        key = f"'{group}'" if self.month is None else group
        found = connection.execute(
            f"SELECT {key} AS part, count(*), bit_xor(hash({self.seen})) FROM {self.name} t "
            "GROUP BY part ORDER BY part"
        ).fetchall()
        return {self._file(part): f"{count}-{mix}" for part, count, mix in found}

    def write(self, connection: duckdb.DuckDBPyConnection, file: str, path: Path) -> None:
        """Writes one of ``files`` to a path."""
        where = "" if self.month is None else f"WHERE {self.month} = '{Path(file).stem}'"
        connection.execute(
            f"COPY (SELECT * FROM {self.name} t {where}) TO '{_quoted(path)}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )

    def _file(self, part: str) -> str:
        return f"{self.name}.parquet" if self.month is None else f"{self.name}/{part}.parquet"


TABLES = (
    CopyTable("adds", "month", "add_id, revision, verdict"),
    CopyTable("staff_daily", "strftime(day, '%Y-%m')", "t"),
    CopyTable("branch_daily", "strftime(day, '%Y-%m')", "t"),
    CopyTable("segment_coverage", None, "t"),
    CopyTable("report_state", None, "t"),
    CopyTable("months", None, "t"),
)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
