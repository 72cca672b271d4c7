"""The sink's loop: read, store, copy the positions, and again, until told to stop.

While a transaction is written nothing is read: where DuckDB is slow, records wait on the broker,
not in memory. What fails on our side (disk full, file locked) is tried again from the last
commit, never skipped.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Protocol

import duckdb
from kafka.errors import KafkaError

from pipeline.clients import BrokerUnavailable, Clients
from sinks.duckdb.database import DatabaseError, writing
from sinks.duckdb.stream.apply import StreamDatabase
from sinks.duckdb.stream.drip import DripWatch
from sinks.duckdb.stream.metrics import FAILURES, LAG, TRANSACTION_SECONDS, committed
from sinks.duckdb.stream.reading import SinkReader
from sinks.duckdb.stream.sealing import Sealing
from sinks.duckdb.stream.serve import Readers, serving

__all__ = ["Sink", "SinkOptions"]

_log = logging.getLogger(__name__)
_WORTH_RETRYING = {"locked", "full", "memory", "read-only"}
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_STALL_S = 120.0  # a loop that takes longer than this for one turn hangs


class Copy(Protocol):
    """A copy for readers, kept up to date between batches."""

    def committed(self) -> None: ...
    def step(self, connection: duckdb.DuckDBPyConnection) -> None: ...
    def close(self, connection: duckdb.DuckDBPyConnection) -> None: ...


@dataclass(frozen=True, slots=True)
class SinkOptions:
    """A batch is what comes in within ``batch_seconds`` of its first record, or about
    ``batch_records``, whichever is first. ``timezone`` is that of a new database. ``readers``:
    whom to serve while it runs.
    """

    db: Path
    timezone: str
    batch_seconds: float = 0.5
    batch_records: int = 20_000
    readers: Readers | None = None


@dataclass(slots=True)
class Sink:
    """``run`` goes on until ``stopping`` is set; ``trouble`` says what keeps it from working."""

    clients: Clients
    keyed: int
    options: SinkOptions
    copy: Copy | None = None
    stopping: Event = field(default_factory=Event)
    trouble: str | None = "starting"
    _turned: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """DatabaseError for a file that can never do, TopicsMadeAnewError, BrokerUnavailable,
        ServeError.
        """
        pause = _FIRST_PAUSE_S
        while not self.stopping.is_set():
            started = time.monotonic()
            try:
                self._work()
            except DatabaseError as error:
                if error.what not in _WORTH_RETRYING:
                    raise
                self._wait(error.what, str(error), pause)
            except (KafkaError, BrokerUnavailable) as error:
                self._wait("broker", f"Kafka does not answer ({type(error).__name__}).", pause)
            lasted = time.monotonic() - started > 2 * _LONGEST_PAUSE_S
            pause = _FIRST_PAUSE_S if lasted else min(2 * pause, _LONGEST_PAUSE_S)

    def is_hanging(self) -> str | None:
        """For /healthz: a sentence if the loop has not turned for two minutes."""
        still = time.monotonic() - self._turned
        return f"The sink's loop has stood still for {still:.0f} s." if still > _STALL_S else None

    def _wait(self, cause: str, sentence: str, pause: float) -> None:
        FAILURES.labels(cause).inc()
        self.trouble = sentence
        _log.error("nothing is stored for now", extra={"cause": sentence, "pause_seconds": pause})
        deadline = time.monotonic() + pause
        while time.monotonic() < deadline and not self.stopping.wait(0.2):
            self._turned = time.monotonic()

    def _work(self) -> None:
        """Opens the database and the consumer, and stores batches until told to stop."""
        with (
            writing(self.options.db, self.options.timezone) as connection,
            serving(connection, self.options.readers),
        ):
            database = StreamDatabase(connection, self.keyed)
            reader = SinkReader(self.clients, self.keyed)
            drips = DripWatch(self.clients, self.keyed, database)
            sealing = Sealing(self.clients, self.keyed, database)
            try:
                database.claim(reader.stream)
                reader.seek(database.positions())
                drips.step(idle=True)  # what a sink that was killed had no time for
                reader.commit(reader.positions())
                self.trouble = None
                _log.info("the sink reads on", extra={"as_of": database.as_of})
                while not self.stopping.is_set():
                    self._turn(database, reader, drips)
                    sealing.step()
                    if self.copy is not None:
                        self.copy.step(connection)
            finally:
                if self.copy is not None:
                    self.copy.close(connection)
                sealing.close()
                reader.close()

    def _turn(self, database: StreamDatabase, reader: SinkReader, drips: DripWatch) -> None:
        records = reader.read(self.options.batch_seconds, self.options.batch_records)
        self._turned = time.monotonic()
        moved = reader.moved()
        if not records:
            reader.ask()
        if not moved:
            reader.copy_again()
            drips.step(idle=True)
            return
        before = database.positions() if drips.stale else {}
        with TRANSACTION_SECONDS.time():
            database.apply(records, moved)
        committed(records)
        drips.step(idle=not records)
        reader.commit(before if drips.stale else moved)
        LAG.set(reader.lag())
        if records and self.copy is not None:
            self.copy.committed()
