"""The topic of alerts, followed: the last committed state of each."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.clients import Clients, broker_errors
from pipeline.topics_admin import check_topics
from topics.between import Progress
from topics.catalog import topic_name
from topics.outputs import Alert
from topics.times import parse_time

__all__ = ["AlertFollower"]

_MOST = 5_000


class AlertFollower:
    """``alerts`` by fingerprint as far as they are read, ``as_of`` in microseconds (None: unknown).

    It reads from the beginning, in no group, and what is committed only; raises BrokerUnavailable
    and TopicsDiffer.
    """

    def __init__(self, clients: Clients) -> None:
        from kafka import KafkaConsumer, TopicPartition

        self._settings = clients.settings
        self.alerts: dict[str, Alert] = {}
        self.as_of: int | None = None
        keyed = check_topics(clients, self._settings)
        with broker_errors(self._settings):
            self._consumer: Any = KafkaConsumer(
                **clients.kafka_python(),
                isolation_level="read_committed",
                auto_offset_reset="earliest",
                enable_auto_commit=False,
            )
            self._alerts = topic_name(self._settings.namespace, "alerts")
            places = [
                TopicPartition(name, number)
                for name in (self._alerts, topic_name(self._settings.namespace, "progress"))
                for number in range(keyed)
            ]
            self._consumer.assign(places)
            self._consumer.seek_to_beginning(*places)
            self._ends: dict[Any, int] = self._consumer.end_offsets(places)

    def caught_up(self) -> bool:
        """Whether all is read that was there at the start; a transaction's mark is no record."""
        with broker_errors(self._settings):
            return all(self._consumer.position(one) >= end for one, end in self._ends.items())

    def poll(self, seconds: float) -> dict[str, Alert | None]:
        """What comes within so many seconds: the last state of each alert that is another than
        before; None: taken back.
        """
        with broker_errors(self._settings):
            found = self._consumer.poll(timeout_ms=int(seconds * 1000), max_records=_MOST)
        before: dict[str, Alert | None] = {}
        for place, records in found.items():
            for record in records:
                if place.topic == self._alerts:
                    name = (record.key or b"").decode(errors="backslashreplace")
                    before.setdefault(name, self.alerts.get(name))
                    self._take(name, record.value)
                elif record.value is not None:
                    self._reach(msgspec.msgpack.decode(record.value, type=Progress).latest)
        return {
            name: self.alerts.get(name)
            for name, old in before.items()
            if _content(old) != _content(self.alerts.get(name))
        }

    def status(self, alert: Alert) -> str:
        """Time alone resolves an alert too: once *as of* has passed its end."""
        ended = self.as_of is not None and alert.ended_at is not None
        if ended and parse_time(str(alert.ended_at)) < (self.as_of or 0):
            return "resolved"
        return alert.status

    def close(self) -> None:
        self._consumer.close(autocommit=False)

    def _take(self, name: str, value: bytes | None) -> None:
        if value is None:
            self.alerts.pop(name, None)
            return
        alert = msgspec.json.decode(value, type=Alert)
        known = self.alerts.get(name)
        if known is None or alert.revision >= known.revision:
            self.alerts[name] = alert

    def _reach(self, latest: int | None) -> None:
        if latest is not None and (self.as_of is None or latest > self.as_of):
            self.as_of = latest


def _content(alert: Alert | None) -> Alert | None:
    """All of it but the revision."""
    return None if alert is None else msgspec.structs.replace(alert, revision=0)
