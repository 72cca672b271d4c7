"""The contract's promise, as a hash: the sorted content of every promised table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from pipeline.core.fact_rows import STAFF, MonthRows
from pipeline.core.ledger.account import LEDGER, Account
from pipeline.core.ledger.memory import ENTRY

TABLES = {
    "adds": "* EXCLUDE (revision)",
    "staff_daily": "*",
    "branch_daily": "*",
    "segment_coverage": "*",
    "signals": "*",
    "alerts": "*",
    "customers": "*",
    "staff": "*",
    "branches": "*",
    "cases": "*",
    "policies": "*",
    "report_state": "*",
    "months": "*",
}


def promised(db: Path) -> dict[str, str]:
    """Table to the hash of its sorted rows, revision left out."""
    with duckdb.connect(str(db), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        return {name: _hash(con, name, columns) for name, columns in TABLES.items()}


def state(db: Path) -> list[tuple[str, ...]]:
    """All that the next run starts from, but for the order in which it was learned."""
    with duckdb.connect(str(db), read_only=True) as con:
        rows = con.execute(
            "SELECT stage, key, kind, sub, value FROM internal.state ORDER BY ALL"
        ).fetchall()
    by_key: dict[str, list[tuple[str, str, bytes]]] = {}
    for _, key, *row in (row for row in rows if row[0] == LEDGER):
        by_key.setdefault(key, []).append((row[0], row[1], row[2]))
    accounts = [(LEDGER, key, *_learned(some)) for key, some in by_key.items()]
    facts = [row for row in rows if row[0] == STAFF]
    others = [row for row in rows if row[0] not in (LEDGER, STAFF)]
    return accounts + _facts(facts) + others


def _facts(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The facts of the staff months, whatever the numbers of their names."""
    months: dict[tuple[str, str], list[tuple[str, bytes]]] = {}
    for _, staff_id, kind, sub, value in rows:
        months.setdefault((staff_id, kind), []).append((sub, value))  # type: ignore[arg-type]
    return [
        (STAFF, staff_id, kind, customer, repr(fact))
        for (staff_id, kind), some in months.items()
        for customer, fact in sorted(MonthRows(staff_id, 0).load(some).items())
    ]


def _learned(rows: list[tuple[str, str, bytes]]) -> Iterator[str]:
    """An account's contents, whatever their order and the rows that they stand in."""
    account = Account()
    account.load(rows)
    ids: dict[int, set[bytes]] = {}
    for month, packed in account.tails().items():
        ids.setdefault(month, set()).update(
            packed[at : at + ENTRY] for at in range(0, len(packed), ENTRY)
        )
    for month, entries in (account.index or {}).items():
        ids.setdefault(month, set()).update(one + other for one, other in entries.items())
    yield repr({month: sorted(some) for month, some in sorted(ids.items()) if some})
    yield repr((account.verification, account.who, account.links, account.wrote))
    yield repr(sorted((account.signals or {}).items()))
    for staff_id, pair in sorted(account.pairs.items()):
        talk = pair.talk or []
        days = sorted(talk[at : at + 3] for at in range(0, len(talk), 3))
        history, pair.talk, pair.history = pair.past(), None, None
        yield f"{staff_id} {pair} {days} {history}"


def _hash(con: duckdb.DuckDBPyConnection, name: str, columns: str) -> str:
    digest = hashlib.sha256()
    rows = con.execute(f"SELECT t::VARCHAR FROM (SELECT {columns} FROM {name}) t ORDER BY 1")
    while batch := rows.fetchmany(10_000):
        for (row,) in batch:
            digest.update(row.encode() + b"\n")
    return digest.hexdigest()
