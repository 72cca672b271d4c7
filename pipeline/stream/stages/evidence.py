"""What ledger and detectors send each other: facts one way, signals the other, as records."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.core.detectors import CUSTOMER_DETECTORS
from pipeline.core.detectors.news import FactRow
from pipeline.core.records import Signal
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.records import Input, Output, Route
from topics.outputs import SignalRow, raw_json
from topics.times import parse_time

__all__ = ["OWN_CODES", "fact_output", "read_fact", "read_signal", "signal_output"]

OWN_CODES = frozenset(detector.code for detector in CUSTOMER_DETECTORS)
"""Codes of signals that an account gives by itself: they are on the topic for others to read."""


def fact_output(fact: FactRow, route: Route) -> Output:
    """A record of the topic ``facts``."""
    subject, customer_id, _ = fact
    return Output("facts", route(subject), f"{subject}\x1f{customer_id}".encode(), _pack(fact))


def read_fact(record: Input) -> FactRow:
    fact: FactRow = _decode_fact(record.value or b"")
    return fact


def signal_output(signal: Signal, context: Context) -> Output:
    """A record of the topic ``signals``; a score of 0 takes one back."""
    row = SignalRow(
        signal_id=signal.signal_id,
        code=signal.code,
        customer_id=signal.customer_id,
        staff_id=signal.staff_id or None,
        score=signal.score,
        window_start=_time(signal.window_start, context),
        window_end=_time(signal.window_end, context),
        evidence=raw_json(signal.evidence),
    )
    partition = context.route(signal.customer_id)
    return Output("signals", partition, signal.signal_id.encode(), _encode(row))


def read_signal(record: Input) -> Signal:
    row = _decode_signal(record.value or b"")
    return Signal(
        row.signal_id,
        row.code,
        row.customer_id,
        row.staff_id or "",
        row.score,
        parse_time(row.window_start),
        parse_time(row.window_end),
        _encode(row.evidence).decode(),
    )


def _time(time: int, context: Context) -> str:
    return context.calendar.text(time)


_pack = msgspec.msgpack.Encoder().encode
_encode = msgspec.json.Encoder().encode
_decode_fact: Any = msgspec.msgpack.Decoder(FactRow).decode
_decode_signal = msgspec.json.Decoder(SignalRow).decode
