"""No field, code or hour is only a fake's or only a lawful add's, over a few seeds."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sources.simulate import simulate
from sources.simulate.attacks import KINDS
from sources.simulate.places import PROVINCES
from topics.codec import BadRecord, decode_event
from topics.event import Event

SEEDS = (21, 22, 23, 24)
MINUTE = 60_000_000
DAY = 1440 * MINUTE


@dataclass
class Add:
    """One add with what followed it."""

    fake: bool
    time: int  # microseconds
    data: Any
    verified: str = ""  # method
    province: str | None = None  # the add's, else the verification's
    messages: int = 0
    removed: int = -1  # microseconds after the add


@dataclass
class Bank:
    adds: dict[tuple[str, str], Add] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> list[Bank]:
    return [_bank(seed, tmp_path_factory.mktemp(f"bank{seed}"), 14, 140) for seed in SEEDS]


@pytest.fixture(scope="module")
def big_banks(tmp_path_factory: pytest.TempPathFactory) -> list[Bank]:
    return [_bank(seed, tmp_path_factory.mktemp(f"big{seed}"), 30, 600) for seed in SEEDS[:3]]


def _bank(seed: int, out: Path, days: int, staff: int) -> Bank:
    bank = Bank()
    simulate(seed, out, days, staff, customers=staff * 200)
    events = _events(gzip.decompress((out / "events.jsonl.gz").read_bytes()).splitlines())
    with (out / "truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            bank.labels[row["label"]] += 1
            pair = (row["staff_id"], row["customer_id"])
            bank.adds[pair] = Add(row["label"] != "organic", 0, None)
    verified: dict[str, Any] = {}
    for event in events:
        data: Any = event.data
        if event.type == "identity.verified":
            verified.setdefault(data.customer_id, data)
            continue
        add = bank.adds.get((getattr(data, "staff_id", ""), getattr(data, "customer_id", "")))
        if add is not None:
            _note(add, event)
    for (_, customer), add in bank.adds.items():
        form = verified.get(customer)
        add.verified = form.method if form else ""
        add.province = add.data.province or (form.province if form else None)
    return bank


def _note(add: Add, event: Event) -> None:
    if event.type == "friend.added" and add.data is None:
        add.time, add.data = event.time, event.data
    elif event.type == "message.sent":
        add.messages += 1
    elif event.type == "friend.removed" and add.data is not None:
        add.removed = event.time - add.time


def _events(lines: list[bytes]) -> list[Event]:
    events = []
    for line in lines:
        try:
            events.append(decode_event(line))
        except BadRecord:
            continue
    return sorted(events, key=lambda event: (event.time, event.id))


def _address_kind(add: Add) -> str:
    ip = add.data.ip
    if ip is None:
        return "none"
    return "mobile" if ":" in ip else "carrier" if ip.startswith("100.") else "line"


FIELDS: dict[str, Callable[[Add], object]] = {
    "add_way": lambda add: add.data.add_way,
    "channel": lambda add: add.data.channel,
    "province": lambda add: add.province if add.province in PROVINCES else None,
    "address": _address_kind,
    "device": lambda add: add.data.device_id is None,
    "account_kind": lambda add: add.data.account_kind,
    "mutual": lambda add: add.data.mutual,
    "hour": lambda add: add.time // (60 * MINUTE) % 24,
    "verified": lambda add: add.verified,
    "any message": lambda add: add.messages > 0,
    "removed early": lambda add: 0 <= add.removed <= 7 * DAY,
    "removed at once": lambda add: 0 <= add.removed <= 10 * MINUTE,
}


@pytest.mark.parametrize("name", FIELDS)
def test_every_usual_value_occurs_among_both(banks: list[Bank], name: str) -> None:
    """Values so rare that a few hundred fakes may miss them are left to the test below."""
    counts = _counts(banks, FIELDS[name])
    assert len(counts) > 1
    for value, (lawful, fake) in counts.items():
        assert lawful > 0, value
        assert fake > 0 or lawful < 250, value


@pytest.mark.full
@pytest.mark.parametrize("name", FIELDS)
def test_every_value_occurs_among_both(big_banks: list[Bank], name: str) -> None:
    for value, (lawful, fake) in _counts(big_banks, FIELDS[name]).items():
        assert lawful > 0, value
        assert fake > 0, value


@pytest.mark.parametrize("name", FIELDS)
def test_no_single_value_is_a_good_rule(banks: list[Bank], name: str) -> None:
    """Of adds with one value of one field, most are lawful."""
    for value, (lawful, fake) in _counts(banks, FIELDS[name]).items():
        assert fake / (lawful + fake) < 0.35, value


def _counts(banks: list[Bank], value_of: Callable[[Add], object]) -> dict[object, tuple[int, int]]:
    lawful: Counter[object] = Counter()
    fake: Counter[object] = Counter()
    for bank in banks:
        for add in bank.adds.values():
            (fake if add.fake else lawful)[value_of(add)] += 1
    return {value: (lawful[value], fake[value]) for value in lawful | fake}


@pytest.mark.parametrize(
    ("name", "most"), [("staff of a customer", 3), ("accounts of a device", 3), ("burst", 10)]
)
def test_no_single_counter_is_a_good_rule(banks: list[Bank], name: str, most: int) -> None:
    """Crowds reach the counts that attacks reach."""
    lawful = fake = 0
    for bank in banks:
        for add, count in _counted(bank, name):
            if count >= most:
                lawful, fake = lawful + (not add.fake), fake + add.fake
    assert fake > 0
    assert fake / (lawful + fake) < 0.6


def _counted(bank: Bank, name: str) -> list[tuple[Add, int]]:
    groups: defaultdict[object, set[str]] = defaultdict(set)
    keys: list[tuple[Add, object]] = []
    for (staff, customer), add in bank.adds.items():
        key: object = {
            "staff of a customer": customer,
            "accounts of a device": add.data.device_id or customer,
            "burst": (staff, add.time // (10 * MINUTE)),
        }[name]
        groups[key].add(staff if name == "staff of a customer" else customer)
        keys.append((add, key))
    return [(add, len(groups[key])) for add, key in keys]


def test_fakes_are_few_and_differ_from_seed_to_seed(banks: list[Bank]) -> None:
    shares, mixes = [], set()
    for bank in banks:
        fakes = {label: count for label, count in bank.labels.items() if label != "organic"}
        shares.append(sum(fakes.values()) / bank.labels.total())
        mixes.add(tuple(sorted(fakes.items())))
    assert all(0.008 < share < 0.07 for share in shares)
    assert max(shares) > 1.3 * min(shares)
    assert len(mixes) == len(SEEDS)
    assert {label for mix in mixes for label, _ in mix} == set(KINDS)
