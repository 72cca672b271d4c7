"""The installed command run as a user runs it, and what a database holds."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from tests.definition.build import line

COMMAND = str(Path(sys.executable).with_name("truefriend"))
_ROOT = Path(__file__).resolve().parents[1]
NOON = "2026-11-10T12:00:00+08:00"


def run(
    *arguments: str | Path,
    stdin: bytes = b"",
    before: Callable[[], None] | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Runs truefriend; ``before`` is called in the new process, ``env`` is its environment."""
    command = [COMMAND, *map(str, arguments)]
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        timeout=120,
        preexec_fn=before,
        check=False,
        env=env,
    )


def run_python(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Runs a script that imports the project and its tests, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )


def replay_bank(bank: Path, db: Path) -> dict[str, Any]:
    """Replays a simulated bank's folder into ``db``; what the last line says."""
    result = run(
        *("replay", bank / "events.jsonl.gz", "--reference", bank / "reference"),
        *("--policy", bank / "policy.toml", "--ip-table", bank / "ip.csv", "--db", db),
    )
    assert result.returncode == 0, result.stderr.decode()
    said: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return said


def truth_of(bank: Path) -> dict[tuple[str, str], dict[str, str]]:
    """A simulated bank's truth by (staff_id, customer_id), each pair there once."""
    with (bank / "truth.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    truth = {(row["staff_id"], row["customer_id"]): row for row in found}
    assert len(truth) == len(found)
    return truth


def refusal(result: subprocess.CompletedProcess[bytes], code: int) -> str:
    """The one line on standard error of a command that must have ended with ``code``."""
    said = result.stderr.decode()
    assert (result.returncode, result.stdout) == (code, b""), said
    assert "Traceback" not in said
    [sentence] = said.splitlines()
    assert sentence.endswith((".", "。")) or "DuckDB says: " in sentence
    return sentence


def contents(db: Path) -> dict[str, list[Any]]:
    """All rows of all tables, truefriend's own included."""
    with duckdb.connect(str(db), read_only=True) as connection:
        names = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY ALL"
        ).fetchall()
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for (name,) in names
        }


def rows(db: Path, query: str) -> list[Any]:
    with duckdb.connect(str(db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def add(number: int, **more: Any) -> bytes:
    """A friend.added of customer ``number`` as a line of a file, without its end."""
    data = {"staff_id": "s1", "customer_id": f"c{number}", "add_way": 1, **more}
    return line("friend.added", NOON, f"e{number}", **data)
