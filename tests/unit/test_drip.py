"""Slow-drip pools of a database: one alert for a pool, whatever order its adds come in."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.detectors.drip import SPAN, united
from pipeline.core.detectors.pools import DRIP
from pipeline.core.ids import add_id
from pipeline.replay import settle
from sinks.duckdb.drip import changed_drips
from sinks.duckdb.signals import store_alerts
from tests.database_maker import Database, added
from tests.definition import peel as definition
from tests.report_database import SCHEMA, SHANGHAI

CUSTOMERS = [f"C{number:02}" for number in range(20)]
STAFF = ["S1", "S2", "S3", "S4"]


def pool(days: int = 6, staff: list[str] = STAFF, **data: object) -> list[bytes]:
    return [
        added(one, customer, f"2026-11-{3 + number % days:02}", **data)
        for number, customer in enumerate(CUSTOMERS)
        for one in staff
    ]


POOL = pool()
OTHERS = [
    added(f"S{number % 7}", f"O{number}", f"2026-11-{1 + number % 25:02}") for number in range(60)
]
HASTY = [
    added(one, f"H{number}", "2026-11-05") for number in range(20) for one in ("T1", "T2", "T3")
]
"""A pool of another kind: all at once."""

AFTER = "2026-11-20T00:00:00+08:00"
ALERTS = f"""
    SELECT key, severity, status, started_at, ended_at, summary_en, evidence
    FROM alerts WHERE starts_with(key, '{DRIP}')
"""


@pytest.fixture
def bank(tmp_path: Path) -> Database:
    return Database(tmp_path)


def test_a_pool_that_comes_slowly_is_one_alert(bank: Database) -> None:
    bank.replay(*POOL, *OTHERS)
    ((key, severity, status, started, ended, summary, evidence),) = bank.rows(ALERTS)
    assert key.startswith("drip ")
    assert (severity, status) == ("warning", "resolved")  # the last event is of the 25th
    assert started == dt.datetime(2026, 11, 3, 12, tzinfo=SHANGHAI)
    assert ended == dt.datetime(2026, 11, 9, 12, tzinfo=SHANGHAI)
    assert summary == (
        "Perhaps a slow-drip pool: 20 customers added the same 4 staff over days, 80 adds"
    )
    assert json.loads(evidence) == {
        "adds": 80, "customers": 20, "members": CUSTOMERS, "staff": 4, "staff_ids": STAFF,
    }  # fmt: skip


def test_it_is_no_verdict_and_no_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody looks for drips, nothing is missing but the alert."""
    looked, not_looked = Database(tmp_path / "looked"), Database(tmp_path / "not")
    events = [*POOL, *OTHERS, *HASTY]
    looked.replay(*events)
    monkeypatch.setattr(settle, "changed_drips", lambda *_: {})
    not_looked.replay(*events)
    assert (len(looked.rows(ALERTS)), len(not_looked.rows(ALERTS))) == (1, 0)
    for query in (
        "FROM adds ORDER BY ALL",
        "FROM signals ORDER BY ALL",
        f"FROM alerts WHERE NOT starts_with(key, '{DRIP}') ORDER BY ALL",
    ):
        assert looked.rows(query) == not_looked.rows(query) != []


def test_any_split_and_order_gives_the_same_alert(tmp_path: Path) -> None:
    together = Database(tmp_path / "together")
    together.replay(*POOL, *OTHERS)
    apart = Database(tmp_path / "apart")
    events = [*POOL, *OTHERS]
    random.Random(7).shuffle(events)
    apart.replay(*events[:50])
    apart.replay(*events[50:90], *events[:10], shards=2)
    apart.replay(*events[90:])
    assert apart.rows(ALERTS) == together.rows(ALERTS) != []


@pytest.mark.parametrize(
    "events",
    [
        [one for one in POOL if b"C19" not in one],
        pool(days=2),
        pool(staff=STAFF[:2]),
        pool(add_way=202),
    ],
    ids=["nineteen customers", "two days", "two staff", "assigned by an administrator"],
)
def test_what_is_no_drip(bank: Database, events: list[bytes]) -> None:
    bank.replay(*events, *OTHERS)
    assert bank.rows(ALERTS) == []


