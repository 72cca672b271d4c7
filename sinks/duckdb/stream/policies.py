"""The topic ``policies`` into its table, record by record: a policy may clash with others."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from pipeline.core.calendar import month_of, month_text
from pipeline.core.errors import PolicyError
from pipeline.core.policy import Policy, PolicySet, parse_policy
from sinks.duckdb.state import Notes
from sinks.duckdb.stream.records import Record

__all__ = ["note_seal", "store_policies"]

_SEAL = "seal"


def note_seal(connection: duckdb.DuckDBPyConnection, month: str, timestamp: int) -> None:
    """Remembers the last sealed month (2026-11) and its record's timestamp (milliseconds).

    A policy written after it must not begin before the month's end.
    """
    notes = Notes(connection)
    known = notes.get(_SEAL)
    if known is None or known[0] < month:
        notes.set(_SEAL, [month, timestamp])


def store_policies(connection: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> None:
    """Takes in what the stages take: they make dead letters of the others."""
    known = {
        version: parse_policy(toml, version)
        for version, toml in connection.execute("SELECT version, toml FROM policies").fetchall()
    }
    month, since = Notes(connection).get(_SEAL, ["", 0])
    before = dict(known)
    for record in records:
        _take(known, record, month if record.timestamp >= since else "")
    if known == before:
        return
    connection.execute("DELETE FROM policies")
    for policy in known.values():
        connection.execute(
            "INSERT INTO policies VALUES (?, ?, ?, ?, ?)",
            [policy.version, policy.effective_from, policy.author, policy.reason, policy.toml],
        )


def _take(known: dict[str, Policy], record: Record, sealed_month: str) -> None:
    """Takes a record into ``known``, by version, if it is a policy that goes with the others."""
    version = (record.key or b"").decode(errors="replace")
    if record.value is None:
        known.pop(version, None)
        return
    try:
        policy = parse_policy(record.value.decode(), version)
        others = {**known, policy.version: policy}
        PolicySet(list(others.values()))
    except (PolicyError, UnicodeDecodeError):
        return
    if policy.version == version and month_text(month_of(policy.effective_from)) > sealed_month:
        known[version] = policy
