"""The comparison itself: what it says about equal, changed, missing and surplus rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.definition.bank import added, removed, verified
from tests.definition.compare import compare
from tests.definition.load import load

EVENTS = [added(), verified(), removed("2026-11-11T00:00:00Z")]
AS_IT_SHOULD_BE = """
CREATE TABLE adds AS SELECT * REPLACE (
    make_timestamptz(added_at) AS added_at, make_timestamptz(verified_at) AS verified_at,
    make_timestamptz(pending_until) AS pending_until) FROM d_adds;
CREATE TABLE staff_daily AS FROM d_staff_daily;
CREATE TABLE branch_daily AS FROM d_branch_daily;
CREATE TABLE segment_coverage AS FROM d_segment_coverage;
ALTER TABLE signals ALTER window_start TYPE TIMESTAMPTZ USING make_timestamptz(window_start);
"""


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("SELECT 1", []),
        (
            "UPDATE adds SET verdict = 'valid', reasons = []",
            [
                "adds {staff_id: S1, customer_id: C1}: verdict should be 'invalid', is 'valid', "
                "reasons should be ('removed_early', 'no_account', 'not_own_customer'), is ()"
            ],
        ),
        (
            "UPDATE adds SET pending_until = pending_until + INTERVAL 1 MICROSECOND",
            [
                "adds {staff_id: S1, customer_id: C1}: pending_until should be 1796875200000000, "
                "is 1796875200000001"
            ],
        ),
        (
            "DELETE FROM branch_daily WHERE day = '2026-11-11'; INSERT INTO segment_coverage "
            "VALUES ('S1', NULL, NULL, 1, 0)",
            [
                "branch_daily: missing {day: 2026-11-11, branch_id: None, staff_active: 1, adds: 0",
                "segment_coverage: not defined {manager_staff_id: S1, segment: None, "
                "branch_id: None, customers: 1, covered: 0}",
            ],
        ),
        (
            "INSERT INTO adds FROM adds",
            ["adds: not defined {add_id: 3a6447e56d855365edcf10a2daebb58f, staff_id: S1"],
        ),
    ],
)
def test_differences(tmp_path: Path, change: str, difference: list[str]) -> None:
    with duckdb.connect() as con:
        load(con, EVENTS, None)
        con.execute(AS_IT_SHOULD_BE)
        con.execute(change)
        found = compare(con, EVENTS, None)
    assert len(found) == len(difference)
    for got, expected in zip(found, difference, strict=True):
        assert got.startswith(expected)


def test_a_database_is_opened_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    with duckdb.connect(str(path)) as con:
        load(con, EVENTS, None)
        con.execute(AS_IT_SHOULD_BE)
    assert compare(path, EVENTS, None) == []
    assert compare(path, EVENTS[:2], None) != []
