"""Seals a month: its rows freeze, what was pending counts as invalid for good.

Months are sealed in order, each once *as of* has passed its last microsecond. What only an open
month needs (counts by day, remembered message ids, who wrote to whom) is dropped with it; adds and
verifications stay, for they decide what later adds are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

from pipeline.core.calendar import Calendar, month_text, parse_month
from pipeline.core.errors import TruefriendError, WrongUse
from sinks.duckdb.forget import forget_through
from sinks.duckdb.state import Notes

__all__ = [
    "SealError",
    "SealRefused",
    "Sealed",
    "check_ended",
    "check_order",
    "parse_sealable",
    "seal",
]


class SealError(TruefriendError):
    """The month cannot be sealed yet although it was rightly asked for. ``month`` is 2026-11."""

    def __init__(self, message: str, *, month: str = "") -> None:
        super().__init__(message)
        self.month = month


class SealRefused(WrongUse):
    """The month is none that can be sealed now. ``month`` is 2026-11."""

    def __init__(self, message: str, *, month: str = "") -> None:
        super().__init__(message)
        self.month = month


@dataclass(frozen=True, slots=True)
class Sealed:
    """What sealing ``month`` did: its adds by verdict, how many pending ones became invalid, its
    rows of staff_daily. ``already`` True: it was sealed before and nothing was done.
    """

    month: str
    already: bool = False
    expired: int = 0
    adds: dict[str, int] = field(default_factory=dict)
    staff_days: int = 0


def seal(connection: duckdb.DuckDBPyConnection, month: str) -> Sealed:
    """Seals the month (2026-11) in one transaction; SealError, or WrongUse where it cannot be.

    A month before one that is sealed is sealed as well: an event in it is late.
    """
    number = parse_sealable(month)
    if number <= _sealed_through(connection):
        return Sealed(month, already=True)
    as_of = _check(connection, number)
    connection.execute("BEGIN")
    expired = _expire_pending(connection, month, as_of)
    staff_days = _freeze_days(connection, month)
    forget_through(connection, number, Notes(connection).get("epoch", 0))
    connection.execute("DELETE FROM months WHERE month = ?", [month])
    connection.execute("INSERT INTO months VALUES (?, make_timestamptz(?))", [month, as_of])
    connection.execute("COMMIT")
    adds = connection.execute(
        "SELECT verdict, count(*) FROM adds WHERE month = ? GROUP BY ALL ORDER BY ALL", [month]
    ).fetchall()
    return Sealed(month, expired=expired, adds=dict(adds), staff_days=staff_days)


def parse_sealable(month: str) -> int:
    """The month's number; SealRefused for what is no month."""
    try:
        number = parse_month(month)
    except ValueError:
        number = None
    if number is None or month_text(number) != month:
        raise SealRefused(f"{month} is no month: give one as 2026-11.", month=month)
    return number


def _sealed_through(connection: duckdb.DuckDBPyConnection) -> int:
    found = connection.execute("SELECT max(month) FROM months WHERE sealed_as_of IS NOT NULL")
    row = found.fetchone()
    return parse_month(row[0]) if row and row[0] else -1


def _check(connection: duckdb.DuckDBPyConnection, number: int) -> int:
    """*As of*, in microseconds, of a database whose month can be sealed now."""
    month = month_text(number)
    if Notes(connection).get("unfinished") is not None:
        raise SealError(
            "A replay into this database was stopped before its end. Run it again to finish it, "
            f"then seal {month}.",
            month=month,
        )
    row = connection.execute("SELECT epoch_us(as_of), timezone FROM report_state").fetchone()
    as_of, timezone = row if row else (None, "UTC")
    reached = check_ended(number, as_of, Calendar(timezone))
    found = connection.execute("SELECT month FROM months WHERE sealed_as_of IS NULL").fetchall()
    check_order(number, [parse_month(one) for (one,) in found], _sealed_through(connection))
    return reached


def check_ended(number: int, as_of: int | None, calendar: Calendar) -> int:
    """*As of*, in microseconds; SealRefused where it has not passed the month's end."""
    month = month_text(number)
    if as_of is None:
        raise SealRefused(
            f"There is no event yet, so {month} has not ended: give its events first.",
            month=month,
        )
    if as_of < calendar.end_of_month(number):
        raise SealRefused(
            f"{month} has not ended: as of is {calendar.text(as_of)}. Seal "
            "it once the events of its last day are in, or replay with --as-of at its end.",
            month=month,
        )
    return as_of


def check_order(number: int, with_events: Iterable[int], sealed_through: int) -> None:
    """SealRefused where an earlier month that has events is open."""
    first = min((one for one in with_events if sealed_through < one < number), default=None)
    if first is not None:
        raise SealRefused(
            f"Months are sealed in order and {month_text(first)} is still open. Seal it first: "
            f"truefriend close --month {month_text(first)}, with the same other options.",
            month=month_text(number),
        )


def _expire_pending(connection: duckdb.DuckDBPyConnection, month: str, as_of: int) -> int:
    notes = Notes(connection)
    epoch = notes.get("epoch", 0) + 1
    notes.set("epoch", epoch)
    connection.execute(
        """
        CREATE TEMP TABLE expired AS
        SELECT add_id, reasons, row_number() OVER (ORDER BY add_id) AS n,
            ? * 4294967296 + row_number() OVER (ORDER BY add_id) AS revision
        FROM adds WHERE month = ? AND verdict = 'pending'
        """,
        [epoch, month],
    )
    connection.execute(
        """
        INSERT INTO verdict_changes
        SELECT (SELECT coalesce(max(seq), 0) FROM verdict_changes) + n, add_id, revision,
            json_object('month', ?), 'pending', 'invalid', reasons, reasons, make_timestamptz(?)
        FROM expired
        """,
        [month, as_of],
    )
    connection.execute(
        "UPDATE adds SET verdict = 'invalid', revision = e.revision FROM expired e "
        "WHERE adds.add_id = e.add_id"
    )
    row = connection.execute("SELECT count(*) FROM expired").fetchone()
    connection.execute("DROP TABLE expired")
    return int(row[0]) if row else 0


def _freeze_days(connection: duckdb.DuckDBPyConnection, month: str) -> int:
    """Copies the month's staff_daily, with each staff member's branch as it is now."""
    days = "day >= make_date(?, ?, 1) AND day < make_date(?, ?, 1) + INTERVAL 1 MONTH"
    year, number = int(month[:4]), int(month[5:])
    bounds = [year, number, year, number]
    connection.execute(
        f"CREATE TEMP TABLE frozen AS SELECT * FROM staff_daily WHERE {days}", bounds
    )
    row = connection.execute("SELECT count(*) FROM frozen").fetchone()
    connection.execute("INSERT INTO internal.sealed_staff_daily BY NAME SELECT * FROM frozen")
    connection.execute(f"DELETE FROM internal.rolling WHERE {days}", bounds)
    connection.execute("DROP TABLE frozen")
    return int(row[0]) if row else 0
