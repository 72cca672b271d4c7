"""Simulated banks, row by row against the definition, and worked on in other ways."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pipeline.replay.options import ReplayOptions
from pipeline.replay.run import replay
from sources.simulate import simulate
from tests.definition.compare import compare
from tests.promise import promised


def check(tmp_path: Path, seed: int, staff: int, days: int) -> None:
    bank = tmp_path / "bank"
    simulate(seed, bank, days=days, staff=staff, customers=staff * 100)
    events, db = bank / "events.jsonl.gz", tmp_path / "bank.duckdb"
    lines = gzip.decompress(events.read_bytes()).split(b"\n")
    half = tmp_path / "half.jsonl"
    half.write_bytes(b"\n".join(lines[: len(lines) // 2]) + b"\n")
    policy, ip_table = bank / "policy.toml", bank / "ip.csv"

    def run(inputs: list[Path], database: Path, shards: int) -> None:
        replay(
            ReplayOptions(
                inputs,
                bank / "reference",
                database,
                policies=[policy],
                ip_table=ip_table,
                shards=shards,
            )
        )

    run([events], db, 1)
    policies = [policy.read_text(encoding="utf-8")]
    assert compare(db, lines, bank / "reference", policies, None, ip_table) == []
    again = tmp_path / "again.duckdb"
    run([half], again, 7)
    run([events], again, 4)
    assert promised(again) == promised(db)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_simulated_bank_agrees_with_the_definition(tmp_path: Path, seed: int) -> None:
    check(tmp_path, seed, staff=12, days=30)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(21, 27))
def test_larger_simulated_banks_agree_with_the_definition(tmp_path: Path, seed: int) -> None:
    check(tmp_path, seed, staff=120, days=30)
