"""The definition on its own: literal events in, literal verdicts out, each code with its edges."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.definition.bank import ACCOUNT, MANAGER, NOON, Bank, added, removed, verified
from tests.definition.build import line
from tests.definition.cases import CASES, IP_TABLE, PLACED
from tests.definition.load import load


def test_an_add_without_any_code_is_valid() -> None:
    noon = 1794283200000000
    assert Bank(added(), verified()).rows("FROM d_adds") == [
        ("3a6447e56d855365edcf10a2daebb58f", "S1", "C1", "K1", noon, noon, None, "valid", [], 0.0,
         "default", noon + 30 * 86_400_000_000)
    ]  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_one_add(name: str) -> None:
    events, settings, expected = CASES[name]
    assert Bank(*events, **settings).verdicts() == {"S1/C1": expected}


def test_a_day_begins_at_16_utc() -> None:
    """The add's day picks the policy, its month the last day of the account."""
    customers = [ACCOUNT | {"account_opened_on": "2026-12-01"}]
    policies = [
        'version = "new"\neffective_from = 2026-12-01',
        'version = "old"\neffective_from = 2026-11-20',
    ]
    query = "SELECT policy_version, reasons FROM d_adds"
    before = Bank(added("2026-11-30T15:59:59.999999Z"), verified(), customers=customers,
                  policies=policies)  # fmt: skip
    after = Bank(added("2026-11-30T16:00:00Z"), verified(), customers=customers, policies=policies)
    first = Bank(added("2026-01-01T00:00:00Z"), verified(), customers=customers, policies=policies)
    assert before.rows(query) == [("old", ["no_account"])]
    assert after.rows(query) == [("new", [])]
    assert first.rows(query) == [("old", ["no_account"])]


def test_the_second_add_of_a_customer_is_not_the_first() -> None:
    events = [added(), added(staff="S2"), verified(), removed(NOON)]
    first, second = ("invalid", "removed_early"), ("excluded", "not_first_time", "not_own_customer")
    assert Bank(*events).verdicts() == {"S1/C1": first, "S2/C1": second}
    staff_scope = Bank(*events, policy='[first_time]\nscope = "staff"').verdicts()
    assert staff_scope == {"S1/C1": first, "S2/C1": ("invalid", "not_own_customer")}


def pair(id_: str, staff: str, source: str = "s") -> bytes:
    return line("friend.added", NOON, id_, source=source, staff_id=staff, customer_id="C1",
                add_way=1)  # fmt: skip


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (pair("Z", "S1"), pair("a", "S2")),
        (pair("\uffee", "S1"), pair("\U00020000", "S2")),  # UTF-16 orders these the other way
        (pair("a", "S1", "s"), pair("a", "S2", "s ")),
    ],
)
def test_equal_times_are_ordered_by_id_and_source_by_code_point(
    earlier: bytes, later: bytes
) -> None:
    reasons = "SELECT staff_id, list_contains(reasons, 'not_first_time') FROM d_adds ORDER BY ALL"
    for events in ([earlier, later], [later, earlier]):
        assert Bank(*events).rows(reasons) == [("S1", False), ("S2", True)]


def test_the_earliest_verification_owns_the_bank_customer() -> None:
    found = Bank(
        verified("2026-11-11T00:00:00Z", "C1"), added(),
        verified("2026-11-10T00:00:00Z", "C2"), added("2026-11-12T00:00:00Z", customer="C2"),
        verified("2026-11-09T00:00:00Z", "C3", bank="K2"), verified(customer="C3"),
    )  # fmt: skip
    assert found.verdicts() == {"S1/C1": ("invalid", "duplicate_identity"), "S1/C2": ("valid",)}


def test_a_shared_identity_can_be_allowed() -> None:
    events = [added(), verified("2026-11-11T00:00:00Z"), verified(customer="C2")]
    assert Bank(*events).verdicts() == {"S1/C1": ("invalid", "duplicate_identity")}
    allowed = Bank(*events, policy="allow_shared_identity = true")
    assert allowed.verdicts() == {"S1/C1": ("valid",)}


RATIO_ONLY = """
[verification]
required = false
[out_of_province]
limit = "{}"
"""


def crowd(inside: int, outside: int) -> list[bytes]:
    places = ["广东"] * inside + ["湖南"] * outside
    return [
        added(f"2026-11-10T12:{n // 60:02}:{n % 60:02}+08:00", customer=f"C{n:03}", province=place)
        for n, place in enumerate(places)
    ]


@pytest.mark.parametrize(
    ("inside", "limit", "allowed"),
    [(172, "0.20", 43), (171, "0.20", 42), (4, "0.2", 1), (3, "0.2", 0), (1, "0.5", 1),
     (9, "0", 0), (0, "0.99", 0), (0, "1", 44), (0, "1.5", 44), (7, "0.125", 1), (6, "0.125", 0)],
)  # fmt: skip
def test_out_of_province_adds_up_to_the_limit_are_valid(
    inside: int, limit: str, allowed: int
) -> None:
    found = Bank(*crowd(inside, 44), policy=RATIO_ONLY.format(limit)).verdicts()
    bad = [pair for pair, verdict in found.items() if verdict == ("invalid", "out_of_province")]
    assert sorted(bad) == [f"S1/C{n:03}" for n in range(inside + allowed, inside + 44)]
    assert len(found) == inside + 44


def test_only_adds_of_the_month_without_another_code_count_for_the_province() -> None:
    outside = [added(customer="C1", province="湖南"), verified()]
    inside = [added(customer=f"D{n}", province="广东") for n in range(4)]
    settle = [verified(customer=f"D{n}", bank=f"L{n}") for n in range(4)]
    customers = [ACCOUNT, *(ACCOUNT | {"bank_customer_id": f"L{n}"} for n in range(4))]
    pending = Bank(*outside, *inside, customers=customers).verdicts()
    judged = Bank(*outside, *inside, *settle, customers=customers).verdicts()
    assert pending["S1/C1"] == ("invalid", "out_of_province")
    assert judged["S1/C1"] == ("valid",)
    unknown = Bank(*outside, customers=customers, staff=[MANAGER | {"province": "Guangdong"}])
    assert unknown.verdicts() == {"S1/C1": ("valid",)}


def test_the_first_known_province_counts(tmp_path: Path) -> None:
    table = tmp_path / "ip.csv"
    table.write_text(IP_TABLE)
    with duckdb.connect() as con:
        load(con, PLACED, None, ip_csv=table)
        found = con.execute("SELECT customer_id, province FROM d_adds").fetchall()
    assert dict(found) == {"C1": "上海", "C2": "广东", "C3": "上海", "C4": "北京", "C5": None}
