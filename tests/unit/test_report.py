"""The report's figures: literal rows into the real schema, literal figures out."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.core.errors import TruefriendError, WrongUse
from sinks.reports import read_report, render
from tests.report_database import DAY, SHANGHAI, Database, database, small_bank

NO_ACTIVITY = {
    "removed": 0, "messages_sent": 0, "messages_received": 0, "customers_wrote": 0,
    "customers_answered": 0, "moments": 0, "adverts": 0, "reactions": 0, "groups_joined": 0,
    "links_opened": 0, "tasks_assigned": 0, "tasks_executed": 0, "sales": 0, "amount_fen": 0,
    "interest_income_fen": 0, "fee_income_fen": 0,
}  # fmt: skip
NOTHING = {
    "adds": 0, "valid": 0, "pending": 0, "invalid": 0, "fake": 0, "excluded": 0, "fake_any": 0,
    "verified": 0, **NO_ACTIVITY, "not_counted": [],
    "province": {"in": 0, "out": 0, "unknown": 0},
    "reward": {"paid_fen": 0, "wasted_fen": 0, "undecided_fen": 0},
}  # fmt: skip


def as_dict(db: Path, day: date = DAY, *branches: str) -> dict[str, Any]:
    report = read_report(db, day, branches, staff=True)
    loaded: dict[str, Any] = json.loads(render(report, "json", "zh"))
    return loaded


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_bank(tmp_path_factory.mktemp("report") / "bank.duckdb")


def test_a_staff_member_in_full(bank: Path) -> None:
    (row,) = [row for row in as_dict(bank)["staff"] if row["staff_id"] == "S1"]
    day = {
        "adds": 3, "valid": 2, "pending": 1, "invalid": 0, "fake": 0, "excluded": 0,
        "fake_any": 0, "verified": 2, **NO_ACTIVITY, "removed": 1, "messages_sent": 20,
        "messages_received": 8, "sales": 1, "amount_fen": 500000,
        "not_counted": [{"code": "unverified", "verdict": "pending", "adds": 1}],
        "province": {"in": 1, "out": 1, "unknown": 0},
        "reward": {"paid_fen": 300, "wasted_fen": 0, "undecided_fen": 100},
    }  # fmt: skip
    before = {
        **NOTHING, "adds": 1, "valid": 1, "verified": 1,
        "province": {"in": 1, "out": 0, "unknown": 0},
        "reward": {"paid_fen": 100, "wasted_fen": 0, "undecided_fen": 0},
    }  # fmt: skip
    month = {
        **day, "adds": 4, "valid": 3, "verified": 3,
        "province": {"in": 2, "out": 1, "unknown": 0},
        "reward": {"paid_fen": 400, "wasted_fen": 0, "undecided_fen": 100},
    }  # fmt: skip
    assert row == {
        "staff_id": "S1", "name": "张伟", "branch_id": "B1", **day,
        "before": before, "month": month,
        "coverage": [
            {"segment": "gold", "customers": 3, "covered": 2},
            {"segment": None, "customers": 1, "covered": 0},
        ],
    }  # fmt: skip


def test_the_bank_and_its_branches(bank: Path) -> None:
    report = as_dict(bank)
    assert report["date"] == "2026-11-20"
    assert report["as_of"] == "2026-11-20T22:30:00+08:00"
    assert report["timezone"] == "Asia/Shanghai"
    names = ("adds", "valid", "pending", "invalid", "fake", "excluded", "fake_any", "verified")
    assert [report["bank"][name] for name in names] == [8, 3, 1, 2, 1, 1, 2, 6]
    assert [report["bank"]["month"][name] for name in names] == [11, 5, 1, 3, 1, 1, 2, 9]
    assert report["bank"]["province"] == {"in": 1, "out": 2, "unknown": 1}
    assert report["bank"]["reward"] == {"paid_fen": 800, "wasted_fen": 400, "undecided_fen": 100}
    assert [
        (row["branch_id"], row["name"], row["adds"], row["valid"], row["staff_active"])
        for row in report["branches"]
    ] == [("B1", "广州天河支行", 5, 2, 2), ("B2", "深圳南山支行", 2, 1, 2), (None, None, 1, 0, 1)]
    assert [row["staff_id"] for row in report["staff"]] == ["S1", "S2", "S3", "S4", "X9"]
    assert report["revisions"] == [{"old_verdict": "pending", "new_verdict": "valid", "adds": 1}]


def test_a_branch_keeps_the_banks_figures_beside_its_own(bank: Path) -> None:
    report = as_dict(bank, DAY, "B2")
    assert report["bank"] == as_dict(bank)["bank"]
    assert [row["branch_id"] for row in report["branches"]] == ["B2"]
    assert [row["staff_id"] for row in report["staff"]] == ["S3", "S4"]
    assert report["trend"][-1] == {"day": "2026-11-20", "adds": 2, "valid": 1}
    assert report["trend"][0] == {"day": "2026-10-22", "adds": 0, "valid": 0}
    assert report["revisions"] == []


def test_staff_without_a_branch_can_be_chosen(bank: Path) -> None:
    report = as_dict(bank, DAY, "")
    assert [row["staff_id"] for row in report["staff"]] == ["X9"]
    assert report["branches"][0]["branch_id"] is None


def test_a_day_without_events_gives_zeros(bank: Path) -> None:
    report = as_dict(bank, date(2026, 9, 10))
    assert report["bank"] == {
        "staff_active": 0, **NOTHING, "before": {"staff_active": 0, **NOTHING},
        "month": {"staff_active": 0, **NOTHING},
        "coverage": [
            {"segment": "gold", "customers": 4, "covered": 3},
            {"segment": None, "customers": 1, "covered": 0},
        ],
    }  # fmt: skip
    assert {row["branch_id"] for row in report["branches"]} == {"B1", "B2"}


def test_a_database_without_events(tmp_path: Path) -> None:
    with database(tmp_path / "empty.duckdb") as empty:
        empty.as_of(None)
    report = as_dict(tmp_path / "empty.duckdb")
    assert report["as_of"] is None
    assert report["bank"]["adds"] == 0
    for form in ("html", "text", "json"):
        for language in ("zh", "en"):
            assert render(read_report(tmp_path / "empty.duckdb", DAY), form, language)


def test_the_days_are_the_banks(tmp_path: Path) -> None:
    """Half past midnight in Shanghai is the day before in UTC."""
    with database(tmp_path / "night.duckdb") as bank:
        bank.as_of(datetime(2026, 11, 21, 0, 30, tzinfo=SHANGHAI))
    assert as_dict(tmp_path / "night.duckdb", date(2026, 11, 21))["bank"]["adds"] == 0


def test_figures_are_the_sums_of_the_views(bank: Path) -> None:
    report = as_dict(bank)
    with duckdb.connect(str(bank), read_only=True) as connection:
        rows = connection.execute("FROM branch_daily WHERE day = ?", [DAY])
        names = [column[0] for column in rows.description or []]
        expected = {row[1]: dict(zip(names[2:], row[2:], strict=True)) for row in rows.fetchall()}
    found = {row["branch_id"]: row for row in report["branches"]}
    assert expected == {key: {name: found[key][name] for name in names[2:]} for key in expected}


def seal_october(bank: Database) -> None:
    bank.branch("B1", "老支行")
    bank.branch("B2", "新支行")
    bank.staff("S1", "B1")
    bank.add("S1", "c1", day=date(2026, 10, 31))
    bank.add("S1", "c2", date(2026, 10, 31), "invalid", ("unverified",), verified=False)
    bank.rolling("S1", day=date(2026, 10, 31), messages_sent=4)
    bank.seal("2026-10")
    bank.connection.execute("UPDATE staff SET branch_id = 'B2'")


def test_a_sealed_month_keeps_its_branch(tmp_path: Path) -> None:
    db = tmp_path / "sealed.duckdb"
    with database(db) as bank:
        seal_october(bank)
    report = as_dict(db, date(2026, 10, 31))
    assert report["month_sealed"] is True
    (old,) = [row for row in report["branches"] if row["branch_id"] == "B1"]
    assert (old["adds"], old["valid"], old["messages_sent"]) == (2, 1, 4)
    assert old["not_counted"] == [{"code": "unverified", "verdict": "invalid", "adds": 1}]
    assert report["staff"][0]["branch_id"] == "B1"
    assert as_dict(db, date(2026, 10, 31), "B1")["trend"][-1]["adds"] == 2
    assert as_dict(db, date(2026, 11, 1), "B2")["branches"][0]["before"]["adds"] == 0


def test_revisions_are_net_and_of_earlier_adds(tmp_path: Path) -> None:
    db = tmp_path / "revised.duckdb"
    noon = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)
    with database(db) as bank:
        back = bank.add("S1", "c1", day=DAY - timedelta(days=3))
        bank.change(back, "valid", "invalid", noon)
        bank.change(back, "invalid", "valid", noon)
        today = bank.add("S1", "c2")
        bank.change(today, "pending", "valid", noon)
        first = bank.add("S1", "c3", day=DAY - timedelta(days=3))
        bank.change(first, None, "valid", noon)
        lost = bank.add("S1", "c4", DAY - timedelta(days=3), "invalid", ("removed_early",))
        bank.change(lost, "valid", "invalid", noon)
    assert as_dict(db)["revisions"] == [
        {"old_verdict": "valid", "new_verdict": "invalid", "adds": 1}
    ]


def test_wrong_uses_say_what_to_do(bank: Path, tmp_path: Path) -> None:
    said = r"2026-11-21 is later than .*: its as of is 2026-11-20 22:30"
    with pytest.raises(WrongUse, match=said):
        read_report(bank, date(2026, 11, 21))
    with pytest.raises(WrongUse, match="There is no branch 'B9'"):
        read_report(bank, DAY, ["B9"])
    with pytest.raises(WrongUse, match="There is no database"):
        read_report(tmp_path / "missing.duckdb", DAY)
    with duckdb.connect(str(tmp_path / "other.duckdb")) as other:
        other.execute("CREATE TABLE adds (a INTEGER)")
    with pytest.raises(WrongUse, match="not one of truefriend's"):
        read_report(tmp_path / "other.duckdb", DAY)
    (tmp_path / "text").write_text("text" * 5000)
    with pytest.raises(WrongUse, match="is not a DuckDB database"):
        read_report(tmp_path / "text", DAY)


def test_a_damaged_file_is_said_to_be(bank: Path, tmp_path: Path) -> None:
    content = bytearray(bank.read_bytes())
    content[12288:] = bytes(len(content) - 12288)
    (tmp_path / "damaged.duckdb").write_bytes(content)
    with pytest.raises(TruefriendError, match="may be damaged"):
        read_report(tmp_path / "damaged.duckdb", DAY)


def test_reading_leaves_nothing_behind(bank: Path) -> None:
    before = sorted(path.name for path in bank.parent.iterdir())
    read_report(bank, DAY, staff=True)
    assert sorted(path.name for path in bank.parent.iterdir()) == before
