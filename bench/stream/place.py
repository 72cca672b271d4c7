"""Where the benches work: a broker of their own, and a bank's events in one topic for all.

The events are produced once and stay; every run makes the topics between and after the stages
anew. Lines that are no events are left out, for peers would stumble over them; copies stay.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from bench.replay.bank import BUILD, Bank, make_bank
from pipeline.broker import start_broker, stop_broker
from pipeline.clients import Clients
from pipeline.settings import load_settings
from pipeline.stream.app import group_of
from pipeline.topics_admin import create_topics
from sources.files import open_blocks
from sources.kafka.produce import ProduceOptions, produce
from topics.catalog import TOPICS, topic_name
from topics.codec import BadRecord, decode_lines

__all__ = ["KEPT", "PARTITIONS", "Place", "broker", "open_bank", "open_place"]

PARTITIONS = 4
_COORDINATOR_S = 20.0
_DATA = BUILD / "kafka"
KEPT = ("interactions", "customers", "staff", "branches", "policies", "cases")


@contextmanager
def broker(keep: bool = False) -> Iterator[str]:
    """The benches' broker, its address; stopped at the end unless it is to be kept."""
    running = start_broker(_DATA)
    _take_any_time(running.bootstrap_servers)
    try:
        yield running.bootstrap_servers
    finally:
        if not keep:
            stop_broker(_DATA)


@dataclass(frozen=True)
class Place:
    """A namespace on the broker.

    ``events`` is how many interactions there are, ``adds`` how many of them are friend.added,
    ``lines`` their file.
    """

    clients: Clients
    bank: Bank
    events: int
    adds: int
    lines: Path

    @property
    def namespace(self) -> str:
        return self.clients.settings.namespace

    @property
    def servers(self) -> str:
        return self.clients.settings.bootstrap_servers

    @property
    def environment(self) -> dict[str, str]:
        """That of a process of ours."""
        return {
            **os.environ,
            "TRUEFRIEND_NAMESPACE": self.namespace,
            "TRUEFRIEND_BOOTSTRAP_SERVERS": self.servers,
            "TRUEFRIEND_IP_TABLE": str(self.bank.ip_table),
        }

    def topic(self, name: str) -> str:
        return topic_name(self.namespace, name)

    def reset(self, kept: Iterable[str] = KEPT) -> None:
        """Topics as before any worker ran: all but those that are kept are made anew."""
        gone = [self.topic(name) for name in TOPICS if name not in kept]
        with self.admin() as admin:
            _delete(admin, gone)
            group = group_of(self.namespace)
            if group in _groups(admin):
                admin.delete_groups([group])
        create_topics(self.clients, PARTITIONS)

    @contextmanager
    def scratch(self, name: str) -> Iterator[str]:
        """A topic for a peer's outputs; it and all that the peer made itself goes at the end."""
        with self.admin() as admin:
            before = set(admin.list_topics())
            how = {"num_partitions": PARTITIONS, "configs": {"retention.ms": "-1"}}
            admin.create_topics({name: {**how, "replication_factor": 1}})
            admin.wait_for_topics([name])
        try:
            yield name
        finally:
            with self.admin() as admin:
                _delete(admin, [one for one in admin.list_topics() if one not in before])

    @contextmanager
    def admin(self) -> Iterator[KafkaAdminClient]:
        admin = KafkaAdminClient(**self.clients.kafka_python())
        try:
            yield admin
        finally:
            admin.close()

    def count(self, topic: str) -> int:
        """How many committed records a topic holds."""
        consumer = KafkaConsumer(
            **self.clients.kafka_python(),
            isolation_level="read_committed",
            enable_auto_commit=False,
            max_poll_records=10_000,
        )
        try:
            parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            consumer.assign(parts)
            ends = consumer.end_offsets(parts)
            consumer.seek_to_beginning(*parts)
            found = 0
            while any(consumer.position(one) < ends[one] for one in parts):
                found += sum(map(len, consumer.poll(timeout_ms=200).values()))
            return found
        finally:
            consumer.close(autocommit=False)


def open_place(servers: str, events: int, name: str = "rates", with_events: bool = True) -> Place:
    """The namespace with a bank of so many events in its topics; produced only once.

    Its reference rows and policy are there in any case.
    """
    return open_bank(servers, make_bank(events), name, with_events)


def open_bank(servers: str, bank: Bank, name: str = "rates", with_events: bool = True) -> Place:
    """The same with this bank."""
    namespace = f"bench.{name}.{bank.folder.name}"
    clients = Clients(load_settings(namespace=namespace, bootstrap_servers=servers))
    good, facts = _good_lines(bank)
    done = _DATA / f"{namespace}.done"  # beside the log: a new broker has no topics
    if not done.exists():
        create_topics(clients, PARTITIONS)
        number = facts["events"] if with_events else 0
        print(f"Producing {number:,} events …", file=sys.stderr, flush=True)
        lines = good if with_events else _no_lines(bank)
        options = ProduceOptions([str(lines)], bank.reference, [bank.policy], allow_future=True)
        produce(options, clients)
        done.touch()
    return Place(clients, bank, facts["events"], facts["adds"], good)


def _no_lines(bank: Bank) -> Path:
    empty = bank.folder / "none.jsonl"
    empty.touch()
    return empty


def _take_any_time(servers: str) -> None:
    """Lets the topics that peers make take events ahead of this machine's clock."""
    admin = KafkaAdminClient(bootstrap_servers=servers)
    try:
        wanted = {"log.message.timestamp.after.max.ms": str(2**63 - 1)}
        admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", configs=wanted)])
    finally:
        admin.close()


def _good_lines(bank: Bank) -> tuple[Path, dict[str, int]]:
    """The bank's events without lines that are none, and how many there are."""
    good, note = bank.folder / "good.jsonl", bank.folder / "good.json"
    if not note.exists():
        facts = {"events": 0, "adds": 0}
        with good.open("wb") as file:
            for block in open_blocks(bank.inputs, 4 << 20, str(bank.inputs)):
                for _, line, event in decode_lines(block.data, block.numbers):
                    if not isinstance(event, BadRecord):
                        file.write(line + b"\n")
                        facts["events"] += 1
                        facts["adds"] += event.type == "friend.added"
        note.write_text(json.dumps(facts), encoding="utf-8")
    return good, json.loads(note.read_text(encoding="utf-8"))


def _groups(admin: KafkaAdminClient) -> set[str]:
    """The groups' names; a broker that has just started reads them first."""
    end = time.monotonic() + _COORDINATOR_S
    while True:
        try:
            return {one["group_id"] for one in admin.list_groups()}
        except KafkaError as error:
            if not error.retriable or time.monotonic() > end:
                raise
            time.sleep(0.2)


def _delete(admin: KafkaAdminClient, names: list[str]) -> None:
    there = [name for name in names if name in set(admin.list_topics())]
    if there:
        admin.delete_topics(there)
    while set(there) & set(admin.list_topics()):
        time.sleep(0.05)
