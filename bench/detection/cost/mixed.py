"""Simulated months with another share of fakes: customers of a larger bank are left out by chance.

Whether a customer stays is drawn from a hash of its id; events without a customer stay in
proportion to the others.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import shutil
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from bench.replay.bank import BUILD, Bank, make_bank

__all__ = ["mixed_bank"]

_CUSTOMER = re.compile(rb'"customer_id":"([^"]+)"')


def mixed_bank(percent: int, source_events: int) -> Bank:
    """A month of which so many percent of the adds are fake; made only once."""
    source = make_bank(source_events)
    folder = BUILD / f"{source.folder.name}-fakes-{percent}"
    done = folder / "bank.json"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source.folder, folder, ignore=shutil.ignore_patterns("good*", "*.jsonl.gz"))
        facts = _filter(source, folder, percent / 100)
        done.write_text(json.dumps(facts), encoding="utf-8")
    facts = json.loads(done.read_text(encoding="utf-8"))
    return replace(source, folder=folder, events=facts["events"], lines=facts["lines"])


def _filter(source: Bank, folder: Path, share: float) -> dict[str, int]:
    fakes, adds = _fakes(source.folder / "truth.csv")
    known = adds["fake"] / sum(adds.values())
    odds = share / (1 - share) * (1 - known) / known
    keep_fake, keep_lawful = min(1.0, odds), min(1.0, 1 / odds)
    lines = 0
    with gzip.open(source.inputs) as old, gzip.open(folder / "events.jsonl.gz", "wb", 1) as new:
        for number, line in enumerate(old):
            found = _CUSTOMER.search(line)
            name = found[1] if found else str(number).encode()
            if _draw(name) < (keep_fake if name in fakes else keep_lawful):
                new.write(line)
                lines += 1
    return {"events": round(source.events * lines / source.lines), "lines": lines}


def _fakes(truth: Path) -> tuple[set[bytes], dict[str, int]]:
    """The customers of attacks, and how many adds are fake and lawful."""
    fakes: set[bytes] = set()
    adds = {"fake": 0, "lawful": 0}
    with truth.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            lawful = row["label"] == "organic"
            adds["lawful" if lawful else "fake"] += 1
            if not lawful:
                fakes.add(row["customer_id"].encode())
    return fakes, adds


def _draw(name: bytes) -> float:
    return int.from_bytes(blake2b(name, digest_size=8).digest()) / 2**64
