"""The views for people, read by plain DuckDB."""

from pathlib import Path

import duckdb
import pytest

from tests.report_database import small_bank

VIEWS = (
    "adds_named", "month_to_date", "not_counted", "verified_friends_by_segment",
    "detector_precision",
)  # fmt: skip


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_bank(tmp_path_factory.mktemp("views") / "bank.duckdb")


def rows(bank: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(bank), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_adds_named(bank: Path) -> None:
    query = "SELECT customer_id, staff_name, branch_name FROM adds_named WHERE staff_id = 'S1'"
    assert rows(bank, query + " AND customer_id = 'c1'") == [("c1", "张伟", "广州天河支行")]
    assert rows(bank, "SELECT count(*) FROM adds_named") == [(12,)]


def test_month_to_date(bank: Path) -> None:
    query = (
        "SELECT month, staff_id, branch_id, raw, counted, pending, invalid, fake, excluded,"
        " messages_sent, reward_paid_fen, reward_wasted_fen, reward_undecided_fen"
        " FROM month_to_date WHERE staff_id IN ('S1', 'S3') ORDER BY ALL"
    )
    assert rows(bank, query) == [
        ("2026-10", "S3", "B2", 1, 1, 0, 0, 0, 0, 0, 100, 0, 0),
        ("2026-11", "S1", "B1", 4, 3, 1, 0, 0, 0, 20, 400, 0, 100),
        ("2026-11", "S3", "B2", 3, 1, 0, 1, 0, 1, 3, 300, 200, 0),
    ]


def test_not_counted(bank: Path) -> None:
    assert rows(bank, "FROM not_counted ORDER BY staff_id, code") == [
        ("2026-11", "B1", "S1", "unverified", "pending", 1),
        ("2026-11", "B1", "S2", "fake_lockstep", "fake", 1),
        ("2026-11", "B1", "S2", "out_of_province", "invalid", 1),
        ("2026-11", "B2", "S3", "not_first_time", "excluded", 1),
        ("2026-11", "B2", "S3", "removed_early", "invalid", 1),
        ("2026-11", None, "X9", "no_account", "invalid", 1),
    ]


def test_verified_friends_by_segment(bank: Path) -> None:
    assert rows(bank, "FROM verified_friends_by_segment") == [("B1", "广州天河支行", "gold", 1, 1)]


def test_each_view_says_what_it_holds(bank: Path) -> None:
    query = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NOT NULL"
    assert {row[0] for row in rows(bank, query)} >= set(VIEWS)