def test_only_complete_days_count(bank: Database) -> None:
    bank.replay(*POOL, as_of="2026-11-08T23:59:59+08:00")
    assert bank.rows("SELECT max(day) FROM internal.drip_days") == [(dt.date(2026, 11, 7),)]
    customers = bank.rows(
        "SELECT evidence->>'$.customers' FROM alerts WHERE starts_with(key, 'dr')"
    )
    assert customers == []  # those who come on the 8th are needed
    bank.replay(OTHERS[24], as_of=AFTER)
    assert len(bank.rows(ALERTS)) == 1


def test_dismissed_adds_are_lawful(bank: Database) -> None:
    bank.replay(*POOL, *OTHERS)
    decision = {"decision": "dismissed", "by": "wang", "at": AFTER, "note": "one firm"}
    cases = [{"add_id": add_id(staff, "C00"), **decision} for staff in STAFF]
    bank.replay(cases=cases)
    assert bank.rows(ALERTS) == []


def test_a_sealed_months_pool_stays(bank: Database) -> None:
    december = added("S1", "D1", "2026-12-02")
    bank.replay(*POOL, *OTHERS, december)
    before = bank.rows(ALERTS)
    bank.close("2026-11")
    bank.replay(*(added(staff, "C20", "2026-11-09") for staff in STAFF))
    assert bank.rows(ALERTS) == before != []


EVENTS = st.lists(
    st.tuples(st.integers(0, 23), st.integers(0, 3), st.integers(0, 40)), min_size=60, max_size=140
)


@given(events=EVENTS, whole=st.integers(0, 21), cuts=st.lists(st.integers(0, 45), max_size=4))
@settings(deadline=None, max_examples=30)
def test_touched_days_are_looked_at_again(
    events: list[tuple[int, int, int]], whole: int, cuts: list[int]
) -> None:
    """Adds come in any order while time passes: at the end it is as if all were looked at once."""
    first = dt.date(2026, 10, 1)
    adds = {(f"C{c:02}", f"S{s}"): day for c, s, day in events}
    adds |= {(f"C{c:02}", f"S{s}"): (c * s) % 9 for c in range(whole) for s in range(4)}
    rows = [
        (add_id(staff, customer), staff, customer, first + dt.timedelta(days=day))
        for (customer, staff), day in adds.items()
    ]
    steps = sorted(cuts) or [0]
    with duckdb.connect() as con:
        con.execute((SCHEMA / "schema.sql").read_text(encoding="utf-8"))
        con.execute("INSERT INTO report_state VALUES (NULL, 'Asia/Shanghai', 1)")
        for number, day in enumerate([*steps, 45]):
            for row in rows[number :: len(steps) + 1]:
                con.execute(
                    "INSERT INTO adds BY NAME SELECT $1 AS add_id, $2 AS staff_id, "
                    "$3 AS customer_id, $4::DATE AS day, $4::TIMESTAMPTZ AS added_at",
                    row,
                )
            as_of = dt.datetime.combine(first, dt.time(8), SHANGHAI) + dt.timedelta(days=day)
            store_alerts(con, changed_drips(con, int(as_of.timestamp() * 1e6)))
        found = con.execute(
            "SELECT evidence->>'$.customers', evidence->>'$.staff_ids' FROM alerts"
        ).fetchall()
        assert changed_drips(con, int(as_of.timestamp() * 1e6)) == {}
    drips = []
    for last in range(45):
        span: dict[tuple[str, str], list[int]] = {}
        for edge, day in adds.items():
            if last - SPAN < day <= last:
                span.setdefault(edge, []).append(day)
        drips += definition.drips(span)
    pools = [
        (str(len(customers)), json.dumps(staff, separators=(",", ":")))
        for customers, staff in united(drips)
    ]
    assert sorted(found) == sorted(pools)
