"""Reads all that explains one add's verdict: its row, policy, history, case and late events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import duckdb

from pipeline.core.calendar import Calendar
from pipeline.core.ids import add_id
from pipeline.core.policy import DEFAULT_POLICY, parse_policy
from topics.times import format_time

__all__ = ["Explained", "read_explained"]

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Explained:
    """One add. ``add`` is its row with facts and evidence decoded; ``policy`` the values that
    judged it, by dotted key; times are RFC 3339 texts in the bank's zone. ``sealed_as_of`` is None
    while its month is open, ``case`` where nobody decided it. ``signals`` are those that name it.
    """

    add: Row
    policy: Row
    changes: list[Row]
    case: Row | None
    late: list[Row]
    as_of: str | None
    timezone: str
    sealed_as_of: str | None

    @property
    def sealed(self) -> bool:
        return self.sealed_as_of is not None


def read_explained(
    connection: duckdb.DuckDBPyConnection, staff_id: str, customer_id: str
) -> Explained | None:
    """The add of this pair; None where the database has no row of it."""
    state = connection.execute("SELECT as_of, timezone FROM main.report_state").fetchone()
    as_of, timezone = state if state else (None, "UTC")
    reader = _Reader(connection, Calendar(timezone))
    one = add_id(staff_id, customer_id)
    found = reader.rows("SELECT * FROM main.adds WHERE add_id = ?", one)
    if not found:
        return None
    add = found[0]
    add["facts"], add["evidence"] = json.loads(add["facts"]), json.loads(add["evidence"])
    changes = reader.rows(
        "SELECT * EXCLUDE (add_id) FROM main.verdict_changes WHERE add_id = ? ORDER BY seq", one
    )
    for change in changes:
        change["cause"] = reader.cause(change["cause"])
    cases = reader.rows("SELECT * FROM main.cases WHERE add_id = ?", one)
    sealed = reader.rows("SELECT sealed_as_of FROM main.months WHERE month = ?", add["month"])
    return Explained(
        add=add,
        policy={**_policy(connection, add["policy_version"]), **add["facts"]["policy"]},
        changes=changes,
        case=cases[0] if cases else None,
        late=reader.rows("SELECT * FROM main.late_events WHERE add_id = ? ORDER BY seq", one),
        as_of=reader.text(as_of),
        timezone=timezone,
        sealed_as_of=sealed[0]["sealed_as_of"] if sealed else None,
    )


class _Reader:
    """Rows as dictionaries, times as texts in the bank's zone."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, calendar: Calendar) -> None:
        self._connection = connection
        self._calendar = calendar

    def rows(self, query: str, *values: str) -> list[Row]:
        result = self._connection.execute(query, list(values))
        names = [column[0] for column in result.description]
        return [
            {name: self.text(value) for name, value in zip(names, row, strict=True)}
            for row in result.fetchall()
        ]

    def text(self, value: Any) -> Any:
        """Times and days as text, anything else as it is."""
        if hasattr(value, "timestamp"):
            return self._time(_microseconds(value))
        return value.isoformat() if hasattr(value, "isoformat") else value

    def cause(self, cause: str | None) -> Row:
        """The cause of a change; an event's time as text."""
        found: Row = json.loads(cause) if cause else {}
        event = found.get("event")
        if event is not None:
            event["time"] = self._time(event["time"])
        return found

    def _time(self, time_us: int) -> str:
        return format_time(time_us, self._calendar.offset(time_us))


def _microseconds(value: Any) -> int:
    """Whole microseconds since 1970 of an aware datetime, exactly."""
    seconds = int(value.replace(microsecond=0).timestamp())
    return seconds * 1_000_000 + int(value.microsecond)


def _policy(connection: duckdb.DuckDBPyConnection, version: str) -> Row:
    row = connection.execute("SELECT toml FROM main.policies WHERE version = ?", [version])
    found = row.fetchone()
    return (parse_policy(found[0], version) if found else DEFAULT_POLICY).values()
