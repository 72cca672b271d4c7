"""What the shards changed into DuckDB, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol

import duckdb
import pyarrow as pa

from pipeline.core.activity import COLUMNS
from pipeline.core.calendar import month_text
from sinks.duckdb.state import StateStore

__all__ = ["Changes", "add_months", "bury", "merge_rolling", "store_batch"]

_WIDE = pa.decimal128(38, 0)  # a sum of amounts may pass 64 bits on its way
_TIME = pa.timestamp("us", tz="UTC")


class Letter(Protocol):
    """A dead letter: where it was, its code and sentence, and its original bytes."""

    topic: str
    offset: int
    key: str | None
    code: str
    sentence: str
    original: bytes
    partition: int


class Changes(Protocol):
    """All that changed in a shard: see ``pipeline.replay.shard.Flushed``."""

    state: bytes
    rolling: list[tuple[int, str, list[int]]]
    kept: list[tuple[int, str, bytes]]
    late: list[tuple[str, str, str, int, str | None, int]]
    months: list[int]

    @property
    def dead_letters(self) -> Sequence[Letter]: ...


def store_batch(
    connection: duckdb.DuckDBPyConnection,
    store: StateStore,
    batch: Sequence[Changes],
    epoch: int,
) -> None:
    """The changes of all shards: state is upserted; counts and late events wait, unsettled, for
    the end of the run.
    """
    store.write([changes.state for changes in batch], epoch)
    for changes in batch:
        _add_rolling(connection, changes.rolling)
        _add_kept(connection, changes.kept)
        _add_late(connection, changes.late)
        add_months(connection, changes.months)
        bury(connection, changes.dead_letters)


def bury(connection: duckdb.DuckDBPyConnection, letters: Iterable[Letter]) -> None:
    """Adds dead letters, in the order given."""
    some = list(letters)
    if not some:
        return
    found = connection.execute("SELECT coalesce(max(seq), 0) FROM dead_letters").fetchone()
    first = found[0] + 1 if found else 1
    letters_table = pa.table(
        {
            "seq": pa.array(range(first, first + len(some)), pa.int64()),
            "topic": pa.array([one.topic for one in some], pa.string()),
            "partition": pa.array([one.partition for one in some], pa.int64()),
            "offset": pa.array([one.offset for one in some], pa.int64()),
            "key": pa.array([one.key for one in some], pa.string()),
            "code": pa.array([one.code for one in some], pa.string()),
            "sentence": pa.array([one.sentence for one in some], pa.string()),
            "original": pa.array([one.original for one in some], pa.binary()),
        }
    )
    connection.execute("INSERT INTO dead_letters BY NAME SELECT * FROM letters_table")
    del letters_table


def merge_rolling(connection: duckdb.DuckDBPyConnection) -> None:
    """Adds the unsettled counts to the visible ones."""
    sums = ", ".join(f"sum({name}) AS {name}" for name in COLUMNS)
    connection.execute(
        f"""
        CREATE TEMP TABLE merged AS
        SELECT day, staff_id, {sums} FROM (
            FROM internal.unsettled_rolling
            UNION ALL BY NAME
            FROM internal.rolling SEMI JOIN internal.unsettled_rolling USING (day, staff_id)
        ) GROUP BY day, staff_id;
        DELETE FROM internal.rolling r USING merged m
            WHERE r.day = m.day AND r.staff_id = m.staff_id;
        INSERT INTO internal.rolling BY NAME FROM merged;
        DELETE FROM internal.unsettled_rolling;
        DROP TABLE merged;
        """
    )


def _add_rolling(
    connection: duckdb.DuckDBPyConnection, rolling: list[tuple[int, str, list[int]]]
) -> None:
    if not rolling:
        return
    columns = {
        "day": pa.array([day for day, _, _ in rolling], pa.date32()),
        "staff_id": pa.array([staff for _, staff, _ in rolling], pa.string()),
    }
    for index, name in enumerate(COLUMNS):
        if name.endswith("_fen"):
            columns[name] = pa.array([Decimal(row[index]) for _, _, row in rolling], _WIDE)
        else:
            columns[name] = pa.array([row[index] for _, _, row in rolling], pa.int64())
    counts = pa.table(columns)
    connection.execute("INSERT INTO internal.unsettled_rolling BY NAME SELECT * FROM counts")
    del counts


def _add_kept(connection: duckdb.DuckDBPyConnection, kept: list[tuple[int, str, bytes]]) -> None:
    if not kept:
        return
    times, keys, events = zip(*kept, strict=True)
    rows = pa.table(
        {
            "time": pa.array(times, pa.int64()),
            "key": pa.array(keys, pa.string()),
            "event": pa.array(events, pa.binary()),
        }
    )
    connection.execute("INSERT INTO internal.kept_events SELECT * FROM rows")
    del rows


def _add_late(
    connection: duckdb.DuckDBPyConnection,
    late: list[tuple[str, str, str, int, str | None, int]],
) -> None:
    if not late:
        return
    names, sources, types, times, add_ids, months = zip(*late, strict=True)
    rows = pa.table(
        {
            "event_id": pa.array(names, pa.string()),
            "source": pa.array(sources, pa.string()),
            "type": pa.array(types, pa.string()),
            "time": pa.array(times, _TIME),
            "add_id": pa.array(add_ids, pa.string()),
            "month": pa.array([month_text(month) for month in months], pa.string()),
        }
    )
    connection.execute("INSERT INTO internal.unsettled_late BY NAME SELECT * FROM rows")
    del rows


def add_months(connection: duckdb.DuckDBPyConnection, months: Iterable[int]) -> None:
    """Notes that events fell into these months, counted from year 0."""
    for month in months:
        connection.execute(
            "INSERT INTO months SELECT $1, NULL WHERE $1 NOT IN (SELECT month FROM months)",
            [month_text(month)],
        )
