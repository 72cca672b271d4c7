"""Reads all that explains one add's verdict: its row, policy, history, case and late events."""

from __future__ import annotations

import json
from dataclasses import dataclass

import duckdb

from pipeline.core.ids import add_id
from pipeline.core.policy import DEFAULT_POLICY, parse_policy
from sinks.duckdb.cases import read_decisions
from sinks.duckdb.zoned import Row, ZonedReader

__all__ = ["Explained", "read_explained", "read_late"]


@dataclass(frozen=True, slots=True)
class Explained:
    """One add. ``add`` is its row with facts and evidence decoded, each piece of evidence with the
    ``window`` of its signal (two times, None where there is no such signal any more); ``policy``
    the values that judged it, by dotted key; times are RFC 3339 texts in the bank's zone.
    ``sealed_as_of`` is None while its month is open, ``case`` where nobody decided it;
    ``decisions`` are all that people ever took on it, in order.
    """

    add: Row
    policy: Row
    changes: list[Row]
    case: Row | None
    decisions: list[Row]
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
    reader = ZonedReader(connection)
    one = add_id(staff_id, customer_id)
    found = reader.rows("SELECT * FROM main.adds WHERE add_id = ?", one)
    if not found:
        return None
    add = found[0]
    add["facts"], add["evidence"] = json.loads(add["facts"]), json.loads(add["evidence"])
    _add_windows(reader, add["evidence"])
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
        decisions=read_decisions(reader, one),
        late=read_late(connection, staff_id, customer_id),
        as_of=reader.as_of,
        timezone=reader.timezone,
        sealed_as_of=sealed[0]["sealed_as_of"] if sealed else None,
    )


def read_late(connection: duckdb.DuckDBPyConnection, staff_id: str, customer_id: str) -> list[Row]:
    """The pair's events that came after the seal of its month, in order; there need be no add."""
    query = "SELECT * FROM main.late_events WHERE add_id = ? ORDER BY seq"
    return ZonedReader(connection).rows(query, add_id(staff_id, customer_id))


def _add_windows(reader: ZonedReader, evidence: list[Row]) -> None:
    rows = reader.rows(
        "SELECT signal_id, window_start, window_end FROM main.signals "
        "WHERE list_contains(?, signal_id)",
        [row["signal_id"] for row in evidence],
    )
    windows = {row["signal_id"]: (row["window_start"], row["window_end"]) for row in rows}
    for row in evidence:
        row["window"] = windows.get(row["signal_id"])


def _policy(connection: duckdb.DuckDBPyConnection, version: str) -> Row:
    row = connection.execute("SELECT toml FROM main.policies WHERE version = ?", [version])
    found = row.fetchone()
    return (parse_policy(found[0], version) if found else DEFAULT_POLICY).values()
