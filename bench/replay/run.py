"""Measures `truefriend replay` beside DuckDB-only SQL that makes the same tables of the same file.

    python -m bench.replay.run --events 1000000 [--runs 5]

In turn, A B C … A B C …, each a process of its own from start to end: a replay on two cores with
two shards, one pinned to a single core with one shard, both again without detectors, which is what
DuckDB alone on two cores does too. Machines are noisy, so the ratio of runs side by side counts.
Writes bench/results/replay-1m.json (by size).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.replay.bank import BUILD, ROOT, Bank, make_bank
from bench.replay.measure import TRUEFRIEND, UNDETECTED, Usage, machine, measure, spread
from bench.replay.same import differences

RESULTS = ROOT / "bench" / "results"


@dataclass(frozen=True)
class Case:
    """A command over the bank, its database's file under build/bench."""

    name: str
    cores: int
    command: list[str]
    db: Path


def main() -> None:
    """Reads the command line, measures, writes and prints the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    bank = make_bank(options.events)
    out = options.out or RESULTS / f"replay-{_size(options.events)}.json"
    started = machine()
    cases = _cases(bank)
    databases = {case.name: case.db for case in cases}
    usages = _in_turn(cases, options.runs, bank.events)
    results = {
        "kind": "replay",
        "size": _size(options.events),
        "machine": started,
        "bank": bank.as_json(),
        "runs": options.runs,
        "cases": {case.name: _figures(case, usages[case.name], bank.events) for case in cases},
        "ratios": {
            case.name: _ratio(usages[case.name], usages["duckdb_only"]) for case in cases[:-1]
        },
        "rows_that_differ": differences(databases["two_cores_rules"], databases["duckdb_only"]),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=2, ensure_ascii=False) + "\n"
    out.write_text(text, encoding="utf-8")
    print(text, end="")


def _cases(bank: Bank) -> list[Case]:
    BUILD.mkdir(parents=True, exist_ok=True)
    return [
        _replay("two_cores", bank, 2, TRUEFRIEND),
        _replay("one_core", bank, 1, TRUEFRIEND),
        _replay("two_cores_rules", bank, 2, UNDETECTED),
        _replay("one_core_rules", bank, 1, UNDETECTED),
        _duckdb_only(bank),
    ]


def _replay(name: str, bank: Bank, cores: int, program: list[str]) -> Case:
    db = BUILD / f"{name}.duckdb"
    shards = ["--shards", str(cores)]
    command = [*program, "replay", *bank.arguments(), "--db", str(db), *shards]
    return Case(name, cores, command, db)


def _duckdb_only(bank: Bank) -> Case:
    db = BUILD / "duckdb_only.duckdb"
    places = ["--bank", str(bank.folder), "--db", str(db)]
    return Case("duckdb_only", 2, [sys.executable, "-m", "bench.replay.duckdb_only", *places], db)


def _in_turn(cases: Sequence[Case], runs: int, events: int) -> dict[str, list[Usage]]:
    usages: dict[str, list[Usage]] = {case.name: [] for case in cases}
    for number in range(runs):
        for case in cases:
            case.db.unlink(missing_ok=True)
            usage = measure(case.command, case.cores)
            usages[case.name].append(usage)
            rate = events / usage.wall_seconds
            print(f"{number + 1}/{runs} {case.name}: {rate:,.0f} events/s", file=sys.stderr)
    return usages


def _figures(case: Case, usages: list[Usage], events: int) -> dict[str, Any]:
    return {
        "cores": case.cores,
        "events_per_second": spread([events / one.wall_seconds for one in usages], 0),
        "wall_seconds": spread([one.wall_seconds for one in usages]),
        "cpu_seconds": spread([one.cpu_seconds for one in usages]),
        "peak_mib": spread([one.peak_mib for one in usages], 0),
        "database_bytes": case.db.stat().st_size,
        "each_wall_seconds": [round(one.wall_seconds, 3) for one in usages],
    }


def _ratio(ours: list[Usage], theirs: list[Usage]) -> dict[str, float]:
    """Our rate to DuckDB's, run by run."""
    pairs = zip(ours, theirs, strict=True)
    return spread([other.wall_seconds / one.wall_seconds for one, other in pairs], 3)


def _size(events: int) -> str:
    return f"{events // 1_000_000}m" if events >= 1_000_000 else f"{events // 1000}k"


if __name__ == "__main__":
    main()
