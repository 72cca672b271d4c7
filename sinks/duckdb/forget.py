"""What a sealed month leaves behind in the state.

Message ids and talks go, and what detectors no longer look at; the rest stays.
"""

from __future__ import annotations

import duckdb

from pipeline.core.calendar import Calendar
from pipeline.core.detectors.detection import DETECTION, MEMBER, Detection
from pipeline.core.ledger.account import LEDGER, accounts_of
from sinks.duckdb.columns import STATE, IpcRows
from sinks.duckdb.state import StateStore

__all__ = ["forget_through"]

_KEYS_AT_ONCE = 50_000


def forget_through(connection: duckdb.DuckDBPyConnection, month: int, epoch: int) -> None:
    """Drops what only the months up to this one need, in the caller's transaction."""
    _forget_accounts(connection, month, epoch)
    _forget_subjects(connection, month, epoch)


def _forget_accounts(connection: duckdb.DuckDBPyConnection, month: int, epoch: int) -> None:
    connection.execute(
        r"""
        DELETE FROM internal.state WHERE stage = ? AND kind = 'ids'
            AND regexp_extract(sub, '^-?\d+')::INTEGER BETWEEN 0 AND ?
        """,
        [LEDGER, month],
    )
    store = StateStore(connection)
    keys = store.keys(LEDGER, ["account"])
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        rows = store.load(LEDGER, keys[start : start + _KEYS_AT_ONCE])
        store.write([_changed(rows, month)], epoch)


def _forget_subjects(connection: duckdb.DuckDBPyConnection, month: int, epoch: int) -> None:
    store = StateStore(connection)
    keys = store.keys(DETECTION, [MEMBER])
    (timezone,) = connection.execute("SELECT timezone FROM report_state").fetchone() or ("UTC",)
    detection = Detection(Calendar(timezone), month)
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        subjects: dict[str, dict[str, bytes]] = {}
        for _, subject, _, customer_id, value in store.load(
            DETECTION, keys[start : start + _KEYS_AT_ONCE]
        ):
            subjects.setdefault(subject, {})[customer_id] = value or b""
        changed = IpcRows(STATE)
        for subject, rows in subjects.items():
            changed.extend(detection.over(subject, rows))
        store.write([changed.to_ipc()], epoch)


def _changed(rows: list[tuple[str, str, str, str, bytes | None]], month: int) -> bytes:
    """The rows that are others without the month, in the schema STATE."""
    known = {row[1:4]: row[4] for row in rows}
    changed = IpcRows(STATE)
    for key, account in accounts_of(rows).items():
        account.forget_through(month)
        changed.extend(row for row in account.changed_rows(key) if known.get(row[1:4]) != row[4])
    return changed.to_ipc()
