"""The reference files of a run: decoded beside the events, stored when the run settles."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import duckdb

from sinks.duckdb.reference import (
    ReferenceRows,
    ReferenceTable,
    read_reference_rows,
    stage_rows,
)
from sources.files import find_reference, read_rows

__all__ = ["ReferenceFiles"]

_REQUIRED = {"cases": False, "customers": True, "staff": True, "branches": False}


class ReferenceFiles:
    """The files of --reference; WrongUse at once for what is missing.

    Decoding goes on in a thread: while the shards' processes fold events, this one mostly waits.
    """

    def __init__(self, folder: Path) -> None:
        required_first = sorted(_REQUIRED, key=_REQUIRED.__getitem__, reverse=True)
        found = {name: find_reference(folder, name, _REQUIRED[name]) for name in required_first}
        executor = ThreadPoolExecutor(1, thread_name_prefix="reference")
        self._rows: dict[str, tuple[Path, Future[ReferenceRows]]] = {
            name: (path, executor.submit(read_reference_rows, name, read_rows(path)))
            for name, path in found.items()
            if path is not None
        }
        executor.shutdown(wait=False)
        self._staged: dict[str, ReferenceTable] = {}

    def stage(self, connection: duckdb.DuckDBPyConnection, name: str) -> ReferenceTable | None:
        """The reference's rows in a temporary table; None without its file."""
        if name not in self._rows:
            return None
        if name not in self._staged:
            self._staged[name] = stage_rows(connection, self._rows[name][1].result())
        return self._staged[name]

    def stage_all(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, ReferenceTable]]:
        """(path as given, table) of every file."""
        staged = ((path, self.stage(connection, name)) for name, (path, _) in self._rows.items())
        return [(str(path), table) for path, table in staged if table is not None]
