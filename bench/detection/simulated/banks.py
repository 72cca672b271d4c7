"""Banks by seed, simulated and replayed once and kept under build/bench.

Three simulators, written apart from each other: ``product`` is ``truefriend simulate``;
``randomised`` is ``bench/detection/randomised``, where each seed is another kind of bank; points
may be fitted to both. ``second`` is ``tests/judging/second_bank.py``, for judging only: nothing is
fitted to it, no threshold chosen on it.

What is kept is bound to the code that made it: files to their simulator's, accounts to that of the
core without detectors (so that points can be fitted again without a replay), verdicts to all of
the core and the points.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from bench.replay.bank import BUILD, ROOT
from bench.replay.measure import TRUEFRIEND
from pipeline.core.ledger.account import Account, accounts_of

__all__ = ["SIMULATORS", "STAFF", "Bank", "Truth", "Verdict", "accounts", "make_bank", "verdicts"]

STAFF = 150

SIMULATORS = ("product", "randomised", "second")

_SOURCES = {
    "product": ["sources/simulate"],
    "randomised": ["bench/detection/randomised"],
    "second": ["tests/judging"],
}
_MODULES = {
    "randomised": "bench.detection.randomised.bank",
    "second": "tests.judging.second_bank",
}
_LEDGER = ["topics", "pipeline/core"]
_DETECTORS = "pipeline/core/detectors"
_VERDICTS = [*_LEDGER, "pipeline/replay"]


class Truth(NamedTuple):
    """What the simulator says of an add; ``label`` is "organic" for a lawful one."""

    label: str
    pool: str
    context: str

    @property
    def fake(self) -> bool:
        return self.label != "organic"


class Verdict(NamedTuple):
    """What truefriend says of an add: is any fake_* code among its reasons, and the evidence."""

    found: bool
    score: float
    evidence: str


@dataclass(frozen=True)
class Bank:
    """A month of one bank on the disk."""

    simulator: str
    seed: int
    folder: Path

    def truth(self) -> dict[tuple[str, str], Truth]:
        """By staff_id and customer_id."""
        with (self.folder / "truth.csv").open(encoding="utf-8", newline="") as file:
            return {
                (row["staff_id"], row["customer_id"]): Truth(
                    row["label"], row["pool_id"], row["context"]
                )
                for row in csv.DictReader(file)
            }


def make_bank(simulator: str, seed: int, staff: int = STAFF) -> Bank:
    """Simulates a month of so many staff; made only once. SystemExit where that fails."""
    folder = BUILD / f"{simulator}-{seed}-{staff}-{_digest(_SOURCES[simulator])}"
    bank = Bank(simulator, seed, folder)
    if folder.exists():
        return bank
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    arguments = ["--seed", str(seed), "--out", str(partial), "--staff", str(staff)]
    command = [*TRUEFRIEND, "simulate", *arguments]
    if simulator in _MODULES:
        command = [sys.executable, "-m", _MODULES[simulator], *arguments]
    _say(f"Simulating: {simulator}, seed {seed}, {staff} staff …")
    _run(command)
    partial.rename(folder)
    return bank


def accounts(bank: Bank) -> dict[str, Account]:
    """All accounts after a replay with the bank's own policy, in a fixed order."""
    database = bank.folder / f"verdicts-{_digest(_VERDICTS)}.duckdb"
    if not database.exists():
        database = _replayed(bank, "accounts", _digest(_LEDGER, but=_DETECTORS))
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "SELECT stage, key, kind, sub, value FROM internal.state WHERE stage = 'ledger' "
            "ORDER BY key, kind, sub"
        ).fetchall()
    return accounts_of(rows)


def verdicts(bank: Bank) -> dict[tuple[str, str], Verdict]:
    """By staff_id and customer_id, of all adds, as a user gets them: under the default policy."""
    database = _replayed(bank, "verdicts", _digest(_VERDICTS))
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "SELECT staff_id, customer_id, fake_score, evidence, "
            "len(list_filter(reasons, code -> starts_with(code, 'fake_'))) > 0 "
            "FROM adds ORDER BY ALL"
        ).fetchall()
    return {
        (staff, customer): Verdict(found, score, evidence)
        for staff, customer, score, evidence, found in rows
    }


def _replayed(bank: Bank, purpose: str, digest: str) -> Path:
    database = bank.folder / f"{purpose}-{digest}.duckdb"
    if database.exists():
        return database
    for old in bank.folder.glob(f"{purpose}-*"):
        old.unlink()
    partial = bank.folder / f"{purpose}-partial.duckdb"
    _say(f"Replaying: {bank.simulator}, seed {bank.seed}, for its {purpose} …")
    _run(
        [
            *TRUEFRIEND, "replay", str(bank.folder / "events.jsonl.gz"),
            "--reference", str(bank.folder / "reference"),
            "--policy", str(bank.folder / "policy.toml"),
            "--ip-table", str(bank.folder / "ip.csv"),
            "--db", str(partial),
        ]
    )  # fmt: skip
    return partial.rename(database)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")


def _digest(folders: Iterable[str], but: str | None = None) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            inside = path.relative_to(ROOT).as_posix()
            if path.suffix in (".py", ".toml") and not (but and inside.startswith(but)):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
