"""Late marks into ``late_events``, each with the verdict that its event would have given.

A mark may come before or after the row of ``adds`` that its event brought about. So a verdict is
looked up when either comes, and at rest it is the last word on the add: as in a replay, where
several events of one run for one add show the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import msgspec
import pyarrow as pa

from pipeline.core.calendar import month_text
from sinks.duckdb.stream.records import Record
from topics.between import LateMark

__all__ = ["store_late_marks", "store_shadows"]

_MARKS = pa.schema(
    [
        ("event_id", pa.string()),
        ("source", pa.string()),
        ("type", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("add_id", pa.string()),
        ("month", pa.string()),
    ]
)
_SEQ = """(SELECT coalesce(max(seq), 0) FROM late_events)
    + row_number() OVER (ORDER BY m.time, m.event_id, m.source, m.add_id)"""
_SAME = """late_events.event_id = m.event_id AND late_events.source = m.source
    AND late_events.add_id IS NOT DISTINCT FROM m.add_id"""


def store_late_marks(connection: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> None:
    """One row a mark; a mark that stands there already changes nothing."""
    rows = [
        (one.event_id, one.source, one.type, one.time, one.add_id, month_text(one.month))
        for one in (_decode(record.value) for record in records if record.value is not None)
    ]
    columns = zip(*rows, strict=True) if rows else ([] for _ in _MARKS)
    marks = pa.table(list(map(list, columns)), schema=_MARKS)  # noqa: F841 - read by DuckDB
    connection.execute(
        f"""
        DELETE FROM late_events USING internal.late_by_others m
            WHERE {_SAME} AND m.add_id IN (SELECT add_id FROM marks);
        DELETE FROM internal.late_by_others WHERE add_id IN (SELECT add_id FROM marks);
        INSERT INTO late_events
        SELECT {_SEQ}, m.*, coalesce(s.verdict, a.verdict)
        FROM (
            SELECT DISTINCT * FROM marks m
            WHERE NOT EXISTS (SELECT 1 FROM late_events WHERE {_SAME})
        ) m
        LEFT JOIN internal.shadow_adds s ON s.add_id = m.add_id
        LEFT JOIN adds a ON a.add_id = m.add_id AND a.month = m.month
        """
    )


def store_shadows(connection: duckdb.DuckDBPyConnection) -> None:
    """What ``shadows`` says, into the rows of earlier marks; and a row of its own where an event
    changed an add by way of another customer or staff member, which has no mark.

    An add that has marks gets no such rows, as in a replay: it is told already, and what caused a
    change of it may be any of several events of one batch.
    """
    connection.execute(
        f"""
        UPDATE late_events SET verdict = s.verdict FROM shadows s
        WHERE late_events.add_id = s.add_id AND late_events.verdict IS DISTINCT FROM s.verdict;
        CREATE OR REPLACE TEMP TABLE by_others AS
        SELECT cause->>'$.event.id' AS event_id, cause->>'$.event.source' AS source,
            cause->>'$.event.type' AS type,
            make_timestamptz((cause->>'$.event.time')::BIGINT) AS time, add_id, month, verdict
        FROM shadows
        WHERE changed AND (cause->>'$.event.id') IS NOT NULL AND add_id NOT IN (
            SELECT add_id FROM late_events
            ANTI JOIN internal.late_by_others USING (event_id, source, add_id)
            WHERE add_id IS NOT NULL
        );
        INSERT INTO late_events
        SELECT {_SEQ}, m.* FROM by_others m
        WHERE NOT EXISTS (SELECT 1 FROM late_events WHERE {_SAME});
        INSERT INTO internal.late_by_others
        SELECT event_id, source, add_id FROM by_others
        ANTI JOIN internal.late_by_others USING (event_id, source, add_id);
        DROP TABLE by_others;
        DROP TABLE shadows;
        """
    )


_decode = msgspec.msgpack.Decoder(LateMark).decode
