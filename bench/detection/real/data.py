"""The two real data sets, read where they lie beside this repository; they are no part of it.

- ``ghost_stars.csv``: accounts that sold stars on a code platform, 606 of them, and what each of
  them starred: 139 days.
- ``college_first_contacts.csv``: who first wrote to whom on a college's message board, 1,350
  senders: 194 days. Nobody was paid for it.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

__all__ = ["FOLDER", "Edge", "bought", "organic"]

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data"


class Edge(NamedTuple):
    """One account adds one target; time in whole seconds since 1970."""

    time: int
    account: str
    target: str


def bought(folder: Path = FOLDER) -> list[Edge]:
    """The purchased accounts' adds in order of time; OSError where the file is not at hand."""
    return _read(folder / "ghost_stars.csv")


def organic(folder: Path = FOLDER) -> list[Edge]:
    """The lawful stream in order of time; OSError where the file is not at hand."""
    return _read(folder / "college_first_contacts.csv")


def _read(path: Path) -> list[Edge]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return sorted(Edge(int(row["unix_time"]), row["account"], row["target"]) for row in rows)
