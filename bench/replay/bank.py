"""Simulated months of about a given number of events, kept under build/bench for the next run.

What is kept is bound to the simulator's own code: another simulator makes another bank.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import sources.simulate
from sources.simulate import simulate

__all__ = ["BUILD", "ROOT", "Bank", "bank_of_staff", "customers_a_staff", "make_bank"]

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build" / "bench"
SEED = 1
CUSTOMERS_A_STAFF = 333  # the simulator's own default: 20,000 customers, 60 staff
_PROBE_STAFF = 100


@dataclass(frozen=True)
class Bank:
    """A month of one bank on the disk; ``events`` are different ones, ``lines`` all lines."""

    folder: Path
    seed: int
    staff: int
    customers: int
    events: int
    lines: int

    @property
    def inputs(self) -> Path:
        return self.folder / "events.jsonl.gz"

    @property
    def reference(self) -> Path:
        return self.folder / "reference"

    @property
    def policy(self) -> Path:
        return self.folder / "policy.toml"

    @property
    def ip_table(self) -> Path:
        return self.folder / "ip.csv"

    def arguments(self) -> list[str]:
        """What ``truefriend replay`` takes but for --db and --shards."""
        return [
            str(self.inputs), "--reference", str(self.reference),
            "--policy", str(self.policy), "--ip-table", str(self.ip_table),
        ]  # fmt: skip

    def as_json(self) -> dict[str, object]:
        facts = {name: value for name, value in asdict(self).items() if name != "folder"}
        return {**facts, "file_bytes": self.inputs.stat().st_size}


def make_bank(events: int) -> Bank:
    """A month of about ``events`` events with the simulator's own mix; made only once."""
    return bank_of_staff(round(events / _probe()["events"]))


def customers_a_staff() -> float:
    """How many different customer_ids are added in a month for each staff member."""
    return _probe()["customers"]


def bank_of_staff(number: int) -> Bank:
    """A month of a bank with so many staff (at least 4); made only once."""
    staff = max(4, number)
    folder = BUILD / f"bank-{staff}-{_simulator()}"
    done = folder / "bank.json"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"Simulating a month of {staff:,} staff …", file=sys.stderr, flush=True)
        customers = CUSTOMERS_A_STAFF * staff
        made = simulate(seed=SEED, out=folder, staff=staff, customers=customers)
        facts = {"staff": staff, "customers": customers, "lines": made.lines}
        facts["events"] = sum(made.events.values())
        done.write_text(json.dumps(facts), encoding="utf-8")
    return Bank(folder=folder, seed=SEED, **json.loads(done.read_text(encoding="utf-8")))


def _probe() -> dict[str, float]:
    """Events and customers with adds for each staff member of a small bank."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        customers = CUSTOMERS_A_STAFF * _PROBE_STAFF
        made = simulate(seed=SEED, out=folder, staff=_PROBE_STAFF, customers=customers)
        truth = (folder / "truth.csv").read_text(encoding="utf-8").splitlines()[1:]
    added = {line.split(",")[1] for line in truth}
    return {
        "events": sum(made.events.values()) / _PROBE_STAFF,
        "customers": len(added) / _PROBE_STAFF,
    }


def _simulator() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(sources.simulate.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
