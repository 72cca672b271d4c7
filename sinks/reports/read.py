"""Reads rows of the report's temporary tables into the report's classes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

import duckdb

from sinks.reports.model import (
    COUNTS,
    Figures,
    NotCounted,
    Periods,
    Revision,
    Segment,
    StaffRow,
    TrendDay,
    by_count,
)

__all__ = ["Scope", "read_periods", "read_revisions", "read_staff", "read_trend"]


@dataclass(frozen=True, slots=True)
class Scope:
    """The branches that a report is about; none means all. None among them: no branch known."""

    branches: tuple[str | None, ...] = ()

    def condition(self, column: str) -> str:
        """SQL that is true for the scope's rows."""
        return f"list_contains($chosen, coalesce({column}, ''))" if self.branches else "true"

    @property
    def parameters(self) -> dict[str, object]:
        """What `condition` needs."""
        return {"chosen": [branch or "" for branch in self.branches]} if self.branches else {}


def read_periods(
    connection: duckdb.DuckDBPyConnection, key: str, where: str = "true"
) -> dict[str | None, Periods]:
    """The figures and the coverage by an SQL expression over figure, reason and coverage."""
    figures = _read_figures(connection, key, where)
    coverage = _read_coverage(connection, key, where)
    return {
        each: Periods(**figures.get(each, {}), coverage=coverage.get(each, ()))
        for each in figures.keys() | coverage.keys()
    }


def _read_figures(
    connection: duckdb.DuckDBPyConnection, key: str, where: str
) -> dict[str | None, dict[str, Figures]]:
    reasons = _read_reasons(connection, key, where)
    sums = ", ".join(f"sum({name})::BIGINT" for name in COUNTS)
    rows = connection.execute(
        f"SELECT {key} AS key, period, count(*), {sums} FROM figure WHERE {where}"
        " GROUP BY key, period"
    ).fetchall()
    figures: dict[str | None, dict[str, Figures]] = {}
    for each, period, active, *values in rows:
        found = Figures(tuple(values), active, reasons.get((each, period), ()))
        figures.setdefault(each, {})[period] = found
    return figures


def _read_reasons(
    connection: duckdb.DuckDBPyConnection, key: str, where: str
) -> dict[tuple[str | None, str], tuple[NotCounted, ...]]:
    rows = connection.execute(
        f"SELECT {key} AS key, period, code, verdict, sum(n)::BIGINT FROM reason WHERE {where}"
        " GROUP BY ALL ORDER BY key, period"
    ).fetchall()
    return {
        place: by_count(NotCounted(*row[2:]) for row in group)
        for place, group in groupby(rows, lambda row: (row[0], row[1]))
    }


def _read_coverage(
    connection: duckdb.DuckDBPyConnection, key: str, where: str
) -> dict[str | None, tuple[Segment, ...]]:
    rows = connection.execute(
        f"SELECT {key} AS key, segment, sum(customers)::BIGINT, sum(covered)::BIGINT"
        f" FROM coverage WHERE {where} GROUP BY ALL ORDER BY key, segment NULLS LAST"
    ).fetchall()
    return {
        each: tuple(Segment(*row[1:]) for row in group)
        for each, group in groupby(rows, lambda row: row[0])
    }


# Whoever has a row this month, and whoever is known and was at work in it.
_MEMBERS = """
CREATE OR REPLACE TEMP TABLE member AS
SELECT staff_id, s.name,
    CASE WHEN f.staff_id IS NULL THEN s.branch_id ELSE f.branch_id END AS branch_id
FROM (FROM figure WHERE period = 'month') f FULL JOIN staff s USING (staff_id)
WHERE f.staff_id IS NOT NULL
   OR (coalesce(s.active_from <= $day, true)
       AND coalesce(s.active_to >= date_trunc('month', $day), true))
"""


def read_staff(
    connection: duckdb.DuckDBPyConnection, day: date, scope: Scope
) -> tuple[StaffRow, ...]:
    """The staff of the scope's branches, by id."""
    connection.execute(_MEMBERS, {"day": day})
    condition = scope.condition("branch_id")
    members = connection.execute(
        f"SELECT * FROM member WHERE {condition} ORDER BY staff_id", scope.parameters
    ).fetchall()
    if scope.branches:
        connection.execute(f"DELETE FROM member WHERE NOT {condition}", scope.parameters)
    periods = read_periods(connection, "staff_id", "staff_id IN (SELECT staff_id FROM member)")
    return tuple(
        StaffRow(staff_id, name, branch_id, periods.get(staff_id, Periods()))
        for staff_id, name, branch_id in members
    )


# The branch of an add is its staff member's: as now known, in a sealed month as at its seal.
_PLACED_ADDS = """
FROM adds a
LEFT JOIN staff s USING (staff_id)
LEFT JOIN (
    SELECT DISTINCT strftime(day, '%Y-%m') AS month, staff_id, branch_id
    FROM internal.sealed_staff_daily
) p ON p.staff_id = a.staff_id AND p.month = a.month
"""
_PLACE = """
CASE WHEN a.month IN (SELECT month FROM months WHERE sealed_as_of IS NOT NULL)
    THEN p.branch_id ELSE s.branch_id END
"""


def _adds(scope: Scope) -> str:
    return _PLACED_ADDS if scope.branches else "FROM adds a"


def read_trend(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, scope: Scope
) -> tuple[TrendDay, ...]:
    """A row for each day from first to last, days without adds with zeros."""
    rows = connection.execute(
        "SELECT a.day, count(*), count(*) FILTER (a.verdict = 'valid')"
        f" {_adds(scope)} WHERE a.day BETWEEN $first AND $last AND {scope.condition(_PLACE)}"
        " GROUP BY a.day",
        {"first": first, "last": last, **scope.parameters},
    ).fetchall()
    found = {row[0]: TrendDay(*row) for row in rows}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(found.get(day, TrendDay(day, 0, 0)) for day in days)


def read_revisions(
    connection: duckdb.DuckDBPyConnection, day: date, begin: datetime, scope: Scope
) -> tuple[Revision, ...]:
    """How the verdicts on adds made before `day` changed after its beginning, net an add.

    An add's very first verdict is no revision.
    """
    rows = connection.execute(
        "SELECT c.old, c.new, count(*) AS n"
        f" {_adds(scope)} JOIN (SELECT add_id, arg_min(old_verdict, seq) AS old,"
        "   arg_max(new_verdict, seq) AS new FROM verdict_changes"
        "   WHERE old_verdict IS NOT NULL AND as_of >= make_timestamptz($begin::BIGINT)"
        "   GROUP BY add_id"
        " ) c USING (add_id)"
        f" WHERE a.day < $day AND c.old <> c.new AND {scope.condition(_PLACE)}"
        " GROUP BY ALL ORDER BY n DESC, c.old, c.new",
        {"day": day, "begin": int(begin.timestamp() * 1_000_000), **scope.parameters},
    ).fetchall()
    return tuple(Revision(*row) for row in rows)
