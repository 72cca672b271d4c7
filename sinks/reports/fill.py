"""Fills the report's temporary tables: each period of adds is read once, whole columns at a time.

The views of the database would give the same rows, but they aggregate all days before they
filter; here only the period's days are read.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from sinks.reports.model import ADD_COUNTS, COUNTS, PROVINCE_COUNTS, ROLLING_COUNTS

__all__ = ["Period", "create_tables", "fill"]


@dataclass(frozen=True, slots=True)
class Period:
    """Days first to last (both included) of one month; sealed: that month is."""

    name: str
    first: date
    last: date
    sealed: bool


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the temporary tables figure, reason and coverage."""
    text = Path(__file__).with_name("figures.sql").read_text(encoding="utf-8")
    connection.execute(text.format(counts=", ".join(f"{name} BIGINT" for name in COUNTS)))


def fill(connection: duckdb.DuckDBPyConnection, period: Period) -> None:
    """Adds the rows of one period to figure and reason."""
    days = {"period": period.name, "first": period.first, "last": period.last}
    connection.execute(_SEALED if period.sealed else _OPEN, days)
    connection.execute(_REASONS, days)


def _sums(names: tuple[str, ...]) -> str:
    return ", ".join(f"coalesce(sum({name}), 0)::BIGINT AS {name}" for name in names)


_ADDS = """
    SELECT a.staff_id, count(*) AS adds,
        count(*) FILTER (verdict = 'valid') AS valid,
        count(*) FILTER (verdict = 'pending') AS pending,
        count(*) FILTER (verdict = 'invalid') AS invalid,
        count(*) FILTER (verdict = 'fake') AS fake,
        count(*) FILTER (verdict = 'excluded') AS excluded,
        count(*) FILTER (len(list_filter(reasons, lambda r: starts_with(r, 'fake_'))) > 0)
            AS fake_any,
        count(verified_at) AS verified,
        count(*) FILTER (passed AND a.province = s.province) AS province_in,
        count(*) FILTER (passed AND a.province <> s.province) AS province_out,
        count(*) FILTER (passed AND (a.province IS NULL OR s.province IS NULL))
            AS province_unknown
    FROM (
        SELECT *, verdict = 'valid' OR (verdict = 'invalid' AND reasons[1] = 'out_of_province')
            AS passed
        FROM adds WHERE day BETWEEN $first AND $last
    ) a LEFT JOIN staff s USING (staff_id)
    GROUP BY a.staff_id
"""

_OPEN = f"""
INSERT INTO figure
SELECT $period, f.staff_id, any_value(s.branch_id), {_sums(COUNTS)}
FROM (
    FROM ({_ADDS})
    UNION ALL BY NAME
    SELECT staff_id, {", ".join(ROLLING_COUNTS)} FROM internal.rolling
    WHERE day BETWEEN $first AND $last
) f LEFT JOIN staff s USING (staff_id)
GROUP BY f.staff_id
"""

# A sealed month's counts stand in their own table, with the branch of the day of the seal.
_SEALED = f"""
INSERT INTO figure
SELECT $period, staff_id, any_value(branch_id), {_sums(COUNTS)}
FROM (
    SELECT staff_id, branch_id, {", ".join(ADD_COUNTS + ROLLING_COUNTS)}
    FROM internal.sealed_staff_daily WHERE day BETWEEN $first AND $last
    UNION ALL BY NAME
    SELECT staff_id, {", ".join(PROVINCE_COUNTS)} FROM ({_ADDS})
)
GROUP BY staff_id
"""

_REASONS = """
INSERT INTO reason
SELECT $period, a.staff_id, any_value(f.branch_id), a.reasons[1] AS code, a.verdict, count(*)
FROM adds a LEFT JOIN figure f ON f.staff_id = a.staff_id AND f.period = $period
WHERE a.day BETWEEN $first AND $last AND a.verdict <> 'valid'
GROUP BY a.staff_id, code, a.verdict
"""
