"""Every topic: its key, partitions, cleanup, retention, timestamps, and who may write it.

``topics create`` makes them so, ``topics check`` and the workers compare what they find with it.
Names here are without the namespace; ``topic_name`` puts it before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from topics.events import Envelope
from topics.outputs import Add, Alert, DeadLetterHeaders, Rolling, SignalRow
from topics.reference import Branch, Case, Customer, Staff

__all__ = ["DEFAULT_PARTITIONS", "TOPICS", "Topic", "configs", "partition_count", "topic_name"]

DEFAULT_PARTITIONS = 24
"""The one number of partitions of all keyed topics; never to be changed in place."""

FOREVER = -1
MOST = str(2**63 - 1)
_RECORD_BYTES = 16 << 20  # of events and dead letters: a long line must come through whole

Role = Literal["sources", "crm", "hr", "policy-office", "console", "operators", "workers", "sink"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    ``key`` says in words what the record key is, ``key_fields`` which fields of the value it is
    made of, joined by 0x1F. ``routed_by`` is the field whose murmur2 gives the partition.
    ``partitions`` is "keyed" (the one number of all keyed topics) or 1 (read whole by all).
    ``retention_ms`` is -1 for ever. ``writers`` are roles: sources are gateway, produce and CDC.
    ``value`` is the struct of the JSON value; None: bytes of the stages' own, MessagePack.
    """

    name: str
    direction: Literal["in", "between", "out"]
    key: str
    key_fields: tuple[str, ...]
    routed_by: str
    partitions: Literal["keyed", 1]
    cleanup: Literal["compact", "delete"]
    writers: tuple[Role, ...]
    value: type[Any] | None
    description: str
    retention_ms: int = FOREVER
    timestamp_type: Literal["CreateTime", "LogAppendTime"] = "CreateTime"
    max_record_bytes: int = 1 << 20


def topic_name(namespace: str, topic: Topic | str) -> str:
    """The name on the broker: truefriend.interactions for the namespace truefriend."""
    name = topic if isinstance(topic, str) else topic.name
    if name not in TOPICS:
        raise KeyError(f"{name} is none of the catalogue's topics: {', '.join(TOPICS)}")
    return f"{namespace}.{name}"


def partition_count(topic: Topic, keyed: int = DEFAULT_PARTITIONS) -> int:
    """How many partitions the topic has where keyed topics have ``keyed``."""
    return keyed if topic.partitions == "keyed" else topic.partitions


def configs(topic: Topic) -> dict[str, str]:
    """The topic's settings on the broker, all that must not be left to its defaults.

    Kafka deletes by a record's timestamp, which is its event's time: without these, events of 40
    days ago would be gone in minutes and one two hours ahead refused.
    """
    found = {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(topic.retention_ms),
        "retention.bytes": "-1",
        "message.timestamp.type": topic.timestamp_type,
        "message.timestamp.after.max.ms": MOST,
        "message.timestamp.before.max.ms": MOST,
        "max.message.bytes": str(topic.max_record_bytes),
    }
    if topic.cleanup == "compact":
        # A consumer that stood still this long must begin anew: it may have missed a deletion.
        found["delete.retention.ms"] = str(7 * 24 * 3_600_000)
    return found


_IN = (
    Topic(
        name="interactions",
        direction="in",
        key="customer_id, else staff_id, else bank_customer_id",
        key_fields=("customer_id", "staff_id", "bank_customer_id"),
        routed_by="key",
        partitions="keyed",
        cleanup="delete",
        writers=("sources",),
        value=Envelope,
        description="Interaction events, CloudEvents 1.0 structured mode; timestamp = event time.",
        max_record_bytes=_RECORD_BYTES,
    ),
    Topic(
        name="customers",
        direction="in",
        key="bank_customer_id",
        key_fields=("bank_customer_id",),
        routed_by="bank_customer_id",
        partitions="keyed",
        cleanup="compact",
        writers=("crm",),
        value=Customer,
        description="Bank customers as the CRM knows them; a null value deletes.",
    ),
    Topic(
        name="staff",
        direction="in",
        key="staff_id",
        key_fields=("staff_id",),
        routed_by="staff_id",
        partitions="keyed",
        cleanup="compact",
        writers=("hr",),
        value=Staff,
        description="Staff members; a null value deletes.",
    ),
    Topic(
        name="branches",
        direction="in",
        key="branch_id",
        key_fields=("branch_id",),
        routed_by="branch_id",
        partitions=1,
        cleanup="compact",
        writers=("hr",),
        value=Branch,
        description="Branches, read whole by all; a null value deletes.",
    ),
    Topic(
        name="policies",
        direction="in",
        key="the policy's version",
        key_fields=("version",),
        routed_by="version",
        partitions=1,
        cleanup="compact",
        writers=("policy-office",),
        value=str,
        description="Policies as TOML text, read whole by all.",
    ),
    Topic(
        name="cases",
        direction="in",
        key="add_id",
        key_fields=("add_id",),
        routed_by="add_id",
        partitions=1,
        cleanup="compact",
        writers=("console",),
        value=Case,
        description="People's decisions on adds, read whole by all; the last one counts.",
    ),
)

