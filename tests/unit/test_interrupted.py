"""Ctrl-C within a query of DuckDB: it ends at once, and the database is as it was committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import rows, run_python

ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"

WRITER = f"""
import os, signal, sys, threading
from pathlib import Path
from sinks.duckdb.database import writing

try:
    with writing(Path(sys.argv[1]), "Asia/Shanghai") as connection:
        if sys.argv[2] == "committed":
            connection.execute("INSERT INTO internal.meta VALUES ('one', '1')")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO internal.meta VALUES ('two', '2')")
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        connection.execute("{ENDLESS}")
except KeyboardInterrupt:
    print("stopped")
"""

READER = f"""
import os, signal, sys, threading
from pathlib import Path
from sinks.reports.database import reading

try:
    with reading(Path(sys.argv[1])) as connection:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        connection.execute("{ENDLESS}")
except KeyboardInterrupt:
    print("stopped")
"""


def stopped(script: str, *arguments: str | Path) -> None:
    done = run_python(script, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"stopped\n", b"")


@pytest.mark.parametrize("before", ["nothing", "committed"])
def test_a_new_database_stays_if_anything_was_committed(tmp_path: Path, before: str) -> None:
    db = tmp_path / "t.duckdb"
    stopped(WRITER, db, before)
    if before == "nothing":
        assert list(tmp_path.iterdir()) == []
    else:
        assert rows(db, "SELECT name FROM internal.meta") == [("one",)]


def test_a_database_that_was_there_stays(tmp_path: Path) -> None:
    db = tmp_path / "t.duckdb"
    stopped(WRITER, db, "committed")
    stopped(WRITER, db, "nothing")
    assert rows(db, "SELECT name FROM internal.meta") == [("one",)]


def test_a_reader(tmp_path: Path) -> None:
    db = tmp_path / "t.duckdb"
    stopped(WRITER, db, "committed")
    stopped(READER, db)
