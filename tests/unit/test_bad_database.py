"""Databases that cannot be used: one sentence, exit code 1, and the file as it was."""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.command import add, contents, refusal, rows, run
from tests.definition.build import write_reference

STAFF = {"staff_id": "s1", "role": "manager", "branch_id": "b1"}
MANY = 5_000  # adds: some megabytes of database


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with reference/, one.jsonl, many.jsonl."""
    write_reference(tmp_path / "reference", {"customers": [], "staff": [STAFF]})
    (tmp_path / "one.jsonl").write_bytes(add(0))
    (tmp_path / "many.jsonl").write_bytes(b"\n".join(map(add, range(1, MANY))))
    return tmp_path


def arguments(place: Path, db: Path, name: str = "one.jsonl") -> tuple[str | Path, ...]:
    options = ("--reference", place / "reference", "--db", db, "--shards", "1")
    return ("replay", place / name, *options)


def counted(done: subprocess.CompletedProcess[bytes]) -> dict[str, int]:
    assert (done.returncode, done.stderr) == (0, b"")
    adds: dict[str, int] = json.loads(done.stdout.splitlines()[-1])["adds"]
    return adds


@pytest.fixture
def db(place: Path) -> Path:
    """A database that holds one add."""
    assert counted(run(*arguments(place, place / "t.duckdb"))) == {"pending": 1}
    return place / "t.duckdb"


def test_a_database_that_another_process_holds(place: Path, db: Path) -> None:
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(flush=True); input()"
    before = contents(db)
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        sentence = refusal(run(*arguments(place, db, "many.jsonl")), 1)
        holder.communicate(b"\n")
    assert sentence == f"Error: {db} is in use by another process. Wait for it, or stop it."
    assert contents(db) == before


@pytest.mark.parametrize(
    "content", [b"some text", b"a,b\n1,2\n", b'{"a":1}', b"", b"PAR1", b"\0" * 9000]
)
def test_a_file_that_is_no_database_stays_as_it_is(place: Path, content: bytes) -> None:
    other = place / "other.csv"
    other.write_bytes(content)
    assert "is not a DuckDB database. Give another file" in refusal(
        run(*arguments(place, other)), 1
    )
    assert other.read_bytes() == content


READERS: dict[str, tuple[str, ...]] = {
    "report": ("--date", "2026-11-10", "--db"),
    "explain": ("s1", "c1", "--db"),
    "diff": ("t.duckdb",),
}


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("name", ["one.csv", "one.jsonl", "one.jsonl.gz", "empty", "lite.db"])
def test_who_only_reads_calls_a_file_that_is_no_database_wrong_use(
    place: Path, db: Path, monkeypatch: pytest.MonkeyPatch, command: str, name: str
) -> None:
    monkeypatch.chdir(place)
    contents = {
        "one.csv": b"a,b\n1,2\n",
        "one.jsonl.gz": gzip.compress(b'{"a": 1}\n'),
        "empty": b"",
        "lite.db": b"SQLite format 3\0" + bytes(84),
    }
    if name in contents:
        Path(name).write_bytes(contents[name])
    assert refusal(run(command, *READERS[command], name), 2) == (
        f"Error: {name} is not a DuckDB database: give the file that --db of replay or run names."
    )


@pytest.mark.parametrize("command", READERS)
def test_a_damaged_database_is_no_wrong_use(
    place: Path, db: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(place)
    Path("cut.duckdb").write_bytes(db.read_bytes()[:5_000])
    assert "it may be damaged" in refusal(run(command, *READERS[command], "cut.duckdb"), 1)


@pytest.mark.parametrize("name", ["md:foo", "postgres:host=x", "sqlite:x", ":memory:"])
def test_a_name_is_a_file_and_nothing_else(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """DuckDB would ask the network for an extension, or keep all in memory."""
    monkeypatch.chdir(place)
    assert counted(run(*arguments(place, Path(name)))) == {"pending": 1}
    assert (place / name).is_file()
    done = run("diff", name, name, "--json")
    assert (done.returncode, json.loads(done.stdout)["same"]) == (0, 1)
    (place / "other.duckdb").write_bytes((place / name).read_bytes())
    assert run("diff", name, "other.duckdb", "--json").stdout == done.stdout


@pytest.mark.parametrize("content", [b"", b"half a header", None])
def test_what_a_kill_left_of_a_new_database_is_made_anew(
    place: Path, content: bytes | None
) -> None:
    """A database appears whole or not at all; what is left beside it is nobody's."""
    db = place / "t.duckdb"
    beside = place / "t.duckdb.new"
    if content is None:
        duckdb.connect(str(beside)).close()
    else:
        beside.write_bytes(content)
    assert counted(run(*arguments(place, db))) == {"pending": 1}
    assert not beside.exists()


def test_a_replay_killed_while_its_database_is_made(place: Path) -> None:
    """Wherever the kill hits, the next run does all of it."""
    db = place / "t.duckdb"
    command = [sys.executable, "-m", "pipeline.cli", *map(str, arguments(place, db))]
    for _ in range(4):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
            while child.poll() is None and not list(place.glob("t.duckdb*")):
                time.sleep(0.0005)
            child.kill()
        if db.exists():
            with duckdb.connect(str(db), read_only=True) as connection:
                assert connection.execute("SELECT count(*) FROM report_state").fetchone() == (1,)
            db.unlink()
    assert counted(run(*arguments(place, db))) == {"pending": 1}


