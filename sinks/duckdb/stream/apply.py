"""Records and positions into DuckDB in one transaction: the whole of what the sink writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files

import duckdb
import msgspec
import pyarrow as pa

from pipeline.core.calendar import parse_month
from pipeline.core.errors import TruefriendError
from sinks.duckdb.batch import add_months
from sinks.duckdb.signals import resolve_alerts
from sinks.duckdb.state import STREAM, Notes
from sinks.duckdb.stream.adds import store_adds
from sinks.duckdb.stream.dead import store_dead_letters
from sinks.duckdb.stream.late import store_late_marks, store_shadows
from sinks.duckdb.stream.policies import note_seal, store_policies
from sinks.duckdb.stream.records import REFERENCES, Record, by_topic
from sinks.duckdb.stream.reference import store_reference
from sinks.duckdb.stream.rolling import store_coverage, store_rolling
from sinks.duckdb.stream.signals import store_alerts, store_signals
from sinks.duckdb.verdicts import least_pending, time_passes
from topics.between import MonthControl, Progress

__all__ = ["Positions", "StreamDatabase"]

Positions = Mapping[tuple[str, int], int]
"""(topic without its namespace, partition) to the offset of the next record to read."""

_WANTED = "wanted_months"


class NotTheStreamsError(TruefriendError):
    """The database was filled by something else than this stream's sink."""


