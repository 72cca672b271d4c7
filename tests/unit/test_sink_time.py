"""Pending adds turn invalid when *as of* passes their pending_until, in whatever transaction."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.duckdb.database import writing
from sinks.duckdb.stream import apply as applying
from sinks.duckdb.stream.apply import StreamDatabase
from sinks.duckdb.stream.records import Record
from tests.stream_records import KEYED, progress
from tests.unit.test_sink_apply import an_add
from topics.times import format_time, parse_time

BEGIN = parse_time("2026-11-10T00:00:00+08:00")
HOUR = 3_600_000_000

ADD = st.tuples(
    st.sampled_from(["C1", "C2", "C3", "C4"]),
    st.sampled_from(["valid", "pending"]),
    st.integers(0, 6),
)
"""Customer, verdict, hour of pending_until."""

BATCHES = st.lists(
    st.tuples(st.lists(ADD, max_size=3), st.none() | st.integers(0, 7), st.booleans()), max_size=8
)
"""Adds, the hour of *as of*, whether the sink begins anew after it."""


def hour(number: int) -> str:
    return format_time(BEGIN + number * HOUR, 8 * HOUR)


def pending(customer: str, verdict: str, until: int, revision: int) -> Record:
    changes: dict[str, Any] = {"verdict": verdict, "pending_until": hour(until)}
    changes["reasons"] = ["unverified"] if verdict == "pending" else []
    return an_add("S1", customer, "2026-11-01", revision=revision, **changes)


@settings(max_examples=40, deadline=None)
@given(batches=BATCHES)
def test_what_is_overdue_is_invalid_after_every_transaction(
    batches: list[tuple[list[tuple[str, str, int]], int | None, bool]],
) -> None:
    expected: dict[str, tuple[str, int]] = {}
    as_of, revision = -1, 0
    with (
        tempfile.TemporaryDirectory() as folder,
        writing(Path(folder) / "stream.duckdb", "Asia/Shanghai") as connection,
    ):
        sink = StreamDatabase(connection, KEYED)
        for adds, reached, anew in batches:
            records = []
            for customer, verdict, until in adds:
                revision += 1
                records.append(pending(customer, verdict, until, revision))
                expected[customer] = (verdict, until)
            if reached is not None:
                as_of = max(as_of, reached)
                records.append(progress(BEGIN + reached * HOUR))
            sink.apply(records, {})
            found = connection.execute("SELECT customer_id, verdict FROM adds").fetchall()
            assert dict(found) == {
                customer: "invalid" if verdict == "pending" and until < as_of else verdict
                for customer, (verdict, until) in expected.items()
            }
            if anew:
                sink = StreamDatabase(connection, KEYED)


def test_time_is_looked_at_only_where_it_passes_something(tmp_path: Path) -> None:
    with writing(tmp_path / "stream.duckdb", "Asia/Shanghai") as connection:
        sink, looked = StreamDatabase(connection, KEYED), []

        def look(*given: Any) -> None:
            looked.append(given[-1])
            time_passes(*given)

        time_passes = applying.time_passes
        with patch.object(applying, "time_passes", look):
            sink.apply([pending("C1", "pending", 3, 1), pending("C2", "pending", 5, 2)], {})
            for reached in (1, 2, 3, 4, 5, 6, 7):
                sink.apply([progress(BEGIN + reached * HOUR)], {})
        assert looked == [BEGIN + 4 * HOUR, BEGIN + 6 * HOUR]
        assert sink.due is None
