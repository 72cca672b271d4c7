"""The simulator's files, held to the contract."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.core.policy import parse_policy
from sources.simulate import SimulationSummary, simulate
from sources.simulate.command import simulate_command
from sources.simulate.places import PROVINCES
from topics.codec import BadRecord, content_hash, decode_event
from topics.event import Event
from topics.events import EVENT_TYPES
from topics.reference import Branch, Customer, Staff, decode_row

FILES = (
    "events.jsonl.gz",
    "reference/customers.jsonl",
    "reference/staff.jsonl",
    "reference/branches.jsonl",
    "policy.toml",
    "truth.csv",
    "ip.csv",
)
SMALL = {"days": 5, "staff": 45, "customers": 2_000}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SimulationSummary]:
    out = tmp_path_factory.mktemp("month")
    return out, simulate(3, out, days=30, staff=45, customers=9_000)


def lines_of(out: Path) -> list[bytes]:
    return gzip.decompress((out / "events.jsonl.gz").read_bytes()).splitlines()


def read(lines: list[bytes]) -> tuple[dict[tuple[str, str], Event], Counter[str], int]:
    """First copies by (source, id); dead letters by code; duplicates."""
    events: dict[tuple[str, str], Event] = {}
    codes: Counter[str] = Counter()
    duplicates = 0
    for line in lines:
        try:
            event = decode_event(line)
        except BadRecord as bad:
            codes[bad.code] += 1
            continue
        first = events.setdefault((event.source, event.id), event)
        assert event.key == first.key
        if first is not event and content_hash(first) == content_hash(event):
            duplicates += 1
        elif first is not event:
            codes["conflicting_duplicate"] += 1
    return events, codes, duplicates


def test_every_line_is_an_event_a_copy_or_an_intended_dead_letter(
    month: tuple[Path, SimulationSummary],
) -> None:
    out, summary = month
    lines = lines_of(out)
    events, codes, duplicates = read(lines)
    assert len(lines) == summary.lines
    assert dict(codes) == summary.bad_lines
    assert min(codes.values()) >= 2
    assert set(codes) == {
        "bad_json",
        "bad_envelope",
        "unknown_type",
        "bad_time",
        "bad_data",
        "conflicting_duplicate",
    }
    assert duplicates == summary.duplicates > len(lines) * 0.005
    assert len(events) == sum(summary.events.values())


def test_all_fifteen_types_in_a_banks_proportions(month: tuple[Path, SimulationSummary]) -> None:
    _, summary = month
    assert set(summary.events) == set(EVENT_TYPES)
    total = sum(summary.events.values())
    share = {kind: count / total for kind, count in summary.events.items()}
    assert 0.05 <= share["friend.added"] <= 0.15
    assert 0.50 <= share["message.sent"] <= 0.70
    assert 0.02 <= share["identity.verified"] <= 0.08


# Written out here, not taken from the codec: what a good line looks like, field by field.
TEXT, WHOLE, FLAG = str, int, bool
REQUIRED: dict[str, dict[str, type]] = {
    "friend.added": {"staff_id": TEXT, "customer_id": TEXT, "add_way": WHOLE},
    "friend.removed": {"staff_id": TEXT, "customer_id": TEXT, "by": TEXT},
    "friend.transferred": {
        "from_staff_id": TEXT,
        "to_staff_id": TEXT,
        "customer_id": TEXT,
        "result": TEXT,
    },
    "identity.verified": {"customer_id": TEXT, "method": TEXT, "bank_customer_id": TEXT},
    "message.sent": {"staff_id": TEXT, "sender": TEXT, "kind": TEXT},
    "moment.published": {"staff_id": TEXT, "moment_id": TEXT},
    "moment.reacted": {"staff_id": TEXT, "customer_id": TEXT, "moment_id": TEXT, "kind": TEXT},
    "group.joined": {"group_id": TEXT, "staff_id": TEXT, "customer_id": TEXT},
    "group.left": {"group_id": TEXT, "staff_id": TEXT, "customer_id": TEXT},
    "task.assigned": {"task_id": TEXT, "staff_id": TEXT, "kind": TEXT, "assigned_by": TEXT},
    "task.executed": {"task_id": TEXT, "staff_id": TEXT, "status": TEXT},
    "link.opened": {"staff_id": TEXT, "customer_id": TEXT, "link_id": TEXT, "product": TEXT},
    "sale.completed": {
        "staff_id": TEXT,
        "customer_id": TEXT,
        "bank_customer_id": TEXT,
        "product": TEXT,
        "amount_fen": WHOLE,
    },
    "app.activated": {"bank_customer_id": TEXT},
    "customer.active": {"bank_customer_id": TEXT, "kind": TEXT},
}
TIME = re.compile(r"2026-1[01]-\d\dT\d\d:\d\d:\d\d\.\d{3,6}(Z|\+0[08]:00)")


def test_good_lines_have_the_contracts_fields_and_formats(
    month: tuple[Path, SimulationSummary],
) -> None:
    out, _ = month
    for line in lines_of(out)[::3]:
        if not line.startswith(b'{"specversion":"1.0","id":"01M') or b"01M7BAD" in line:
            continue  # bad lines and rewritten copies
        event: dict[str, Any] = json.loads(line)
        data = event["data"]
        assert list(event) == ["specversion", "id", "source", "type", "time", "data"]
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", event["id"])
        assert TIME.fullmatch(event["time"])
        for field, kind in REQUIRED[event["type"]].items():
            assert type(data[field]) is kind
            assert data[field] != ""
        if event["type"] == "message.sent":
            assert "customer_id" in data or "group_id" in data
        assert data.get("province", "广东") in PROVINCES
        assert re.fullmatch(r"\d{12}", data.get("bank_customer_id", "123456789012"))
        assert re.fullmatch(r"wm[0-9a-f]{16}", data.get("customer_id", "wm0123456789abcdef"))


def test_lines_come_in_order_of_arrival_so_some_are_days_late(
    month: tuple[Path, SimulationSummary],
) -> None:
    out, _ = month
    events, _, _ = read(lines_of(out))
    latest, late, very_late = 0, 0, 0
    for event in events.values():
        latest = max(latest, event.time)
        late += latest - event.time > 60_000_000
        very_late += latest - event.time > 86_400_000_000
    assert 0.005 < late / len(events) < 0.03
    assert very_late > 10
    assert len({event.time // 86_400_000_000 for event in events.values()}) in (30, 31)


def test_truth_names_each_pair_once(month: tuple[Path, SimulationSummary]) -> None:
    out, summary = month
    with (out / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pairs = [(row["staff_id"], row["customer_id"]) for row in rows]
    events, _, _ = read(lines_of(out))
    added: set[tuple[str, str]] = {
        (event.data.staff_id, event.data.customer_id)
        for event in events.values()
        if event.type == "friend.added"
    }
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == added
    assert Counter(row["label"] for row in rows) == summary.adds
    assert all((row["label"] == "organic") == (row["pool_id"] == "") for row in rows)


def test_reference_rows_are_readable_but_for_three(month: tuple[Path, SimulationSummary]) -> None:
    out, _ = month
    customers, bad = rows_of(out / "reference" / "customers.jsonl", Customer)
    staff, bad_staff = rows_of(out / "reference" / "staff.jsonl", Staff)
    branches, bad_branches = rows_of(out / "reference" / "branches.jsonl", Branch)
    assert (bad, bad_staff, bad_branches) == (3, 0, 0)
    keys = Counter(row.bank_customer_id for row in customers)
    assert 8_500 < len(keys) < 9_000  # some customers have no row
    assert max(keys.values()) > 1  # and some two
    assert {row.role for row in staff} == {"head", "manager", "teller", "middle_office"}
    for field in ("manager_staff_id", "home_province", "segment", "account_opened_on"):
        missing = sum(getattr(row, field) is None for row in customers)
        assert 0 < missing < len(customers) * 0.15
    assert any(row.employee for row in customers)
    assert any(row.previous_manager_staff_id for row in customers)
    assert {row.branch_id for row in staff} <= {row.branch_id for row in branches}
    assert sum(row.parent_branch_id is None for row in branches) == 1


def rows_of(path: Path, kind: type[Any]) -> tuple[list[Any], int]:
    rows, bad = [], 0
    for line in path.read_bytes().splitlines():
        try:
            rows.append(decode_row(line, kind))
        except BadRecord:
            bad += 1
    return rows, bad


def test_leavers_friends_are_handed_over(month: tuple[Path, SimulationSummary]) -> None:
    out, _ = month
    events, _, _ = read(lines_of(out))
    data: list[Any] = [event.data for event in events.values()]
    moved = [event.data for event in events.values() if event.type == "friend.transferred"]
    results = {one.result for one in moved}
    ways = {one.add_way for one in data if hasattr(one, "add_way")}
    assert "success" in results
    assert {201, 202} <= ways
    assert any(getattr(one, "by", "") == "transfer" for one in data)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Also in another process with another hash seed."""
    simulate(5, tmp_path / "a", SMALL["days"], SMALL["staff"], SMALL["customers"])
    options = [f"--{name}={value}" for name, value in SMALL.items()]
    code = "from sources.simulate.command import simulate_command; simulate_command()"
    command = [sys.executable, "-c", code, "--seed=5", f"--out={tmp_path / 'b'}", *options]
    subprocess.run(
        command, check=True, capture_output=True, env=os.environ | {"PYTHONHASHSEED": "9"}
    )
    simulate(6, tmp_path / "c", SMALL["days"], SMALL["staff"], SMALL["customers"])
    for name in FILES:
        one, again, other = ((tmp_path / run / name).read_bytes() for run in "abc")
        assert one == again
        assert (one == other) == (name in ("ip.csv", "policy.toml"))


