"""A person's decision on an add, taken in a database that no stream fills.

It is a run without events: the row goes the way of ``cases.jsonl``, and what it touches is judged
again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import msgspec

from pipeline.core.errors import TruefriendError, WrongUse
from pipeline.replay.options import ReplayOptions
from pipeline.replay.run import replay
from sinks.duckdb.state import Notes, refuse_streamed
from sinks.duckdb.zoned import ZonedReader
from sinks.reports.database import reading
from topics.reference import Case

__all__ = ["Decided", "decide"]


class Decided(msgspec.Struct, frozen=True):
    """The add afterwards; ``sealed``: its month is, so the verdict stays as it is."""

    staff_id: str
    customer_id: str
    old_verdict: str
    old_reasons: list[str]
    verdict: str
    reasons: list[str]
    sealed: bool


def decide(db: Path, case: Case, hash_key: str = "") -> Decided:
    """Keeps the decision and judges the add by it; *as of* stays.

    WrongUse for an add that the database does not have and for one that a stream fills,
    TruefriendError while a replay is unfinished, which this run would publish half.
    """
    with reading(db) as connection:
        as_of, timezone = _check(connection, db, case)
        old = _add(connection, case.add_id)
    with tempfile.TemporaryDirectory(prefix="truefriend-case-") as folder:
        for name in ("customers", "staff"):
            (Path(folder) / f"{name}.jsonl").touch()
        row = msgspec.json.encode(case)
        (Path(folder) / "cases.jsonl").write_bytes(row + b"\n")
        replay(
            ReplayOptions(
                inputs=[], reference=Path(folder), db=db, as_of=as_of, timezone=timezone,
                hash_key=hash_key,
            )
        )  # fmt: skip
    with reading(db) as connection:
        new = _add(connection, case.add_id)
    staff_id, customer_id, old_verdict, old_reasons, sealed = old
    return Decided(staff_id, customer_id, old_verdict, old_reasons, new[2], new[3], sealed)


def _check(connection: duckdb.DuckDBPyConnection, db: Path, case: Case) -> tuple[str | None, str]:
    """*As of* and time zone of a database that can take the decision."""
    refuse_streamed(
        connection, db, ": decide with --bootstrap-servers, so that workers and sink hear of it."
    )
    if Notes(connection).get("unfinished") is not None:
        raise TruefriendError(
            "A replay into this database was stopped before its end. Run it again to finish it, "
            "then decide the case."
        )
    found = connection.execute("SELECT 1 FROM main.adds WHERE add_id = ?", [case.add_id])
    if found.fetchone() is None:
        raise WrongUse(f"There is no add {case.add_id} in {db}: give one of its adds.")
    reader = ZonedReader(connection)
    return reader.as_of, reader.timezone


def _add(
    connection: duckdb.DuckDBPyConnection, add_id: str
) -> tuple[str, str, str, list[str], bool]:
    row = connection.execute(
        "SELECT staff_id, customer_id, verdict, reasons, "
        "coalesce(month <= (SELECT max(month) FROM months WHERE sealed_as_of IS NOT NULL), false) "
        "FROM main.adds WHERE add_id = ?",
        [add_id],
    ).fetchone()
    assert row is not None
    return row
