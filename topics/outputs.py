"""What comes out: values of the topics adds, rolling, signals and alerts (contract, section 4).

Values are JSON objects, all fields always written. Times are RFC 3339 texts with an offset, days
YYYY-MM-DD, months YYYY-MM, money whole fen. A row replaces the one before under its key; where
two records of a key disagree, the one with the greater ``revision`` counts.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "OUTPUTS",
    "Add",
    "Alert",
    "DeadLetterHeaders",
    "Rolling",
    "SignalRow",
    "raw_json",
    "rolling_key",
]

Time = Annotated[
    str, Meta(description="RFC 3339 with an offset", extra_json_schema={"format": "date-time"})
]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="a day of the bank")]
Month = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}$", description="a month of the bank")]
HexId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
Score = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Fen = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1, description="whole fen")]
Revision = Annotated[int, Meta(ge=0, le=2**63 - 1, description="epoch * 2^32 + n: only grows")]


class Add(msgspec.Struct, kw_only=True):
    """The verdict on one (staff member, customer) pair, key add_id; a row of the table adds.

    A null value takes the add back. ``pending`` becomes ``invalid`` by time alone: compare
    pending_until with *as of*. ``cause`` says what brought this revision about.
    """

    add_id: HexId
    staff_id: str
    customer_id: str
    bank_customer_id: str | None
    added_at: Time
    verified_at: Time | None
    province: str | None
    verdict: Literal["valid", "pending", "invalid", "fake", "excluded"]
    reasons: list[str]
    fake_score: Score
    evidence: dict[str, Any]
    policy_version: str
    pending_until: Time
    facts: dict[str, Any]
    rules_version: str
    revision: Revision
    day: Day
    month: Month
    add_way: Annotated[int, Meta(description="WeCom's number")]
    cause: dict[str, Any]


class Rolling(msgspec.Struct, kw_only=True):
    """The counts of staff_daily that come from events alone, key ``rolling_key``."""

    staff_id: str
    day: Day
    removed: Count
    messages_sent: Count
    messages_received: Count
    customers_wrote: Count
    customers_answered: Count
    moments: Count
    adverts: Count
    reactions: Count
    groups_joined: Count
    links_opened: Count
    tasks_assigned: Count
    tasks_executed: Count
    sales: Count
    amount_fen: Fen
    interest_income_fen: Fen
    fee_income_fen: Fen
    revision: Revision


class SignalRow(msgspec.Struct, kw_only=True):
    """A detector's evidence, key signal_id, partition of the customer_id; score 0 takes it back.

    It speaks of the add at the staff member; null: of all adds of the window_start's month.
    """

    signal_id: str
    code: str
    customer_id: str
    staff_id: str | None
    score: Score
    window_start: Time
    window_end: Time
    evidence: dict[str, Any]


class Alert(msgspec.Struct, kw_only=True):
    """Something for people to look at, key fingerprint; times are those of events.

    A firing alert is resolved by time alone too: compare ended_at with *as of*.
    """

    fingerprint: str
    key: Annotated[str, Meta(description="what it is about")]
    severity: Literal["info", "warning", "critical"]
    status: Literal["firing", "resolved"]
    started_at: Time
    ended_at: Time | None
    summary_zh: str
    summary_en: str
    evidence: dict[str, Any]
    runbook: str
    revision: Revision


class DeadLetterHeaders(msgspec.Struct, kw_only=True):
    """Headers of a record of dead-letters, as UTF-8 texts; its key and value are the original's."""

    topic: str
    partition: Annotated[str, Meta(pattern=r"^[0-9]+$")]
    offset: Annotated[str, Meta(pattern=r"^[0-9]+$")]
    code: Literal[
        "bad_json",
        "bad_envelope",
        "unknown_type",
        "bad_time",
        "bad_data",
        "misrouted",
        "future_time",
        "conflicting_duplicate",
        "bad_reference",
    ]
    sentence: Annotated[str, Meta(description="what is wrong; nothing personal")]


OUTPUTS: dict[str, type[msgspec.Struct]] = {
    "adds": Add,
    "rolling": Rolling,
    "signals": SignalRow,
    "alerts": Alert,
    "dead-letters": DeadLetterHeaders,
}
"""Topic to the struct of its value; of dead-letters, to that of its headers."""


def raw_json(text: str) -> Any:
    """JSON that is written as it is, where a struct wants the object."""
    return msgspec.Raw(text.encode())


def rolling_key(staff_id: str, day: str) -> bytes:
    """The record key of a rolling row: staff_id 0x1F day, as add_id joins its two halves."""
    return f"{staff_id}\x1f{day}".encode()