_BETWEEN = (
    Topic(
        name="identity",
        direction="between",
        key="bank_customer_id and customer_id",
        key_fields=("bank_customer_id", "customer_id"),
        routed_by="bank_customer_id",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=None,
        description="Ledger to identity: a customer's first verification and friends.",
    ),
    Topic(
        name="answers",
        direction="between",
        key="customer_id and bank_customer_id",
        key_fields=("customer_id", "bank_customer_id"),
        routed_by="customer_id",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=None,
        description="Identity to ledger: who, whose, account and shared identity of a customer.",
    ),
    Topic(
        name="facts",
        direction="between",
        key="the subject (staff, two staff, device, address, bank number) and customer_id",
        key_fields=("subject", "customer_id"),
        routed_by="subject",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=None,
        description="Ledger to detectors: what links a customer to others, and its month's traits.",
    ),
    Topic(
        name="verdicts",
        direction="between",
        key="staff_id and add_id",
        key_fields=("staff_id", "add_id"),
        routed_by="staff_id",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=None,
        description="Ledger to staff: the verdict on an add by its customer's side alone.",
    ),
    Topic(
        name="partials",
        direction="between",
        key="staff_id, day and the ledger's partition",
        key_fields=("staff_id", "day", "partition"),
        routed_by="staff_id",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=None,
        description="Ledger to staff: a ledger partition's own counts of a staff member's day.",
    ),
    Topic(
        name="coverage",
        direction="between",
        key="bank_customer_id",
        key_fields=("bank_customer_id",),
        routed_by="bank_customer_id",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=None,
        description="Identity to sink: whether the manager has the bank customer as a friend.",
    ),
    Topic(
        name="late",
        direction="between",
        key="event id and source, and add_id where the row is an add",
        key_fields=("id", "source", "add_id"),
        routed_by="key",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=None,
        description="To the sink: events that would have changed a row of a sealed month.",
    ),
    Topic(
        name="progress",
        direction="between",
        key="the ledger's partition",
        key_fields=("partition",),
        routed_by="partition",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=None,
        description="Each partition's latest accepted time and positions; as of is the greatest.",
    ),
    Topic(
        name="months",
        direction="between",
        key="the month",
        key_fields=("month",),
        routed_by="month",
        partitions=1,
        cleanup="compact",
        writers=("operators", "sink"),
        value=None,
        description="Control records: months to seal and sealed, read whole by all.",
    ),
    Topic(
        name="changelog",
        direction="between",
        key="stage, key, kind and sub-key",
        key_fields=("stage", "key", "kind", "sub"),
        routed_by="the stage's partition",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=None,
        description="The stages' state rows and position vectors; a null value deletes.",
    ),
)

_OUT = (
    Topic(
        name="adds",
        direction="out",
        key="add_id",
        key_fields=("add_id",),
        routed_by="add_id",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=Add,
        description="The verdict on every add, its last revision.",
    ),
    Topic(
        name="rolling",
        direction="out",
        key="staff_id and day",
        key_fields=("staff_id", "day"),
        routed_by="key",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=Rolling,
        description="The counts of staff_daily that come from events.",
    ),
    Topic(
        name="signals",
        direction="out",
        key="signal_id",
        key_fields=("signal_id",),
        routed_by="customer_id",
        partitions="keyed",
        cleanup="compact",
        writers=("workers",),
        value=SignalRow,
        description="Detectors' evidence against adds; a score of 0 takes one back.",
    ),
    Topic(
        name="alerts",
        direction="out",
        key="fingerprint",
        key_fields=("fingerprint",),
        routed_by="fingerprint",
        partitions="keyed",
        cleanup="compact",
        writers=("workers", "sink"),
        value=Alert,
        description="What people should look at, firing or resolved.",
    ),
    Topic(
        name="dead-letters",
        direction="out",
        key="the original record's key",
        key_fields=(),
        routed_by="key",
        partitions="keyed",
        cleanup="delete",
        writers=("workers",),
        value=DeadLetterHeaders,
        description="Records that could not be accepted, bytes as they came; headers say why.",
        max_record_bytes=_RECORD_BYTES + (64 << 10),
    ),
)

TOPICS: dict[str, Topic] = {topic.name: topic for topic in (*_IN, *_BETWEEN, *_OUT)}
"""All topics by name, in the order of the way of an event."""
