"""An alert as the topic has it."""

from __future__ import annotations

import msgspec

from pipeline.core.calendar import Calendar
from pipeline.core.detectors.pools import AlertFound
from topics.outputs import Alert, raw_json

__all__ = ["encode_alert"]


def encode_alert(found: AlertFound | None, calendar: Calendar, revision: int) -> bytes | None:
    """The record's value; None (a tombstone) where the alert is no more."""
    if found is None:
        return None
    return _encode(
        Alert(
            fingerprint=found.fingerprint,
            key=found.key,
            severity=found.severity,
            status="firing",  # as things stand: time alone resolves it
            started_at=calendar.text(found.started_at),
            ended_at=calendar.text(found.ended_at),
            summary_zh=found.summary_zh,
            summary_en=found.summary_en,
            evidence=raw_json(found.evidence),
            runbook=found.runbook,
            revision=revision,
        )
    )


_encode = msgspec.json.Encoder().encode
