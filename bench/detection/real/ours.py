"""truefriend on the same stream: each edge a friend.added event, `truefriend replay`, then `adds`.

Accounts become customers and targets staff under invented ids; times stay. Events have add_way 1
and nothing else: no address, device, province or verification, so that only who added whom and
when is left. The policy asks for no verification, account or owner; weights and the threshold are
the defaults, and nothing is chosen on this data.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import duckdb

from bench.detection.real.data import Edge
from bench.replay.measure import TRUEFRIEND

__all__ = ["POLICY", "Verdicts", "judge", "lines", "verdicts"]

POLICY = """\
version = "real"
effective_from = 2000-01-01
allow_shared_identity = true

[verification]
required = false

[account]
required = false

[own_customer]
required = false
"""

Verdicts = dict[tuple[str, str], tuple[float, bool]]
"""By account and target: the add's fake_score, and whether a fake_* code is among its reasons."""

_ADDS = """
SELECT customer_id, staff_id, fake_score,
    len(list_filter(reasons, code -> starts_with(code, 'fake_'))) > 0
FROM adds
"""


def judge(edges: Sequence[Edge], seed: int, folder: Path) -> Verdicts:
    """Replays into ``folder``, which must be empty; SystemExit with what was said if it fails."""
    accounts = _invent("c", (edge.account for edge in edges), seed)
    targets = _invent("s", (edge.target for edge in edges), seed)
    db, events = folder / "bench.duckdb", folder / "events.jsonl"
    events.write_text("".join(lines(edges, accounts, targets)), encoding="utf-8")
    (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
    reference = folder / "reference"
    reference.mkdir()
    for name in ("customers", "staff"):
        (reference / f"{name}.jsonl").touch()
    command = [*TRUEFRIEND, "replay", str(events), "--reference", str(reference)]
    command += ["--policy", str(folder / "policy.toml"), "--db", str(db)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"truefriend replay ended with {done.returncode}: {done.stderr}")
    summary = json.loads(done.stdout.splitlines()[-1])
    if summary["applied"] != len(edges):
        raise SystemExit(f"Of {len(edges)} events {summary['applied']} were applied: {summary}")
    return verdicts(db, accounts, targets)


def lines(
    edges: Iterable[Edge], accounts: dict[str, str], targets: dict[str, str]
) -> Iterable[str]:
    """One event a line; ids are the numbers from 1."""
    for number, edge in enumerate(edges, 1):
        event = {
            "specversion": "1.0",
            "id": str(number),
            "source": "bench",
            "type": "friend.added",
            "time": datetime.fromtimestamp(edge.time, UTC).isoformat(),
            "data": {
                "staff_id": targets[edge.target],
                "customer_id": accounts[edge.account],
                "add_way": 1,
            },
        }
        yield json.dumps(event) + "\n"


def verdicts(db: Path, accounts: dict[str, str], targets: dict[str, str]) -> Verdicts:
    """All adds of the database under the accounts' and targets' own names."""
    account = {invented: name for name, invented in accounts.items()}
    target = {invented: name for name, invented in targets.items()}
    with duckdb.connect(str(db), read_only=True) as connection:
        rows = connection.execute(_ADDS).fetchall()
    return {
        (account[customer], target[staff]): (score, fake) for customer, staff, score, fake in rows
    }


def _invent(letter: str, names: Iterable[str], seed: int) -> dict[str, str]:
    """An id for each name that says nothing about it."""
    known = sorted(set(names))
    numbers = list(range(len(known)))
    Random(f"{letter}{seed}").shuffle(numbers)
    return {name: f"{letter}{number:06}" for name, number in zip(known, numbers, strict=True)}
