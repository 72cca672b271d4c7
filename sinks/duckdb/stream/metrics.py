"""What the sink counts, for Prometheus."""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Iterable

import msgspec
from prometheus_client import Counter, Gauge, Histogram

from sinks.duckdb.stream.dead import code_of
from sinks.duckdb.stream.records import Record

__all__ = ["FAILURES", "LAG", "TRANSACTION_SECONDS", "committed"]

_RECORDS = Counter("truefriend_sink_records_total", "Records stored, by topic.", ["topic"])
_VERDICTS = Counter(
    "truefriend_verdicts_total", "Revisions of verdicts stored, by verdict.", ["verdict"]
)
_CODES = Counter("truefriend_reason_codes_total", "First reasons of verdicts stored.", ["code"])
_DEAD = Counter("truefriend_dead_letters_total", "Dead letters stored, by code.", ["code"])
_BATCH = Histogram(
    "truefriend_sink_transaction_records",
    "Records of a transaction.",
    buckets=(1, 10, 100, 1_000, 5_000, 10_000, 20_000, 50_000, 100_000),
)
_DELAY = Histogram(
    "truefriend_sink_delay_seconds",
    "From a worker's write of a verdict to its row's commit in DuckDB.",
    buckets=(0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 300),
)
TRANSACTION_SECONDS = Histogram(
    "truefriend_sink_transaction_seconds",
    "Seconds of a DuckDB transaction.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
LAG = Gauge("truefriend_sink_lag_records", "Offsets between the sink's places and the ends.")
FAILURES = Counter(
    "truefriend_sink_failures_total", "Batches given up for the time being, by cause.", ["cause"]
)


class _Said(msgspec.Struct):
    verdict: str
    reasons: list[str] = []


def committed(records: Iterable[Record]) -> None:
    """Counts what a transaction has stored, right after its commit."""
    now, tally = time.time(), Tally[str]()
    for record in records:
        tally[record.topic] += 1
        if record.topic == "adds" and record.value is not None:
            said = _decode(record.value)
            _VERDICTS.labels(said.verdict).inc()
            if said.reasons:
                _CODES.labels(said.reasons[0]).inc()
            _DELAY.observe(max(0.0, now - record.timestamp / 1000))
        elif record.topic == "dead-letters":
            _DEAD.labels(code_of(record)).inc()
    for topic, number in tally.items():
        _RECORDS.labels(topic).inc(number)
    _BATCH.observe(tally.total())


_decode = msgspec.json.Decoder(_Said).decode