def test_a_foreign_database_stays_as_it_is(place: Path) -> None:
    other = place / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE report_state AS SELECT 1 AS n")
        connection.execute("CREATE TABLE mine AS FROM range(9)")
    before = contents(other)
    assert "not one of truefriend's" in refusal(run(*arguments(place, other)), 1)
    assert contents(other) == before


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (99, "written by a newer truefriend (its schema is version 99"),
        (1, "written by an older truefriend (its schema is version 1, this one writes"),
    ],
)
def test_a_database_of_another_version_stays_as_it_is(
    place: Path, db: Path, version: int, said: str
) -> None:
    with duckdb.connect(str(db)) as connection:
        connection.execute("UPDATE report_state SET schema_version = ?", [version])
    before = contents(db)
    assert said in refusal(run(*arguments(place, db)), 1)
    assert contents(db) == before


@pytest.mark.parametrize("left", [13, 5_000, 0.3, 0.9])
def test_a_cut_database(place: Path, db: Path, left: float) -> None:
    data = db.read_bytes()
    cut = data[: int(left if left > 1 else left * len(data))]
    db.write_bytes(cut)
    assert "Put back a copy" in refusal(run(*arguments(place, db)), 1)
    assert db.read_bytes() == cut


def test_a_damaged_database(place: Path, db: Path) -> None:
    data = bytearray(db.read_bytes())
    for at in range(12_288, len(data), 4_096):  # behind the three headers
        data[at] ^= 0x5A
    db.write_bytes(data)
    assert "Put back a copy" in refusal(run(*arguments(place, db)), 1)
    assert db.read_bytes() == data


def test_paths_that_can_be_no_database(place: Path) -> None:
    assert "There is no folder" in refusal(run(*arguments(place, place / "no" / "t.duckdb")), 2)
    assert "is a folder" in refusal(run(*arguments(place, place / "reference")), 2)
    assert not (place / "no").exists()


def limited() -> None:
    """No file of this process may grow beyond 3 MiB: the same error as a full disk's."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))


def test_a_file_that_may_not_grow(place: Path, db: Path) -> None:
    before = contents(db)
    sentence = refusal(run(*arguments(place, db, "many.jsonl"), before=limited), 1)
    assert sentence.startswith(f"Error: The disk is full: {db} could not be written.")
    assert contents(db) == before
    assert counted(run(*arguments(place, db, "many.jsonl"))) == {"pending": MANY}


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A small file system in memory; only root may make one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        made = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        made = False
    if not made or made.returncode != 0:
        pytest.skip("This needs a file system of its own, which only root may mount.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_whole_batches_and_the_same_command_goes_on(place: Path) -> None:
    with mounted(place / "disk", "size=64m") as disk:
        db, ballast = disk / "t.duckdb", disk / "ballast"
        assert counted(run(*arguments(place, db))) == {"pending": 1}
        promised = promised_rows(db)
        ballast.write_bytes(bytes(disk_free(disk) - (512 << 10)))
        batches = ("--commit-lines", "500", "--block-bytes", "20000")
        sentence = refusal(run(*arguments(place, db, "many.jsonl"), *batches), 1)
        assert sentence.startswith(f"Error: The disk is full: {db} could not be written.")
        assert promised_rows(db) == promised
        ballast.unlink()
        assert counted(run(*arguments(place, db, "many.jsonl"))) == {"pending": MANY}
        assert rows(db, "SELECT count(*), count(DISTINCT customer_id) FROM adds") == [(MANY, MANY)]


def disk_free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def promised_rows(db: Path) -> dict[str, list[object]]:
    """The tables that people read; positions alone may move before a run's end."""
    return {
        name: found
        for name, found in contents(db).items()
        if name.startswith("main.") and name != "main.positions"
    }


def test_a_new_database_on_a_full_disk_leaves_nothing(place: Path) -> None:
    with mounted(place / "disk", "size=16k") as disk:
        sentence = refusal(run(*arguments(place, disk / "t.duckdb")), 1)
        assert "disk is full" in sentence
        assert list(disk.iterdir()) == []


def test_a_disk_that_is_full_after_the_commit_keeps_it(place: Path) -> None:
    """There is room for the rows in the log, none to move them into the database file."""
    with mounted(place / "disk", "size=1200k") as disk:
        db = disk / "t.duckdb"
        done = run(*arguments(place, db))
        assert (done.returncode, json.loads(done.stdout)["adds"]) == (0, {"pending": 1})
        assert done.stderr.startswith(b"All is stored, but it could not be moved from ")
        assert rows(db, "SELECT count(*) FROM adds") == [(1,)]


def test_a_decision_on_a_disk_that_is_full_after_the_commit_is_taken_once(place: Path) -> None:
    with mounted(place / "disk", "size=64m") as disk:
        db, ballast = disk / "t.duckdb", disk / "ballast"
        assert counted(run(*arguments(place, db))) == {"pending": 1}
        ballast.write_bytes(bytes(disk_free(disk) - (100 << 10)))
        [(add_id,)] = rows(db, "SELECT add_id FROM adds")
        done = run("case", "dismiss", add_id, "--by", "wang", "--note", "n", "--db", db)
        assert (done.returncode, done.stdout != b"") == (0, True), done.stderr
        assert done.stderr.startswith(b"All is stored, but it could not be moved from ")
        assert rows(db, "SELECT decision FROM internal.case_history") == [("dismissed",)]
        ballast.unlink()
        assert counted(run(*arguments(place, db))) == {"pending": 1}
        assert rows(db, "SELECT decision FROM internal.case_history") == [("dismissed",)]


def test_a_folder_that_may_only_be_read(place: Path) -> None:
    with mounted(place / "disk", "ro,size=1m") as disk:
        sentence = refusal(run(*arguments(place, disk / "t.duckdb")), 1)
        assert "cannot be opened for writing (Read-only file system)" in sentence
