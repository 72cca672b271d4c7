"""Seals the months that operators want sealed, once all that was written before is in the database.

New events need not pause for it: the ends of all topics are noted, and once every reader has
passed them, noted again; after as many rounds as a record can make steps from topic to topic,
whatever an event of before the wish brings about is in the database.
"""

from __future__ import annotations

import time

import duckdb
import msgspec

from pipeline.clients import Clients
from pipeline.core.errors import TruefriendError, WrongUse
from pipeline.kafka_client import send_record
from pipeline.stream_places import Places
from sinks.duckdb.seal import seal
from sinks.duckdb.state import Notes
from sinks.duckdb.stream.apply import StreamDatabase
from sinks.duckdb.stream.policies import note_seal
from sinks.duckdb.stream.records import READ
from topics.between import MonthControl
from topics.times import format_time

__all__ = ["Drain", "Sealing"]

STEPS = 9
"""The most topics that lie between an event and its last row: interactions, identity, answers,
facts and signals of either stratum, verdicts, adds; so many rounds."""

_PAUSE_S = 0.3


class Drain:
    """Whether all that the topics held when this was made is in the database."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._round = 0
        self._ends = places.ends()

    def step(self, sink: dict[tuple[str, int], int]) -> bool:
        """Looks again; ``sink`` are the positions in the database. True once it is so."""
        while not self._places.unread(self._places.look(self._ends, sink)):
            self._round += 1
            if self._round == STEPS:
                return True
            self._ends = self._places.ends()
        return False


class Sealing:
    """``step`` between batches; it does nothing while no month is wanted."""

    def __init__(self, clients: Clients, keyed: int, database: StreamDatabase) -> None:
        self._clients = clients
        self._keyed = keyed
        self._database = database
        self._places: Places | None = None
        self._drain: tuple[str, Drain] | None = None
        self._next_look = 0.0

    def step(self) -> None:
        """Goes on with the first month wanted. BrokerUnavailable or a duckdb.Error may come."""
        wanted = self._database.wanted_months()
        if not wanted or time.monotonic() < self._next_look:
            return
        month = wanted[0]
        if self._places is None:
            self._places = Places(self._clients, self._keyed, READ)
        if self._drain is None or self._drain[0] != month:
            self._drain = (month, Drain(self._places))
        if not self._drain[1].step(self._database.positions()):
            self._next_look = time.monotonic() + _PAUSE_S
            return
        self._drain = None
        self._tell(*self._seal(month))
        self._database.forget_wish(month)

    def close(self) -> None:
        if self._places is not None:
            self._places.close()

    def _seal(self, month: str) -> tuple[MonthControl, int]:
        """The record to write, and its timestamp."""
        now = time.time_ns() // 1_000_000
        connection = self._database.connection
        try:
            seal(connection, month)
        except (WrongUse, TruefriendError) as refusal:
            return MonthControl(month=month, refused=str(refusal)), now
        _settle_late(connection, month)
        note_seal(connection, month, now)
        _, timestamp = Notes(connection).get("seal")
        return _sealed_record(self._database, month), timestamp

    def _tell(self, control: MonthControl, timestamp: int) -> None:
        """Writes the record and waits for its acknowledgement."""
        value = msgspec.json.encode(control)
        send_record(self._clients, "months", control.month, value, timestamp_ms=timestamp)


def _settle_late(connection: duckdb.DuckDBPyConnection, month: str) -> None:
    """Late marks of a month that was open here: in a database made anew from the topics."""
    connection.execute(
        """
        UPDATE late_events SET verdict = a.verdict FROM adds a
        WHERE late_events.add_id = a.add_id AND late_events.month = a.month AND a.month = ?
        """,
        [month],
    )


def _sealed_record(database: StreamDatabase, month: str) -> MonthControl:
    """From the database, so that it is the same after a crash between seal and record."""
    row = database.connection.execute(
        """
        SELECT (SELECT epoch_us(sealed_as_of) FROM months WHERE month = $1),
            count(*), count(*) FILTER (verdict = 'valid'),
            (SELECT count(*) FROM verdict_changes WHERE cause->>'$.month' = $1)
        FROM adds WHERE month = $1
        """,
        [month],
    ).fetchone()
    assert row is not None
    as_of, adds, valid, expired = row
    return MonthControl(
        month=month,
        sealed_as_of=format_time(as_of if as_of is not None else database.as_of or 0),
        adds=adds,
        valid=valid,
        expired=expired,
    )
