"""Slow-drip pools of the adds in the database: looked for anew on the days that were touched.

The peel looks at all staff and customers at once, so no worker that has one key's rows can do it:
the database has the adds. What is found is a pure function of ``adds``, ``cases``, ``months`` and
*as of*. Of every complete day of open months its span's digest and drips are kept; a day whose
span's adds are others than before is looked at again. Days of sealed months stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

import duckdb
import pyarrow as pa

from pipeline.core.calendar import Calendar, day_of, day_to_date, last_day_of, parse_month
from pipeline.core.detectors.drip import SPAN, drips_of, united
from pipeline.core.detectors.members import HANDED_OVER
from pipeline.core.detectors.peel import OF_CUSTOMER, Edge, core
from pipeline.core.detectors.pools import DRIP, AlertFound, drip_alert

__all__ = ["changed_drips"]

Days = dict[int, list[Edge]]
"""Bank day to the edges added on it."""

_ADDS = f"""
    SELECT customer_id, staff_id, added_at, day FROM adds
    WHERE coalesce(add_way, 0) NOT IN {HANDED_OVER}
        AND add_id NOT IN (SELECT add_id FROM cases WHERE decision = 'dismissed')
"""


def changed_drips(
    connection: duckdb.DuckDBPyConnection, as_of: int | None
) -> dict[str, AlertFound | None]:
    """Fingerprint to the alerts that are others than those in the table; None: it is no more.

    Keeps what was found of each day; the caller's transaction is open.
    """
    if as_of is not None:
        _look_again(connection, _last_complete(connection, as_of))
    wanted = {alert.fingerprint: alert for alert in _pools(connection)}
    there = _alerts(connection)
    changed: dict[str, AlertFound | None] = dict.fromkeys(there.keys() - wanted.keys())
    return changed | {name: one for name, one in wanted.items() if there.get(name) != one}


def _last_complete(connection: duckdb.DuckDBPyConnection, as_of: int) -> int:
    row = connection.execute("SELECT timezone FROM report_state").fetchone()
    return Calendar(row[0] if row else "UTC").day(as_of) - 1


def _look_again(connection: duckdb.DuckDBPyConnection, last: int) -> None:
    first = _first_open(connection)
    digests = _span_digests(connection, first, last)
    known = dict(
        connection.execute(
            "SELECT day, digest FROM internal.drip_days WHERE day >= ?", [day_to_date(first)]
        ).fetchall()
    )
    gone = [date for date in known if day_of(date) not in digests]
    touched = [day for day, digest in digests.items() if known.get(day_to_date(day)) != digest]
    if not touched and not gone:
        return
    for table in ("drip_days", "drips"):
        connection.execute(
            f"DELETE FROM internal.{table} WHERE list_contains(?, day)",
            [[*gone, *map(day_to_date, touched)]],
        )
    if not touched:
        return
    looked = pa.table(
        {
            "day": pa.array(map(day_to_date, touched), pa.date32()),
            "digest": pa.array([digests[day] for day in touched], pa.string()),
        }
    )
    connection.execute("INSERT INTO internal.drip_days BY NAME FROM looked")
    del looked
    edges = _edges(connection, min(touched) - SPAN + 1, max(touched))
    for day in touched:
        for customers, staff in drips_of(_span(edges, day)):
            connection.execute(
                "INSERT INTO internal.drips VALUES (?, ?, ?)", [day_to_date(day), customers, staff]
            )


def _first_open(connection: duckdb.DuckDBPyConnection) -> int:
    """The first day after the sealed months, or the first of all adds."""
    sealed, first = connection.execute(
        "SELECT (SELECT max(month) FROM months WHERE sealed_as_of IS NOT NULL), "
        "(SELECT min(day) FROM adds)"
    ).fetchone() or (None, None)
    if sealed is not None:
        return last_day_of(parse_month(sealed)) + 1
    return day_of(first) if first is not None else 0


def _span_digests(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> dict[int, str]:
    """Each day from first to last whose span has adds, with a digest of the span's edges."""
    rows = connection.execute(
        f"SELECT day, count(*), bit_xor(hash(customer_id, staff_id, added_at)) FROM ({_ADDS}) "
        "WHERE day BETWEEN ? AND ? GROUP BY day",
        [day_to_date(first - SPAN + 1), day_to_date(last)],
    ).fetchall()
    of_day = {day_of(day): (count, digest) for day, count, digest in rows}
    found = {}
    for day in range(first, last + 1):
        span = [(one, *of_day[one]) for one in range(day - SPAN + 1, day + 1) if one in of_day]
        if span:
            found[day] = sha256(repr(span).encode()).hexdigest()[:32]
    return found


def _edges(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> Days:
    """The edges that could be in a block of any of the days: those of the core of them all."""
    rows = connection.execute(
        f"""
        WITH picked AS (FROM ({_ADDS}) WHERE day BETWEEN ? AND ?)
        SELECT DISTINCT day, customer_id, staff_id
        FROM picked SEMI JOIN (
            FROM picked SELECT customer_id
            GROUP BY ALL HAVING count(DISTINCT staff_id) >= {OF_CUSTOMER}
        ) USING (customer_id)
        """,
        [day_to_date(first), day_to_date(last)],
    ).fetchall()
    inside = core({(customer_id, staff_id) for _, customer_id, staff_id in rows})
    found: Days = {}
    for day, customer_id, staff_id in rows:
        if (customer_id, staff_id) in inside:
            found.setdefault(day_of(day), []).append((customer_id, staff_id))
    return found


def _span(edges: Days, day: int) -> Mapping[Edge, list[int]]:
    found: dict[Edge, list[int]] = {}
    for one in range(day - SPAN + 1, day + 1):
        for edge in edges.get(one, ()):
            found.setdefault(edge, []).append(one)
    return found


def _pools(connection: duckdb.DuckDBPyConnection) -> Iterator[AlertFound]:
    rows = connection.execute("SELECT DISTINCT customers, staff FROM internal.drips").fetchall()
    pools = united((tuple(customers), tuple(staff)) for customers, staff in rows)
    for customers, staff in pools:
        yield drip_alert(customers, staff, *_seen(connection, customers, staff))


def _seen(
    connection: duckdb.DuckDBPyConnection, customers: tuple[str, ...], staff: tuple[str, ...]
) -> tuple[int, int, int]:
    """The adds between a pool's customers and staff: how many, from when to when (µs)."""
    who = pa.table({"one": pa.array(customers, pa.string())})  # noqa: F841 - read by DuckDB
    row = connection.execute(
        f"SELECT count(*), epoch_us(min(added_at)), epoch_us(max(added_at)) FROM ({_ADDS}) "
        "WHERE customer_id IN (SELECT one FROM who) AND list_contains(?, staff_id)",
        [list(staff)],
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def _alerts(connection: duckdb.DuckDBPyConnection) -> dict[str, AlertFound]:
    times = {"started_at": "epoch_us(started_at)", "ended_at": "epoch_us(ended_at)"}
    columns = ", ".join(times.get(name, name) for name in AlertFound.__struct_fields__)
    rows = connection.execute(
        f"SELECT {columns} FROM alerts WHERE starts_with(key, ?)", [DRIP]
    ).fetchall()
    return {row[0]: AlertFound(*row) for row in rows}