def test_the_gzip_header_holds_no_name_and_no_time(month: tuple[Path, SimulationSummary]) -> None:
    header = (month[0] / "events.jsonl.gz").read_bytes()[:8]
    assert header == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"


def test_the_policy_is_valid_and_the_default(month: tuple[Path, SimulationSummary]) -> None:
    policy = parse_policy((month[0] / "policy.toml").read_text(encoding="utf-8"))
    assert policy.version == "2026-11-v1"
    assert str(policy.effective_from) == "2026-11-01"
    assert policy.keep_days == 7


@pytest.mark.parametrize(("days", "staff", "customers"), [(1, 4, 0), (2, 5, 9)])
def test_the_smallest_banks_work(tmp_path: Path, days: int, staff: int, customers: int) -> None:
    done: list[tuple[int, int]] = []

    def note(now: int, whole: int) -> None:
        done.append((now, whole))

    summary = simulate(1, tmp_path, days, staff, customers, progress=note)
    _, codes, _ = read(lines_of(tmp_path))
    assert sum(codes.values()) == sum(summary.bad_lines.values())
    assert done == [(day + 1, days) for day in range(days)]


@pytest.mark.parametrize(
    ("days", "staff", "customers"), [(0, 9, 9), (367, 9, 9), (1, 3, 9), (1, 9, -1)]
)
def test_impossible_sizes_are_refused(
    tmp_path: Path, days: int, staff: int, customers: int
) -> None:
    with pytest.raises(ValueError, match="at least 4 staff"):
        simulate(1, tmp_path, days, staff, customers)


def test_the_command_prints_what_it_wrote(tmp_path: Path) -> None:
    options = ["--seed=5", f"--out={tmp_path / 'new' / 'folder'}", "--days=1", "--staff=8"]
    result = CliRunner().invoke(simulate_command, [*options, "--customers=100"])
    assert result.exit_code == 0
    printed = json.loads(result.stdout.splitlines()[-1])
    summary = simulate(5, tmp_path / "again", days=1, staff=8, customers=100)
    assert printed == asdict(summary)


@pytest.mark.parametrize(
    "options", [[], ["--seed=x", "--out=a"], ["--seed=1", "--out=a", "--days=0"], ["--seeds=1"]]
)
def test_wrong_use_exits_with_2(options: list[str]) -> None:
    assert CliRunner().invoke(simulate_command, options).exit_code == 2
