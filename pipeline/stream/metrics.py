"""What a worker counts, for Prometheus: by stage and code, never by whom."""

from __future__ import annotations

import logging
import time
from collections import Counter as Tally

from prometheus_client import Counter, Gauge, Histogram

from pipeline.core.detectors import CUSTOMER_DETECTORS, GROUP_DETECTORS
from pipeline.stream.stages.records import Batch

__all__ = ["WorkerMetrics"]

_log = logging.getLogger(__name__)
_SAY_EVERY_S = 5.0
_OUTCOMES = ("applied", "duplicates", "late")
_SIGNAL_CODES = frozenset(
    [*(one.code for one in GROUP_DETECTORS), *(one.code for one in CUSTOMER_DETECTORS)]
)
_VERDICTS = ("valid", "pending", "invalid", "fake", "excluded")

_RECORDS = Counter("truefriend_worker_records_total", "Input records worked through.")
_EVENTS = Counter("truefriend_events_total", "Interactions by what became of them.", ["outcome"])
_DECIDED = Counter("truefriend_decisions_total", "Verdicts written, by verdict.", ["verdict"])
_SIGNALS = Counter("truefriend_signals_total", "Signals written, anew or back, by code.", ["code"])
_DEAD = Counter("truefriend_worker_dead_letters_total", "Dead letters written.", ["code"])
_WRITTEN = Counter("truefriend_worker_written_total", "Records written, by topic.", ["topic"])
_TRANSACTION = Histogram(
    "truefriend_worker_transaction_seconds",
    "Seconds from the end of a batch's work to its commit.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_BATCH = Histogram(
    "truefriend_worker_transaction_records",
    "Input records of a transaction.",
    buckets=(1, 10, 100, 1_000, 5_000, 10_000, 20_000, 50_000, 100_000),
)
_LATEST = Gauge(
    "truefriend_latest_event_seconds", "Latest event time, by partition.", ["partition"]
)
_RESTORED = Gauge("truefriend_restore_ratio", "How much of the state is read back.", ["partition"])
_RESTORE_S = Gauge("truefriend_restore_seconds", "How long the last restore took.", ["partition"])
_PARTITIONS = Gauge("truefriend_partitions", "Partitions that this worker has taken over.")


class WorkerMetrics:
    """The runners' observer."""

    def __init__(self) -> None:
        self._said_at: dict[int, float] = {}
        self.committed_at = time.monotonic()

    def restoring(self, partition: int, done: int, of: int) -> None:
        """A line now and then: a restore of much state takes a while."""
        _RESTORED.labels(partition).set(done / max(1, of))
        now = time.monotonic()
        if now - self._said_at.get(partition, 0.0) > _SAY_EVERY_S:
            self._said_at[partition] = now
            percent = 100 * done // max(1, of)
            _log.info("restoring", extra={"partition": partition, "percent": percent})

    def restored(self, partition: int, records: int, seconds: float) -> None:
        _RESTORED.labels(partition).set(1)
        _RESTORE_S.labels(partition).set(seconds)
        took = {"partition": partition, "records": records, "seconds": round(seconds, 3)}
        _log.info("restored", extra=took)

    def owned(self, partitions: int) -> None:
        _PARTITIONS.set(partitions)
        _log.info("partitions assigned", extra={"partitions": partitions})

    def committed(
        self, partition: int, batch: Batch, latest: int | None, records: int, seconds: float
    ) -> None:
        self.committed_at = time.monotonic()
        _RECORDS.inc(records)
        _BATCH.observe(records)
        _TRANSACTION.observe(seconds)
        if latest is not None:
            _LATEST.labels(partition).set(latest / 1e6)
        for what, number in batch.counts.items():
            if what in _OUTCOMES:
                _EVENTS.labels(what).inc(number)
            elif what in _VERDICTS:
                _DECIDED.labels(what).inc(number)
            elif what in _SIGNAL_CODES:
                _SIGNALS.labels(what).inc(number)
            else:
                _DEAD.labels(what).inc(number)
        for topic, number in Tally(output.topic for output in batch.outputs).items():
            _WRITTEN.labels(topic).inc(number)
