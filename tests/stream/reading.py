"""What stands in a topic, read as the pipeline reads it."""

from __future__ import annotations

from typing import Any

from kafka import KafkaConsumer, TopicPartition

from pipeline.clients import Clients
from pipeline.settings import Settings
from topics.catalog import topic_name


def read_all(settings: Settings, topic: str) -> list[Any]:
    """All committed records of a topic, by partition and offset."""
    consumer = KafkaConsumer(
        **Clients(settings).kafka_python(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=30_000,
    )
    name = topic_name(settings.namespace, topic)
    places = [TopicPartition(name, number) for number in consumer.partitions_for_topic(name)]
    consumer.assign(places)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(places)
    found = []
    while any(consumer.position(place) < ends[place] for place in places):
        for records in consumer.poll(timeout_ms=500).values():
            found += records
    consumer.close()
    return sorted(found, key=lambda record: (record.partition, record.offset))
