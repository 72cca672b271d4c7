"""The catalogue's topics on the brokers: made as it says, and compared with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.clients import Clients, broker_errors
from pipeline.core.errors import TruefriendError
from pipeline.settings import Settings
from topics.catalog import TOPICS, configs, partition_count, topic_name

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

__all__ = [
    "PATIENCE_S",
    "Difference",
    "TopicsDiffer",
    "check_topics",
    "create_topics",
    "find_differences",
]

PATIENCE_S = 10.0
"""So long a broker is waited for."""
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on the broker that is not as the catalogue says. ``topic`` is the full name."""

    topic: str
    what: str
    procedure: str


class TopicsDiffer(TruefriendError):  # noqa: N818  (says what is the matter with the topics)
    """The topics are not as the catalogue says; ``differences`` has all."""

    def __init__(self, message: str, differences: list[Difference] | None = None) -> None:
        super().__init__(message)
        self.differences = differences or []


def create_topics(clients: Clients, keyed: int, replication: int = -1) -> list[str]:
    """Makes the topics that are missing and returns their names; others stay as they are.

    ``keyed`` is the number of partitions of all keyed topics, ``replication`` -1 the brokers'
    default. A missing topic beside others of another number of partitions is made all the same:
    the check tells it.
    """
    from kafka.errors import TopicAlreadyExistsError

    namespace = clients.settings.namespace
    with _admin(clients) as admin:
        there = set(admin.list_topics())
        wanted = {
            topic_name(namespace, topic): {
                "num_partitions": partition_count(topic, keyed),
                "replication_factor": replication,
                "configs": configs(topic),
            }
            for topic in TOPICS.values()
        }
        missing = {name: how for name, how in wanted.items() if name not in there}
        for name, how in missing.items():
            try:
                admin.create_topics({name: how})
            except TopicAlreadyExistsError:
                continue  # made by somebody else meanwhile
        if missing:
            admin.wait_for_topics(list(missing))
    return list(missing)


def check_topics(clients: Clients, settings: Settings, patience: float = PATIENCE_S) -> int:
    """The number of partitions of the keyed topics, once all topics are as the catalogue says.

    Workers and the sink call it when they start. TopicsDiffer names the differences and what to
    do; BrokerUnavailable where no broker answers within ``patience`` seconds.
    """
    differences, keyed = find_differences(clients, settings, patience=patience)
    if not differences:
        return keyed
    more = len(differences) - _SHOWN
    shown = [f"{one.topic} {one.what}" for one in differences[:_SHOWN]]
    shown += [f"{more} more (truefriend topics check lists them)"] if more > 0 else []
    procedures = dict.fromkeys(one.procedure for one in differences)
    raise TopicsDiffer(
        f"The topics are not as the catalogue says: {'; '.join(shown)}. {' '.join(procedures)}",
        differences,
    )


def find_differences(
    clients: Clients,
    settings: Settings,
    partitions: int | None = None,
    *,
    patience: float = PATIENCE_S,
) -> tuple[list[Difference], int]:
    """All differences, and the number of partitions that keyed topics must have.

    That is ``partitions``, or, where it is None, the number that ``interactions`` has.
    """
    names = {topic_name(settings.namespace, topic): topic for topic in TOPICS.values()}
    with _admin(clients, patience) as admin:
        counts = _partition_counts(admin, names)
        found = _settings_of(admin, list(counts))
    inputs = counts.get(topic_name(settings.namespace, "interactions"), 0)
    keyed = partitions or inputs or max(counts.values(), default=0)
    differences: list[Difference] = []
    for name, topic in names.items():
        if name not in counts:
            differences.append(_missing(name, keyed))
            continue
        if counts[name] != partition_count(topic, keyed):
            differences.append(_other_partitions(name, counts[name], partition_count(topic, keyed)))
        differences += [
            _other_setting(name, key, found[name].get(key), value)
            for key, value in configs(topic).items()
            if found[name].get(key) != value
        ]
    return differences, keyed


def _missing(name: str, keyed: int) -> Difference:
    number = f" --partitions {keyed}" if keyed else ""
    return Difference(
        name, "is missing", f"Make missing topics with: truefriend topics create{number}."
    )


def _other_partitions(name: str, count: int, wanted: int) -> Difference:
    return Difference(
        name,
        f"has {count} partitions where {wanted} belong",
        "A number of partitions is never changed in place, since keys would move: make the topics "
        "anew under another TRUEFRIEND_NAMESPACE with the number wanted and produce everything "
        "again into them (docs/operating.md, Topics).",
    )


def _other_setting(name: str, key: str, value: str | None, wanted: str) -> Difference:
    return Difference(
        name,
        f"has {key}={value} where {key}={wanted} belongs",
        f"Set {key} back on the broker: kafka-configs --alter --entity-type topics "
        f"--entity-name {name} --add-config {key}={wanted}; what was deleted or refused meanwhile "
        "must be produced again.",
    )


@contextmanager
def _admin(clients: Clients, patience: float = PATIENCE_S) -> Iterator[KafkaAdminClient]:
    from kafka import KafkaAdminClient

    with broker_errors(clients.settings):
        admin = KafkaAdminClient(
            **clients.kafka_python(), bootstrap_timeout_ms=int(patience * 1000)
        )
        try:
            yield admin
        finally:
            admin.close()


def _partition_counts(admin: Any, names: dict[str, Any]) -> dict[str, int]:
    there = [name for name in admin.list_topics() if name in names]
    if not there:
        return {}
    return {one["name"]: len(one["partitions"]) for one in admin.describe_topics(there)}


def _settings_of(admin: Any, names: list[str]) -> dict[str, dict[str, str]]:
    from kafka.admin import ConfigResource, ConfigResourceType

    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    described = admin.describe_configs(resources, config_filter="all")["topic"]
    return {
        name: {key: entry["value"] for key, entry in entries.items()}
        for name, entries in described.items()
    }
