"""Looks for slow-drip pools between the sink's batches and tells the topic ``alerts`` of them.

The table has them by way of the topic, as all alerts. Until a look is over, the sink's group is
told no positions of the last batch: nobody finds all at rest while an alert is still to come.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from kafka import KafkaProducer

from pipeline.clients import Clients
from pipeline.core.calendar import Calendar
from pipeline.core.detectors.alert_row import encode_alert
from pipeline.core.detectors.pools import AlertFound
from sinks.duckdb.drip import changed_drips
from sinks.duckdb.state import Notes
from sinks.duckdb.stream.apply import StreamDatabase
from topics.catalog import topic_name
from topics.partitions import partition_of

__all__ = ["DripWatch"]

_REST = 20
"""A look that took a second is followed by none for so many."""

_LATEST_S = 600.0
"""Under a load that never pauses a look is taken all the same, after so long."""

_REVISION = "drip_revision"


class DripWatch:
    """``step`` after each batch; ``stale``: something was stored since the last look."""

    def __init__(self, clients: Clients, keyed: int, database: StreamDatabase) -> None:
        self._clients = clients
        self._keyed = keyed
        self._database = database
        self._not_before = 0.0
        self._looked = time.monotonic()
        self._seen: int | None = None

    @property
    def stale(self) -> bool:
        return self._seen != self._database.stored_adds

    def step(self, *, idle: bool) -> None:
        """Looks, if anything is new and the sink has the time for it. KafkaError may come."""
        now = time.monotonic()
        if not self.stale or now < self._not_before:
            return
        if not idle and now - self._looked < _LATEST_S:
            return
        stored = self._database.stored_adds
        changed, revision = self._look()
        if changed:
            self._tell(changed, revision)
        self._seen = stored
        self._looked = time.monotonic()
        self._not_before = self._looked + _REST * (self._looked - now)

    def _look(self) -> tuple[dict[str, AlertFound | None], int]:
        database = self._database
        with database.transaction() as connection:
            changed = changed_drips(connection, database.as_of)
            notes = Notes(connection)
            revision = notes.get(_REVISION, 0) + 1
            if changed:
                notes.set(_REVISION, revision)
        return changed, revision

    def _tell(self, changed: Mapping[str, AlertFound | None], revision: int) -> None:
        """Writes the records in one transaction and waits until it is committed.

        A sink killed before that finds the table without them, and writes them again.
        """
        settings = self._clients.settings
        name = topic_name(settings.namespace, "alerts")
        calendar = Calendar(settings.timezone)
        producer = KafkaProducer(
            **self._clients.kafka_python(), transactional_id=f"{settings.namespace}-sink-alerts"
        )
        try:
            producer.init_transactions()
            producer.begin_transaction()
            for fingerprint, alert in changed.items():
                producer.send(
                    name,
                    key=fingerprint.encode(),
                    value=encode_alert(alert, calendar, revision),
                    partition=partition_of(fingerprint, self._keyed),
                )
            producer.commit_transaction()
        finally:
            producer.close()
