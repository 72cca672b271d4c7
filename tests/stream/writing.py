"""Writes records to a broker as workers do: in transactions."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from kafka import KafkaProducer

from pipeline.clients import Clients
from pipeline.settings import Settings
from sinks.duckdb.stream.records import Record
from topics.catalog import topic_name

__all__ = ["write", "write_aborted"]


def write(settings: Settings, records: Iterable[Record], *, at_once: int = 1_000) -> None:
    """A transaction for every so many records."""
    producer = _producer(settings)
    some = list(records)
    for start in range(0, len(some), at_once):
        producer.begin_transaction()
        _send(producer, settings, some[start : start + at_once])
        producer.commit_transaction()
    producer.close()


def write_aborted(settings: Settings, records: Iterable[Record]) -> None:
    """A transaction that is given up after all was sent."""
    producer = _producer(settings)
    producer.begin_transaction()
    _send(producer, settings, records)
    producer.flush()
    producer.abort_transaction()
    producer.close()


def _producer(settings: Settings) -> KafkaProducer:
    producer = KafkaProducer(
        **Clients(settings).kafka_python(), transactional_id=uuid4().hex, acks="all"
    )
    producer.init_transactions()
    return producer


def _send(producer: KafkaProducer, settings: Settings, records: Iterable[Record]) -> None:
    for one in records:
        producer.send(
            topic_name(settings.namespace, one.topic),
            key=one.key,
            value=one.value,
            partition=one.partition,
            headers=list(one.headers),
        )