@dataclass(slots=True)
class StreamDatabase:
    """The sink's side of one DuckDB file; ``keyed``: the number of partitions of keyed topics.

    ``as_of`` is that of the database, in microseconds. ``due``: no pending_until of open months is
    before it, so until *as of* has passed it time changes nothing. ``stored_adds`` grows with
    every batch that may change what is to be seen in the adds as a whole.
    """

    connection: duckdb.DuckDBPyConnection
    keyed: int
    as_of: int | None = field(default=None, init=False)
    due: int | None = field(default=None, init=False)
    stored_adds: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.connection.execute(
            files("sinks.duckdb.stream").joinpath("tables.sql").read_text(encoding="utf-8")
        )
        row = self.connection.execute("SELECT epoch_us(as_of) FROM report_state").fetchone()
        self.as_of = row[0] if row else None
        self.due = least_pending(self.connection)

    def claim(self, stream: str) -> None:
        """Makes the database that of one stream; NotTheStreamsError where it is another's."""
        notes = Notes(self.connection)
        known = notes.get(STREAM)
        if known == stream:
            return
        if known is not None or self._is_replayed():
            whose = f"the stream {known}" if known else "a replay"
            raise NotTheStreamsError(
                f"This database was filled by {whose}, not by {stream}. Give another file as "
                "--db; one that does not exist yet is made and filled from the topics' beginning."
            )
        notes.set(STREAM, stream)

    def positions(self) -> dict[tuple[str, int], int]:
        """Where to go on reading."""
        rows = self.connection.execute(
            "SELECT topic, partition, next_offset FROM positions"
        ).fetchall()
        return {(topic, partition): offset for topic, partition, offset in rows}

    def wanted_months(self) -> list[str]:
        """Months that an operator wants sealed and that are not, in order."""
        return sorted(Notes(self.connection).get(_WANTED, {}))

    def forget_wish(self, month: str) -> None:
        """The month is sealed, or cannot be, and that is told."""
        notes = Notes(self.connection)
        wanted = dict(notes.get(_WANTED, {}))
        wanted.pop(month, None)
        notes.set(_WANTED, wanted)

    def apply(self, records: Sequence[Record], positions: Positions) -> None:
        """One transaction: the records' rows, and the positions after them. All or nothing."""
        found = by_topic(records)
        with self.transaction():
            as_of, due = self._store(found)
            store_positions(self.connection, positions)
        self.as_of, self.due = as_of, due
        self.stored_adds += not _SEEN_WHOLE.isdisjoint(found)

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """What is done inside is committed as a whole, or not at all."""
        self.connection.execute("BEGIN")
        try:
            yield self.connection
            self.connection.execute("COMMIT")
        except BaseException:
            _roll_back(self.connection)
            raise

    def _store(self, found: dict[str, list[Record]]) -> tuple[int | None, int | None]:
        """What ``as_of`` and ``due`` are then."""
        connection, due = self.connection, self.due
        as_of = self._take_progress(found.get("progress", ()))
        self._take_months(found.get("months", ()))
        for name in REFERENCES:
            if name in found:
                store_reference(connection, name, found[name], self.keyed)
        if "policies" in found:
            store_policies(connection, found["policies"])
        if "adds" in found:
            due = _first(due, store_adds(connection, found["adds"], as_of))
            store_shadows(connection)
        if "late" in found:
            store_late_marks(connection, found["late"])
        for name, store in _STORES.items():
            if name in found:
                store(connection, found[name])
        if as_of is not None and due is not None and due < as_of:
            time_passes(connection, None, as_of)
            due = least_pending(connection)
        if as_of != self.as_of or "alerts" in found:
            resolve_alerts(connection, as_of)
        return as_of, due

    def _take_progress(self, records: Sequence[Record]) -> int | None:
        """The greatest *as of* known now."""
        said = [_decode_progress(one.value) for one in records if one.value is not None]
        latest = [one.latest for one in said if one.latest is not None]
        months = {month for one in said for month in one.months}
        add_months(self.connection, [one for one in sorted(months) if one > self._sealed_through()])
        reached = [*latest, self.as_of] if self.as_of is not None else latest
        as_of = max(reached, default=None)
        if as_of != self.as_of:
            self.connection.execute("UPDATE report_state SET as_of = make_timestamptz(?)", [as_of])
        return as_of

    def _take_months(self, records: Sequence[Record]) -> None:
        """Remembers which months are to be sealed: those of the topic that are not sealed here.

        A month may be sealed there and open here: in a database made anew from the topics.
        """
        if not records:
            return
        notes = Notes(self.connection)
        wanted = dict(notes.get(_WANTED, {}))
        for record in records:
            if record.value is None:
                continue
            control = _decode_control(record.value)
            if control.sealed_as_of is not None:
                note_seal(self.connection, control.month, record.timestamp)
            if control.refused is not None:
                wanted.pop(control.month, None)
            elif parse_month(control.month) > self._sealed_through():
                wanted[control.month] = control.sealed_as_of
        notes.set(_WANTED, wanted)

    def _sealed_through(self) -> int:
        row = self.connection.execute(
            "SELECT max(month) FROM months WHERE sealed_as_of IS NOT NULL"
        ).fetchone()
        return parse_month(row[0]) if row and row[0] else -1

    def _is_replayed(self) -> bool:
        found = self.connection.execute("SELECT count(*) FROM positions").fetchone()
        return found != (0,)


def store_positions(connection: duckdb.DuckDBPyConnection, positions: Positions) -> None:
    """Replaces the positions given; the caller's transaction is open."""
    if not positions:
        return
    moved = pa.table(
        {
            "topic": pa.array([topic for topic, _ in positions], pa.string()),
            "partition": pa.array([partition for _, partition in positions], pa.int64()),
            "next_offset": pa.array(list(positions.values()), pa.int64()),
        }
    )
    connection.execute(
        "DELETE FROM positions p USING moved m "
        "WHERE p.topic = m.topic AND p.partition = m.partition"
    )
    connection.execute("INSERT INTO positions SELECT * FROM moved")
    del moved


def _first(*times: int | None) -> int | None:
    return min((one for one in times if one is not None), default=None)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:  # the failure itself ended the transaction
        return


_SEEN_WHOLE = {"adds", "alerts", "cases", "months", "progress"}
"""Topics whose records change what ``stored_adds`` is about."""

_STORES = {
    "rolling": store_rolling,
    "coverage": store_coverage,
    "signals": store_signals,
    "alerts": store_alerts,
    "dead-letters": store_dead_letters,
}
_decode_progress = msgspec.msgpack.Decoder(Progress).decode
_decode_control = msgspec.json.Decoder(MonthControl).decode
