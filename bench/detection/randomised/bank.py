"""A third bank, for detectors' points to be fitted to: every seed is another kind of bank.

    python -m bench.detection.randomised.bank --seed N --out DIR [--staff S] [--days D]

writes events.jsonl.gz, reference/branches|staff|customers.jsonl, policy.toml, ip.csv and truth.csv
(staff_id, customer_id, label, pool_id, context). The same seed gives the same bytes. It is no
command of the product.

The idea is domain randomisation. Simulators with set habits teach their habits; what is wanted are
points that hold on a bank of anybody's assumptions. So each gathering, lawful or bought, comes
from one model with some forty knobs (``knobs.py``). Regions of the knobs have names (``lawful.py``,
``attacks.py``); they are wide, overlap in every knob, and stray. What separates lawful from bought
is how many signs come together (``likeness.py``), not any one of them. And each seed draws its
bank's habits (``habits.py``): which crowds there are and how large, who verifies, writes or leaves,
how many fakes, of which kinds and how well hidden.

An order's adds are fakes also where they go to staff who bought nothing; a bought account's add by
itself is "organic", as everybody's.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from bench.detection.randomised.dice import Dice
from bench.detection.randomised.journal import Journal, write_rows
from bench.detection.randomised.lives import Lives
from bench.detection.randomised.plan import Planned, Planner

__all__ = ["main", "write_bank"]

_COLUMNS = ("staff_id", "customer_id", "label", "pool_id", "context")
_RESIDENTS = 20
_MONTHS = ("2026-04-01", "2026-06-01", "2026-09-01", "2026-11-01")


def write_bank(seed: int, out: Path, staff: int = 150, days: int = 30) -> None:
    """Draws the bank of ``seed`` and writes its files into ``out``, which is made."""
    first = dt.date.fromisoformat(Dice(f"{seed}/month").choice(_MONTHS))
    planner = Planner(seed, staff, days, first)
    journal = Journal(seed, first, days)
    lives = Lives(Dice(f"{seed}/lives"), planner.habits, planner.roster, journal)
    lives.publish(days)
    happened = [
        one for one in sorted(planner.adds(), key=lambda one: one.add.time) if lives.follow(one)
    ]
    planner.book.residents(_RESIDENTS * staff)
    reference = out / "reference"
    reference.mkdir(parents=True, exist_ok=True)
    journal.write(out / "events.jsonl.gz")
    write_rows(reference / "branches.jsonl", planner.roster.branch_rows)
    write_rows(reference / "staff.jsonl", planner.roster.rows())
    write_rows(reference / "customers.jsonl", planner.book.rows)
    (out / "ip.csv").write_text("\n".join(planner.places.rows()) + "\n", encoding="utf-8")
    policy = f'version = "{first:%Y-%m}"\neffective_from = {first}\n'
    (out / "policy.toml").write_text(policy, encoding="utf-8")
    _write_truth(out / "truth.csv", happened)


def _write_truth(path: Path, planned: Sequence[Planned]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for one in planned:
            add, circle = one.add, one.circle
            names = add.desk.id, add.person.customer_id
            writer.writerow((*names, circle.label, circle.pool_id, circle.context))


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the command line, writes a bank."""
    parser = argparse.ArgumentParser(prog="python -m bench.detection.randomised.bank")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--staff", type=int, default=150)
    parser.add_argument("--days", type=int, default=30)
    chosen = parser.parse_args(arguments)
    write_bank(chosen.seed, chosen.out, chosen.staff, chosen.days)


if __name__ == "__main__":
    main()
