"""What brought a verdict about, as JSON for ``verdict_changes.cause``; its key names the kind."""

from __future__ import annotations

import msgspec

from pipeline.core.ids import add_id
from topics.event import Event

__all__ = [
    "BY_CASE",
    "BY_POLICY",
    "case_cause",
    "event_cause",
    "reference_cause",
    "resolved",
    "resumed_cause",
    "signal_cause",
]

BY_POLICY = '{"policy":""}'
BY_CASE = '{"case":""}'
"""Of a whole account judged again because policies or cases changed: which of them it is for an
add, the add says (``resolved``)."""


def event_cause(event: Event) -> str:
    """The event's source, id, type and time."""
    named = {"source": event.source, "id": event.id, "type": event.type, "time": event.time}
    return _json({"event": named})


def signal_cause(signal_id: str) -> str:
    return _json({"signal": signal_id})


def reference_cause(name: str, key: str) -> str:
    """The reference row, as ``customers/b1``."""
    return _json({"reference": f"{name}/{key}"})


def case_cause(named: str) -> str:
    """The person's decision on the add of this add_id."""
    return _json({"case": named})


def resumed_cause(epoch: int) -> str:
    """A replay that went on after a kill, by its number."""
    return _json({"resumed": epoch})


def resolved(cause: str, policy_version: str, staff_id: str, customer_id: str) -> str:
    """The cause for one add: by which policy it is judged now, or that it is its own case."""
    if cause == BY_POLICY:
        return _json({"policy": policy_version})
    return case_cause(add_id(staff_id, customer_id)) if cause == BY_CASE else cause


def _json(cause: object) -> str:
    return _encode(cause).decode()


_encode = msgspec.json.Encoder().encode
