"""Snapshots of the copied tables, each a folder of one moment; ``current`` links to the newest.

A reader that resolves ``current`` once reads one moment, whatever the sink writes meanwhile. What
did not change is a hard link to the file of the snapshot before.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

from sinks.parquet.copy import TABLES, CopyTable

__all__ = ["Snapshots", "write_snapshot"]

_KEPT = 3  # so many snapshots stay: a reader may still be at work on an older one
_MANIFEST = "manifest.json"
_log = logging.getLogger(__name__)


class Snapshots:
    """``step`` between batches begins a new snapshot in a thread, at most every so many seconds.

    It reads what was committed when it began; the sink goes on meanwhile.
    """

    def __init__(self, folder: Path, every_seconds: float) -> None:
        self._folder = folder
        self._every = every_seconds
        self._thread: threading.Thread | None = None
        self._next = 0.0
        self._stale = True

    def committed(self) -> None:
        """There are new rows."""
        self._stale = True

    def step(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Begins a snapshot if there are new rows, the time has come, and none is being written."""
        if not self._stale or time.monotonic() < self._next:
            return
        if self._thread is not None and self._thread.is_alive():
            return
        self._stale, self._next = False, time.monotonic() + self._every
        self._thread = threading.Thread(
            target=self._write, args=(connection.cursor(),), name="parquet"
        )
        self._thread.start()

    def close(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Waits for the snapshot at work, and writes a last one if there are new rows."""
        if self._thread is not None:
            self._thread.join()
        if self._stale:
            self._stale = False
            self._write(connection.cursor())

    def _write(self, cursor: duckdb.DuckDBPyConnection) -> None:
        started = time.monotonic()
        try:
            written = write_snapshot(cursor, self._folder)
        except (duckdb.Error, OSError) as error:
            self._stale = True
            _log.error("no copy was written", extra={"cause": type(error).__name__})
        else:
            seconds = round(time.monotonic() - started, 3)
            _log.info("a copy was written", extra={"files": written, "seconds": seconds})
        finally:
            cursor.close()


def write_snapshot(
    connection: duckdb.DuckDBPyConnection, folder: Path, tables: Sequence[CopyTable] = TABLES
) -> int:
    """Writes a snapshot of what is committed now and points ``current`` to it.

    Returns how many files were written anew. Without any change nothing is done. OSError or
    duckdb.Error leave the snapshot before in place.
    """
    folder.mkdir(parents=True, exist_ok=True)
    old = _current(folder)
    connection.execute("BEGIN")
    try:
        known = _manifest(old)
        wanted = {
            file: (table, seen)
            for table in tables
            for file, seen in table.files(connection).items()
        }
        changed = {file for file, (_, seen) in wanted.items() if known.get(file) != seen}
        if old is not None and not changed and known.keys() == wanted.keys():
            return 0
        new = folder / f"{_number(old) + 1:012d}"
        shutil.rmtree(new, ignore_errors=True)  # of a sink that was killed
        for file, (table, _) in wanted.items():
            path = new / file
            path.parent.mkdir(parents=True, exist_ok=True)
            if file in changed or old is None:
                table.write(connection, file, path)
            else:
                os.link(old / file, path)
    finally:
        connection.execute("ROLLBACK")  # it only read
    seen_now = {file: seen for file, (_, seen) in wanted.items()}
    (new / _MANIFEST).write_text(json.dumps(seen_now, indent=1), encoding="utf-8")
    _point(folder, new)
    _forget(folder, new)
    return len(changed)


def _current(folder: Path) -> Path | None:
    link = folder / "current"
    return link.resolve() if link.is_symlink() and link.exists() else None


def _manifest(snapshot: Path | None) -> dict[str, str]:
    if snapshot is None:
        return {}
    try:
        found: dict[str, str] = json.loads((snapshot / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _number(snapshot: Path | None) -> int:
    return 0 if snapshot is None else int(snapshot.name)


def _point(folder: Path, snapshot: Path) -> None:
    """Renames a new link over the old one: a reader sees the one or the other."""
    link = folder / "current.new"
    link.unlink(missing_ok=True)
    link.symlink_to(snapshot.name, target_is_directory=True)
    link.replace(folder / "current")


def _forget(folder: Path, newest: Path) -> None:
    for path in folder.iterdir():
        if path.name.isdigit() and int(path.name) <= int(newest.name) - _KEPT:
            shutil.rmtree(path, ignore_errors=True)
