"""A person's decision on an add into the topic ``cases``."""

from __future__ import annotations

import msgspec

from pipeline.clients import Clients, broker_errors
from pipeline.topics_admin import check_topics
from topics.reference import Case

__all__ = ["send_case"]


def send_case(clients: Clients, case: Case) -> None:
    """Returns once Kafka has acknowledged it; workers judge the add anew, the sink keeps the row.

    TopicsDiffer and BrokerUnavailable as everywhere.
    """
    from pipeline.kafka_client import send_record

    settings = clients.settings
    check_topics(clients, settings)
    with broker_errors(settings):
        send_record(clients, "cases", case.add_id, msgspec.json.encode(case), partition=0)
