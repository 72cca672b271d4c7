"""The copy for readers: files by month, only what changed is written, one moment at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sinks.parquet import Snapshots, write_snapshot
from tests.database_maker import Database, added, message, verified


@pytest.fixture
def bank(tmp_path: Path) -> Database:
    bank = Database(tmp_path)
    bank.replay(
        added("S1", "C1", "2026-11-10"),
        verified("C1", "K1", "2026-11-10"),
        added("S2", "C2", "2026-12-02"),
        message("S1", "C1", "2026-11-11"),
    )
    return bank


@pytest.fixture
def connection(bank: Database) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(bank.path)) as connection:
        yield connection


def files(folder: Path) -> dict[str, int]:
    """Name to the file's own number on the disk."""
    current = folder / "current"
    return {
        str(path.relative_to(current)): path.stat().st_ino for path in current.rglob("*.parquet")
    }


def read(folder: Path, pattern: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"FROM '{folder}/current/{pattern}' ORDER BY ALL").fetchall()


def test_the_copy_holds_the_tables(
    bank: Database, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "a 'copy'"
    assert write_snapshot(connection, folder) == 9
    assert sorted(files(folder)) == [
        "adds/2026-11.parquet",
        "adds/2026-12.parquet",
        "branch_daily/2026-11.parquet",
        "branch_daily/2026-12.parquet",
        "months.parquet",
        "report_state.parquet",
        "segment_coverage.parquet",
        "staff_daily/2026-11.parquet",
        "staff_daily/2026-12.parquet",
    ]
    quoted = Path(str(folder).replace("'", "''"))
    for name in ("adds", "staff_daily", "branch_daily"):
        table = connection.execute(f"FROM {name} ORDER BY ALL").fetchall()
        assert [str(row) for row in read(quoted, f"{name}/*.parquet")] == [
            str(row) for row in table
        ]
    coverage = connection.execute("FROM segment_coverage ORDER BY ALL").fetchall()
    assert read(quoted, "segment_coverage.parquet") == coverage


def test_only_what_changed_is_written(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    write_snapshot(connection, folder)
    before, first = files(folder), (folder / "current").resolve()
    assert write_snapshot(connection, folder) == 0
    connection.execute("UPDATE adds SET verdict = 'fake', revision = 9 WHERE month = '2026-12'")
    assert write_snapshot(connection, folder) == 3
    after = files(folder)
    assert {name for name in after if after[name] != before[name]} == {
        "adds/2026-12.parquet",
        "staff_daily/2026-12.parquet",
        "branch_daily/2026-12.parquet",
    }
    assert duckdb.sql(f"SELECT verdict FROM '{first}/adds/2026-12.parquet'").fetchall() == [
        ("pending",)
    ]


def test_old_snapshots_go_and_half_ones_are_begun_anew(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    (folder / "000000000001" / "adds").mkdir(parents=True)
    (folder / "000000000001" / "adds" / "2026-01.parquet").write_bytes(b"half")
    for revision in range(5):
        connection.execute("UPDATE adds SET revision = ?", [revision])
        write_snapshot(connection, folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "000000000003", "000000000004", "000000000005", "current",
    ]  # fmt: skip
    assert "adds/2026-01.parquet" not in files(folder)


def test_the_sink_goes_on_while_a_copy_is_written(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    copy = Snapshots(tmp_path / "copy", 3600)
    copy.step(connection)
    connection.execute("UPDATE adds SET verdict = 'fake', revision = 9")
    copy.committed()
    copy.step(connection)  # too soon
    copy.close(connection)
    assert duckdb.sql(
        f"SELECT DISTINCT verdict FROM '{tmp_path}/copy/current/adds/*.parquet'"
    ).fetchall() == [("fake",)]
