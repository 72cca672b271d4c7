"""Settled decisions into ``adds``, ``verdict_changes`` and ``late_events``."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

__all__ = ["store_decisions", "store_late", "time_passes"]

# revision = epoch * 2^32 + n: grows with every run, whatever the order inside it
_REVISION = "? * 4294967296 + row_number() OVER (ORDER BY add_id)"

# Months are sealed in order, so one without any event that lies before a sealed one is sealed too.
_SEALED = "month <= (SELECT coalesce(max(month), '') FROM months WHERE sealed_as_of IS NOT NULL)"


def stage_decisions(connection: duckdb.DuckDBPyConnection, tables: Sequence[pa.Table]) -> None:
    """The decisions of all shards in temporary tables: of open months and of sealed ones.

    Where an add moved to another month, its new row replaces the old one: the retraction of the
    old month is dropped.
    """
    decided = pa.concat_tables(tables)
    connection.execute(
        f"""
        CREATE TEMP TABLE decided AS
        SELECT * FROM decided d
        WHERE NOT retracted OR {_SEALED}
            OR add_id NOT IN (SELECT add_id FROM decided WHERE NOT retracted AND NOT {_SEALED})
        """
    )
    connection.execute(  # the seal would have made a pending one invalid
        f"""
        CREATE TEMP TABLE decided_sealed AS
        SELECT * REPLACE (if(verdict = 'pending', 'invalid', verdict) AS verdict)
        FROM decided WHERE {_SEALED};
        DELETE FROM decided WHERE {_SEALED};
        """
    )
    del decided


def store_decisions(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[pa.Table], epoch: int, as_of: int | None
) -> None:
    """Writes the rows of open months and what changed; leaves ``decided_sealed`` for the late."""
    stage_decisions(connection, tables)
    connection.execute(
        f"""
        INSERT INTO verdict_changes
        SELECT (SELECT coalesce(max(seq), 0) FROM verdict_changes)
                + row_number() OVER (ORDER BY add_id),
            add_id, {_REVISION}, d.cause,
            a.verdict, CASE WHEN NOT d.retracted THEN d.verdict END,
            a.reasons, CASE WHEN NOT d.retracted THEN d.reasons END, make_timestamptz(?)
        FROM decided d LEFT JOIN adds a USING (add_id)
        WHERE d.retracted OR a.add_id IS NULL
            OR (a.verdict, a.reasons) IS DISTINCT FROM (d.verdict, d.reasons)
        """,
        [epoch, as_of],
    )
    connection.execute("DELETE FROM adds WHERE add_id IN (SELECT add_id FROM decided)")
    connection.execute(
        f"""
        INSERT INTO adds BY NAME
        SELECT * EXCLUDE (cause, retracted, changed), {_REVISION} AS revision
        FROM decided WHERE NOT retracted
        """,
        [epoch],
    )


def time_passes(connection: duckdb.DuckDBPyConnection, epoch: int, as_of: int | None) -> None:
    """Pending adds of open months whose pending_until *as of* has passed are invalid now."""
    overdue = f"""
        FROM adds WHERE verdict = 'pending' AND pending_until < make_timestamptz(?)
            AND NOT {_SEALED}
    """
    connection.execute(
        f"""
        INSERT INTO verdict_changes
        SELECT (SELECT coalesce(max(seq), 0) FROM verdict_changes)
                + row_number() OVER (ORDER BY add_id),
            add_id, {_REVISION},
            json_object('time', strftime(pending_until, '%Y-%m-%dT%H:%M:%S.%fZ')),
            verdict, 'invalid', reasons, reasons, make_timestamptz(?)
        {overdue}
        """,
        [epoch, as_of, as_of],
    )
    connection.execute(
        f"UPDATE adds SET verdict = 'invalid' WHERE add_id IN (SELECT add_id {overdue})", [as_of]
    )


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
