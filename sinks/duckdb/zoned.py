"""Rows of a database as dictionaries, with times as texts in the bank's zone."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from pipeline.core.calendar import Calendar

__all__ = ["Row", "ZonedReader"]

Row = dict[str, Any]


class ZonedReader:
    """``as_of`` is None while the database holds no event."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        state = connection.execute("SELECT as_of, timezone FROM main.report_state").fetchone()
        as_of, self.timezone = state if state else (None, "UTC")
        self._calendar = Calendar(self.timezone)
        self.as_of: str | None = self.text(as_of)

    def rows(self, query: str, *values: Any) -> list[Row]:
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
        return self._calendar.text(time_us)


def _microseconds(value: Any) -> int:
    """Whole microseconds since 1970 of an aware datetime, exactly."""
    seconds = int(value.replace(microsecond=0).timestamp())
    return seconds * 1_000_000 + int(value.microsecond)
