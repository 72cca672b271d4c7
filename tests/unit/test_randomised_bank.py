"""The randomised banks that points are fitted to: repeatable, valid, and of many kinds."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from bench.detection.randomised.attacks import ATTACKS, HIDING
from bench.detection.randomised.bank import main, write_bank
from bench.detection.randomised.dice import Dice
from bench.detection.randomised.habits import Habits
from bench.detection.randomised.knobs import GENERAL, drawn
from bench.detection.randomised.lawful import LAWFUL, ROUTINE
from pipeline.core.policy import parse_policy
from tests.command import replay_bank, rows, truth_of
from topics.codec import decode_event
from topics.reference import REFERENCE, decode_row

SEEDS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four of a hundred staff."""
    made = [tmp_path_factory.mktemp(f"randomised{seed}") for seed in SEEDS]
    for seed, path in zip(SEEDS, made, strict=True):
        write_bank(seed, path, staff=100)
    return made


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        main(["--seed", seed, "--out", str(tmp_path / name), "--staff", "8", "--days", "6"])
    files = [one.relative_to(tmp_path / "a") for one in (tmp_path / "a").rglob("*.*")]
    assert len(files) == 7
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert truth_of(tmp_path / "a").keys().isdisjoint(truth_of(tmp_path / "c").keys())


def test_every_line_is_valid_and_truth_covers_exactly_the_pairs_added(banks: list[Path]) -> None:
    for bank in banks:
        lines = gzip.decompress((bank / "events.jsonl.gz").read_bytes()).splitlines()
        events = [decode_event(line) for line in lines]
        times = [event.time for event in events]
        assert times == sorted(times)
        assert len({(event.source, event.id) for event in events}) == len(events)
        added = {(e.data.staff_id, e.data.customer_id) for e in events if e.type == "friend.added"}
        assert added == truth_of(bank).keys()


def test_reference_rows_and_policy_are_valid(banks: list[Path]) -> None:
    for bank in banks:
        found = {
            name: [
                decode_row(line, REFERENCE[name])
                for line in (bank / "reference" / f"{name}.jsonl").read_bytes().splitlines()
            ]
            for name in ("customers", "staff", "branches")
        }
        assert len(found["staff"]) == 100
        assert len(found["customers"]) > 1000
        branches = {one.branch_id for one in found["branches"]}  # type: ignore[attr-defined]
        assert {one.branch_id for one in found["staff"]} <= branches  # type: ignore[attr-defined]
        parse_policy((bank / "policy.toml").read_text())


def test_banks_have_all_labels_and_kinds_among_them(banks: list[Path]) -> None:
    truth = [row for bank in banks for row in truth_of(bank).values()]
    labels = Counter(row["label"] for row in truth)
    contexts = Counter(row["context"] for row in truth if row["label"] == "organic")
    assert labels.keys() == {"organic", *ATTACKS}
    assert {row["context"] for row in truth if row["label"] != "organic"} == HIDING.keys()
    assert contexts.keys() <= {"routine", *LAWFUL}
    assert len(contexts) > 12
    assert 0.3 < 1 - contexts["routine"] / labels["organic"] < 0.65
    assert all((row["pool_id"] == "") == (row["label"] == "organic") for row in truth)


def test_a_replay_judges_every_add(tmp_path: Path) -> None:
    write_bank(8, tmp_path, staff=20, days=10)
    db = tmp_path / "bank.duckdb"
    said = replay_bank(tmp_path, db)
    assert said["dead_letters"] == {}
    assert said["lines"] == said["applied"]
    assert set(rows(db, "SELECT staff_id, customer_id FROM adds")) == truth_of(tmp_path).keys()
    assert rows(db, "SELECT count(*) FROM dead_letters") == [(0,)]
    assert rows(db, "SELECT count(*) > 20 FROM adds WHERE verdict = 'valid'") == [(True,)]


@pytest.mark.parametrize(("staff", "days"), [(1, 1), (2, 3), (9, 40)])
def test_a_bank_may_be_small(tmp_path: Path, staff: int, days: int) -> None:
    for seed in range(5):
        write_bank(seed, tmp_path / str(seed), staff, days)


def test_no_region_names_a_knob_that_there_is_not() -> None:
    for region in (ROUTINE, *LAWFUL.values(), *ATTACKS.values()):
        assert region.keys() <= GENERAL.keys()


def test_shares_stay_shares_whatever_the_bank_is_like() -> None:
    dice = Dice("shares")
    for region in (ROUTINE, *LAWFUL.values(), *ATTACKS.values()):
        knobs = drawn(dice, region, Habits.draw(dice).tilts, GENERAL, 0.2)
        assert all(
            0 <= getattr(knobs, name) <= 1
            for name, one in GENERAL.items()
            if type(one).__name__ == "Share"
        )
