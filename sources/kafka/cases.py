"""A person's decision on an add into the topic ``cases``."""

from __future__ import annotations

import msgspec

from pipeline.clients import Clients, broker_errors
from pipeline.topics_admin import check_topics
from topics.catalog import topic_name
from topics.reference import Case

__all__ = ["send_case"]

_SECONDS = 30


def send_case(clients: Clients, case: Case) -> None:
    """Returns once Kafka has acknowledged it; workers judge the add anew, the sink keeps the row.

    TopicsDiffer and BrokerUnavailable as everywhere.
    """
    from kafka import KafkaProducer

    settings = clients.settings
    check_topics(clients, settings)
    with broker_errors(settings):
        producer = KafkaProducer(**clients.kafka_python(), acks="all")
        try:
            producer.send(
                topic_name(settings.namespace, "cases"),
                key=case.add_id.encode(),
                value=msgspec.json.encode(case),
                partition=0,
            ).get(timeout=_SECONDS)
        finally:
            producer.close()
