"""The programs that a replay is measured beside make the same tables of the same bank."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bench.replay.bank import Bank
from bench.replay.duckdb_only import build
from bench.replay.measure import UNDETECTED
from bench.replay.same import differences
from sources.simulate import simulate


def test_without_detectors_a_replay_makes_what_sql_makes(tmp_path: Path) -> None:
    folder, replayed, by_sql = tmp_path / "bank", tmp_path / "r.duckdb", tmp_path / "s.duckdb"
    folder.mkdir()
    made = simulate(seed=3, out=folder, staff=8, customers=1500)
    bank = Bank(folder, 3, 8, 1500, sum(made.events.values()), made.lines)
    build(folder, by_sql)
    command = [*UNDETECTED, "replay", *bank.arguments(), "--db", str(replayed)]
    subprocess.run(command, check=True, capture_output=True)
    found = differences(replayed, by_sql)
    assert found["adds"]["rows"] > 1000
    differ = {name: (one["only_replayed"], one["only_by_sql"]) for name, one in found.items()}
    assert differ["segment_coverage"] == (0, 0)
    # DuckDB's reader takes some of the simulator's bad lines for good ones: some adds more.
    assert all(ours <= 5 and theirs <= 5 for ours, theirs in differ.values()), differ
    assert differ["adds"][0] == 0
