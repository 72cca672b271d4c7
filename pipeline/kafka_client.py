"""What kafka-python's consumers, producers and admins speak through, closed where it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka import KafkaProducer
from kafka.net.compat import KafkaNetClient

from topics.catalog import topic_name

if TYPE_CHECKING:
    from pipeline.clients import Clients

__all__ = ["ClosingClient", "send_record"]

_ACK_SECONDS = 30


class ClosingClient(KafkaNetClient):  # type: ignore[misc]
    """The library's own client, except that a first connection that fails leaves nothing behind.

    A constructor of kafka-python 3.0 that reaches no broker raises and keeps its thread and its
    sockets: a process that tries again until the broker is back would run out of them.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        bootstrap = self._manager.bootstrap

        def bootstrap_or_close(*args: Any, **named: Any) -> None:
            try:
                bootstrap(*args, **named)
            except BaseException:
                self.close()
                raise

        self._manager.bootstrap = bootstrap_or_close


def send_record(clients: Clients, topic: str, key: str, value: bytes, **more: int) -> None:
    """Sends one record and returns once Kafka has acknowledged it.

    ``topic`` is the catalogue's name; ``more`` may be ``partition`` and ``timestamp_ms`` (since
    1970). KafkaError (kafka-python's) where it is not acknowledged.
    """
    producer = KafkaProducer(**clients.kafka_python(), acks="all")
    try:
        name = topic_name(clients.settings.namespace, topic)
        producer.send(name, key=key.encode(), value=value, **more).get(timeout=_ACK_SECONDS)
    finally:
        producer.close()
