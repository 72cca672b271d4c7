"""The second bank that detectors are judged by: valid, complete, repeatable, and no giveaway."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.policy import parse_policy
from tests.command import replay_bank, rows, truth_of
from tests.judging.second_bank import CROWDS, LABELS, main, write_bank
from topics.codec import decode_event
from topics.events import FriendAdded, IdentityVerified
from topics.reference import REFERENCE, decode_row

SEEDS = (1, 2, 3)
MOST_PRECISE = 0.35


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three banks of a hundred staff and thirty days."""
    made = [tmp_path_factory.mktemp(f"second{seed}") for seed in SEEDS]
    for seed, path in zip(SEEDS, made, strict=True):
        write_bank(seed, path, staff=100, days=30)
    return made


def lines_of(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines()


def test_every_line_is_valid_and_truth_covers_exactly_the_pairs_added(banks: list[Path]) -> None:
    for bank in banks:
        events = [decode_event(line) for line in lines_of(bank / "events.jsonl.gz")]
        added = {(e.data.staff_id, e.data.customer_id) for e in events if e.type == "friend.added"}
        assert added == truth_of(bank).keys()
        contents: dict[tuple[str, str], set[tuple[int, str]]] = {}
        for event in events:
            contents.setdefault((event.source, event.id), set()).add((event.time, repr(event.data)))
        assert all(len(copies) == 1 for copies in contents.values())  # copies, no conflicts
        assert len(contents) < len(events)


def test_lines_are_in_order_of_time_but_for_some_late_ones(banks: list[Path]) -> None:
    for bank in banks:
        times = [decode_event(line).time for line in lines_of(bank / "events.jsonl.gz")]
        latest, late = times[0], 0
        for time in times:
            late += time < latest - 1_000_000  # some sources tell whole seconds
            latest = max(latest, time)
        assert 0.001 < late / len(times) < 0.08


def test_reference_rows_and_policy_are_valid(banks: list[Path]) -> None:
    for bank in banks:
        reference = {
            name: [
                decode_row(line, REFERENCE[name])
                for line in lines_of(bank / "reference" / f"{name}.jsonl.gz")
            ]
            for name in ("customers", "staff", "branches")
        }
        assert len(reference["staff"]) == 100
        assert len(reference["customers"]) > 1000
        assert {one.branch_id for one in reference["staff"]} == {  # type: ignore[attr-defined]
            one.branch_id  # type: ignore[attr-defined]
            for one in reference["branches"]
        }
        parse_policy((bank / "policy.toml").read_text())


def test_each_label_and_crowd_is_there_and_fakes_are_few(banks: list[Path]) -> None:
    for bank in banks:
        truth = truth_of(bank).values()
        labels = Counter(row["label"] for row in truth)
        crowds = Counter(row["context"] for row in truth if row["label"] == "organic")
        assert labels.keys() == set(LABELS)
        assert crowds.keys() == CROWDS.keys()
        assert min(labels.values()) >= 10
        assert min(crowds.values()) >= 50
        assert 0.01 <= 1 - labels["organic"] / len(truth) <= 0.05
        assert all((row["pool_id"] == "") == (row["label"] == "organic") for row in truth)


def test_most_bought_accounts_add_several_staff_but_not_all(banks: list[Path]) -> None:
    staff = Counter(
        (number, customer) for number, bank in enumerate(banks) for _, customer in truth_of(bank)
    )
    bought = {
        (number, customer)
        for number, bank in enumerate(banks)
        for (_, customer), row in truth_of(bank).items()
        if row["label"] == "bought_pool"
    }
    assert 0.4 < sum(staff[one] > 1 for one in bought) / len(bought) < 0.95


def values_of(event: Any, home: str | None) -> Iterator[tuple[str, object]]:
    """The categorical values of one friend.added or identity.verified; absent is a value too."""
    data = event.data
    other = None if data.province is None else data.province != home
    hour = (event.time // 3_600_000_000 + 8) % 24
    yield f"{event.type} away", other
    yield f"{event.type} hour", hour
    if isinstance(data, FriendAdded):
        yield "add_way", data.add_way
        yield "channel", data.channel
        yield "account_kind", data.account_kind
        yield "mutual", data.mutual
        yield "seen", (data.ip is None, data.device_id is None)
    elif isinstance(data, IdentityVerified):
        yield "method", data.method
        yield "verified seen", (data.ip is None, data.device_id is None, data.staff_id is None)


def test_no_single_value_of_a_field_gives_fakes_away(banks: list[Path]) -> None:
    fakes: Counter[tuple[str, object]] = Counter()
    all_adds: Counter[tuple[str, object]] = Counter()
    for bank in banks:
        truth = truth_of(bank)
        homes = {
            row["staff_id"]: row["province"]
            for row in map(json.loads, lines_of(bank / "reference" / "staff.jsonl.gz"))
        }
        for line in lines_of(bank / "events.jsonl.gz"):
            event = decode_event(line)
            if event.type not in ("friend.added", "identity.verified"):
                continue
            row = truth.get((event.data.staff_id, event.data.customer_id))
            if row is None:  # a verification that names no staff, or another's
                continue
            for value in values_of(event, homes[event.data.staff_id]):
                all_adds[value] += 1
                fakes[value] += row["label"] != "organic"
    precise = {value: fakes[value] / all_adds[value] for value in all_adds}
    assert {value: share for value, share in precise.items() if share > MOST_PRECISE} == {}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_bank(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        options = ["--seed", str(seed), "--out", str(tmp_path / name), "--staff", "20"]
        main([*options, "--days", "6"])
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*")]
    assert len(files) == 7
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    ours, others = truth_of(tmp_path / "a"), truth_of(tmp_path / "c")
    assert ours.keys().isdisjoint(others.keys())


@pytest.mark.parametrize(("staff", "days"), [(1, 1), (3, 2), (12, 40)])
def test_a_bank_may_be_small(tmp_path: Path, staff: int, days: int) -> None:
    write_bank(7, tmp_path, staff, days)
    added = {
        (event.data.staff_id, event.data.customer_id)
        for event in map(decode_event, lines_of(tmp_path / "events.jsonl.gz"))
        if event.type == "friend.added"
    }
    assert added == truth_of(tmp_path).keys()


def test_a_replay_judges_every_add(tmp_path: Path) -> None:
    write_bank(8, tmp_path, staff=25, days=10)
    db = tmp_path / "bank.duckdb"
    said = replay_bank(tmp_path, db)
    assert said["dead_letters"] == {}
    assert said["lines"] == said["applied"] + said["duplicates"]
    assert set(rows(db, "SELECT staff_id, customer_id FROM adds")) == truth_of(tmp_path).keys()
    assert rows(db, "SELECT count(*) > 20 FROM adds WHERE verdict = 'valid'") == [(True,)]
