"""Reads one day's report from a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from pipeline.core.errors import WrongUse
from sinks.reports.database import reading
from sinks.reports.fill import Period, create_tables, fill
from sinks.reports.model import BranchRow, Figures, Periods, Report, add_segments
from sinks.reports.read import Scope, read_periods, read_revisions, read_staff, read_trend

__all__ = ["NO_BRANCH", "read_report"]

NO_BRANCH = ""
"""Chooses the staff whose branch is not known; no branch can have an empty id."""

TREND_DAYS = 30


def read_report(
    db: Path, day: date, branches: Sequence[str] = (), *, staff: bool = False
) -> Report:
    """The report of `day` (a day of the bank's zone) for the bank or for these branches.

    staff: read the staff's rows too, at a bank of 50,000 many megabytes. WrongUse: a day after
    *as of*, a branch that nothing in the database names, or no database of truefriend's.
    TruefriendError: the file cannot be read.
    """
    with reading(db) as connection:
        state = _read_state(connection)
        state.check(day)
        chosen = tuple(dict.fromkeys(branch or None for branch in branches))
        _check_known(connection, chosen)
        sealed = _fill_periods(connection, day)
        return _assemble(connection, day, state, Scope(chosen), sealed, staff)


@dataclass(frozen=True, slots=True)
class _State:
    as_of: datetime | None
    timezone: str

    def check(self, day: date) -> None:
        if self.as_of is not None and day > self.as_of.date():
            raise WrongUse(
                f"{day} is later than what the database knows: its as of is"
                f" {self.as_of:%Y-%m-%d %H:%M} ({self.timezone})."
                f" Ask for {self.as_of.date()} or an earlier day."
            )

    def begin(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.timezone))


def _read_state(connection: duckdb.DuckDBPyConnection) -> _State:
    row = connection.execute("SELECT epoch_us(as_of), timezone FROM report_state").fetchone()
    micros, timezone = row or (None, None)
    timezone = timezone or "Asia/Shanghai"
    if micros is None:
        return _State(None, timezone)
    epoch = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
    as_of = (epoch + timedelta(microseconds=micros)).astimezone(ZoneInfo(timezone))
    return _State(as_of, timezone)


_KNOWN = """
SELECT branch_id FROM branches UNION SELECT branch_id FROM staff
UNION SELECT branch_id FROM internal.sealed_staff_daily
"""


def _check_known(connection: duckdb.DuckDBPyConnection, chosen: Sequence[str | None]) -> None:
    if not chosen:
        return
    known = {row[0] for row in connection.execute(_KNOWN).fetchall()}
    for branch in chosen:
        if branch is not None and branch not in known:
            raise WrongUse(
                f"There is no branch {branch!r}: neither the branches, nor the staff, nor any"
                " counted day names it. Run the report without --branch to see them all."
            )


def _fill_periods(connection: duckdb.DuckDBPyConnection, day: date) -> bool:
    """Fills the tables for the day, the day before and the month; is the day's month sealed?"""
    rows = connection.execute("SELECT month FROM months WHERE sealed_as_of IS NOT NULL").fetchall()
    sealed = {month for (month,) in rows}
    before = _earlier(day, 1)
    create_tables(connection)
    for name, first, last in (
        ("day", day, day),
        ("before", before, before),
        ("month", day.replace(day=1), day),
    ):
        fill(connection, Period(name, first, last, f"{last:%Y-%m}" in sealed))
    return f"{day:%Y-%m}" in sealed


def _assemble(
    connection: duckdb.DuckDBPyConnection,
    day: date,
    state: _State,
    scope: Scope,
    sealed: bool,
    staff: bool,
) -> Report:
    bank = read_periods(connection, "'bank'").get("bank", Periods())
    branches = _read_branches(connection, scope)
    first = _earlier(day, TREND_DAYS - 1)
    return Report(
        date=day,
        as_of=state.as_of,
        timezone=state.timezone,
        sealed=sealed,
        chosen=scope.branches,
        bank=bank,
        total=_total(branches) if scope.branches else bank,
        branches=branches,
        staff=read_staff(connection, day, scope) if staff else (),
        trend=read_trend(connection, first, day, scope),
        revisions=read_revisions(connection, day, state.begin(day), scope),
    )


def _read_branches(connection: duckdb.DuckDBPyConnection, scope: Scope) -> tuple[BranchRow, ...]:
    periods = read_periods(connection, "branch_id")
    names = dict(connection.execute("SELECT branch_id, name FROM branches").fetchall())
    keys = scope.branches
    if not keys:
        query = "SELECT DISTINCT branch_id FROM staff WHERE branch_id IS NOT NULL"
        of_staff = {row[0] for row in connection.execute(query).fetchall()}
        every = of_staff | names.keys() | periods.keys()
        keys = tuple(sorted(every, key=lambda branch: (branch is None, branch or "")))
    return tuple(BranchRow(key, names.get(key), periods.get(key, Periods())) for key in keys)


def _total(branches: Sequence[BranchRow]) -> Periods:
    parts = [branch.periods for branch in branches]
    return Periods(
        Figures.total(part.day for part in parts),
        Figures.total(part.before for part in parts),
        Figures.total(part.month for part in parts),
        add_segments(segment for part in parts for segment in part.coverage),
    )


def _earlier(day: date, days: int) -> date:
    """So many days before, or the first day there is."""
    return date.fromordinal(max(1, day.toordinal() - days))
