"""kill -9 of a replay at random moments, then the same command again: nothing lost or doubled."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sinks.duckdb.state import Notes
from sources.simulate import simulate
from tests.promise import promised

SEED = int(os.environ.get("TRUEFRIEND_FAULT_SEED", "20261124"))


def command(data: Path, db: Path) -> list[str]:
    return [
        str(Path(sys.executable).with_name("truefriend")),
        "replay",
        str(data / "events.jsonl.gz"),
        "--reference",
        str(data / "reference"),
        "--policy",
        str(data / "policy.toml"),
        "--ip-table",
        str(data / "ip.csv"),
        "--db",
        str(db),
        "--shards=2",
        "--commit-lines=5000",
        f"--block-bytes={1 << 19}",
    ]


def finish(data: Path, db: Path) -> dict[str, Any]:
    done = subprocess.run(command(data, db), capture_output=True, text=True, check=True)
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


def start_and_kill(data: Path, db: Path, after: float) -> bool:
    """Kills the whole process group after so many seconds; False where it was done before."""
    process = subprocess.Popen(
        command(data, db),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def is_done(db: Path) -> bool:
    """Whether a run was killed only after its last commit."""
    if not db.exists():
        return False
    with duckdb.connect(str(db)) as con:
        made = con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'meta'").fetchone()
        return made is not None and Notes(con).get("epoch") is not None


def dead_letters(db: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(db), read_only=True) as con:
        return con.execute('SELECT topic, "offset", code FROM dead_letters ORDER BY ALL').fetchall()


def check(tmp_path: Path, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    print(f"seed {seed}")
    simulate(seed, tmp_path / "data", days=10, staff=90, customers=15_000)
    data = tmp_path / "data"
    began = time.monotonic()
    expected = finish(data, tmp_path / "whole.duckdb")
    whole = time.monotonic() - began
    db = tmp_path / "killed.duckdb"
    killed = sum(start_and_kill(data, db, chance.uniform(0.3, whole)) for _ in range(kills))
    done = is_done(db)
    again = finish(data, db)
    assert promised(db) == promised(tmp_path / "whole.duckdb")
    lines = expected["lines"]
    print(f"killed {killed} times; lines in {lines}, again {again['lines']}; lost 0, doubled 0")
    if not done:  # else the last one met only copies
        assert again == expected
        assert dead_letters(db) == dead_letters(tmp_path / "whole.duckdb")


def test_a_killed_replay_goes_on_where_it_stood(tmp_path: Path) -> None:
    check(tmp_path, SEED, kills=4)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(SEED, SEED + 5))
def test_many_kills(tmp_path: Path, seed: int) -> None:
    check(tmp_path, seed, kills=8)
