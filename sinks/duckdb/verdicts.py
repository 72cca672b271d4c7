"""Settled decisions into ``adds``, ``verdict_changes`` and ``late_events``."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "SEALED",
    "least_pending",
    "store_decisions",
    "store_late",
    "time_passes",
    "write_decided",
]

SEALED = "month <= (SELECT coalesce(max(month), '') FROM months WHERE sealed_as_of IS NOT NULL)"
"""Months are sealed in order, so one without events that lies before a sealed one is sealed too."""

_PENDING = f"verdict = 'pending' AND NOT {SEALED}"
_NOT_OF_ADDS = "'cause', 'retracted', 'changed', 'revision'"


def stage_decisions(connection: duckdb.DuckDBPyConnection, tables: Sequence[pa.Table]) -> None:
    """The decisions of all shards in temporary tables: of open months and of sealed ones.

    Where an add moved to another month, its new row replaces the old one: the retraction of the
    old month is dropped.
    """
    decided = pa.concat_tables(tables)
    if not _any_sealed(connection) and not pc.any(decided["retracted"]).as_py():
        connection.register("decided", decided)  # as it is: there may be millions
        connection.execute("CREATE TEMP TABLE decided_sealed AS FROM decided LIMIT 0")
        return
    connection.execute(
        f"""
        CREATE TEMP TABLE decided AS
        SELECT * FROM decided d
        WHERE NOT retracted OR {SEALED}
            OR add_id NOT IN (SELECT add_id FROM decided WHERE NOT retracted AND NOT {SEALED})
        """
    )
    connection.execute(  # the seal would have made a pending one invalid
        f"""
        CREATE TEMP TABLE decided_sealed AS
        SELECT * REPLACE (if(verdict = 'pending', 'invalid', verdict) AS verdict)
        FROM decided WHERE {SEALED};
        DELETE FROM decided WHERE {SEALED};
        """
    )
    del decided


def _any_sealed(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute("SELECT 1 FROM months WHERE sealed_as_of IS NOT NULL LIMIT 1")
    return found.fetchone() is not None


def store_decisions(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[pa.Table], epoch: int, as_of: int | None
) -> None:
    """Writes the rows of open months and what changed; leaves ``decided_sealed`` for the late."""
    stage_decisions(connection, tables)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE replaced AS "
        "SELECT rowid AS id, add_id, verdict, reasons FROM adds SEMI JOIN decided USING (add_id)"
    )
    write_decided(connection, _revision(epoch), as_of)


def write_decided(connection: duckdb.DuckDBPyConnection, revision: str, as_of: int | None) -> None:
    """Writes ``decided``, rows of open months alone; ``revision`` is the SQL of a row's.

    ``adds`` may have many millions of rows: the caller has read it once, for ``replaced``, the rows
    that these replace (id, which is the row's number, add_id, verdict, reasons).
    """
    connection.execute(
        f"""
        INSERT INTO verdict_changes
        SELECT (SELECT coalesce(max(seq), 0) FROM verdict_changes)
                + row_number() OVER (ORDER BY add_id),
            add_id, {revision}, d.cause,
            a.verdict, CASE WHEN NOT d.retracted THEN d.verdict END,
            a.reasons, CASE WHEN NOT d.retracted THEN d.reasons END, make_timestamptz(?)
        FROM decided d LEFT JOIN replaced a USING (add_id)
        WHERE d.retracted OR a.add_id IS NULL
            OR (a.verdict, a.reasons) IS DISTINCT FROM (d.verdict, d.reasons)
        """,
        [as_of],
    )
    connection.execute(
        "DELETE FROM adds WHERE rowid IN (SELECT id FROM replaced); DROP TABLE replaced"
    )
    connection.execute(
        f"""
        INSERT INTO adds BY NAME
        SELECT COLUMNS(lambda c: c NOT IN ({_NOT_OF_ADDS})), {revision} AS revision
        FROM decided d WHERE NOT retracted
        """
    )


def _revision(epoch: int) -> str:
    """epoch * 2^32 + n: grows with every run, whatever the order inside it."""
    return f"{epoch} * 4294967296 + row_number() OVER (ORDER BY add_id)"


def time_passes(
    connection: duckdb.DuckDBPyConnection, epoch: int | None, as_of: int | None
) -> None:
    """Pending adds of open months whose pending_until *as of* has passed are invalid now.

    ``epoch``: of a run whose revisions the changes continue; None: they keep the adds' own.
    """
    revision = "revision" if epoch is None else _revision(epoch)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE overdue AS
        SELECT rowid AS id, add_id, revision, pending_until, verdict, reasons
        FROM adds WHERE {_PENDING} AND pending_until < make_timestamptz(?)
        """,
        [as_of],
    )
    connection.execute(
        f"""
        INSERT INTO verdict_changes
        SELECT (SELECT coalesce(max(seq), 0) FROM verdict_changes)
                + row_number() OVER (ORDER BY add_id),
            add_id, {revision},
            json_object('time', strftime(pending_until, '%Y-%m-%dT%H:%M:%S.%fZ')),
            verdict, 'invalid', reasons, reasons, make_timestamptz(?)
        FROM overdue
        """,
        [as_of],
    )
    connection.execute(
        "UPDATE adds SET verdict = 'invalid' WHERE rowid IN (SELECT id FROM overdue); "
        "DROP TABLE overdue"
    )


def least_pending(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The first pending_until of open months, in microseconds: until then no time passes."""
    row = connection.execute(
        f"SELECT epoch_us(min(pending_until)) FROM adds WHERE {_PENDING}"
    ).fetchone()
    return row[0] if row else None


def store_late(connection: duckdb.DuckDBPyConnection) -> int:
    """Moves what waits in unsettled_late to late_events with the verdicts that ``decided_sealed``
    would have given, and adds the rows of sealed months that an event changed by way of another
    customer or staff member. Returns how many events are late by that way alone.
    """
    connection.execute(
        """
        CREATE TEMP TABLE late_by_others AS
        SELECT cause->>'$.event.id' AS event_id, cause->>'$.event.source' AS source,
            cause->>'$.event.type' AS type,
            make_timestamptz((cause->>'$.event.time')::BIGINT) AS time, add_id, month, verdict
        FROM decided_sealed d
        WHERE changed AND NOT retracted AND (cause->>'$.event.id') IS NOT NULL
            AND add_id NOT IN (SELECT add_id FROM internal.unsettled_late WHERE add_id IS NOT NULL)
        """
    )
    row = connection.execute(
        """
        SELECT count(DISTINCT (event_id, source)) FROM late_by_others ANTI JOIN
            internal.unsettled_late USING (event_id, source)
        """
    ).fetchone()
    connection.execute(
        """
        INSERT INTO late_events
        SELECT (SELECT coalesce(max(seq), 0) FROM late_events)
                + row_number() OVER (ORDER BY time, event_id, source, add_id), *
        FROM (
            SELECT u.event_id, u.source, u.type, u.time, u.add_id, u.month, d.verdict
            FROM internal.unsettled_late u
            LEFT JOIN (FROM decided_sealed WHERE NOT retracted) d USING (add_id)
            UNION ALL FROM late_by_others
        );
        DELETE FROM internal.unsettled_late;
        DROP TABLE late_by_others;
        """
    )
    return int(row[0]) if row else 0
