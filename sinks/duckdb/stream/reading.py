"""The sink's consumer: all partitions, by hand, from the positions of the database.

No group is joined, so no rebalance can take a partition away in mid-batch. The group
<namespace>-sink only holds a copy of the positions, for lag tools and ``truefriend status``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from pipeline.clients import Clients
from pipeline.core.errors import TruefriendError
from sinks.duckdb.stream.records import READ, Record
from topics.catalog import TOPICS, partition_count, topic_name

__all__ = ["SinkReader", "group_name"]

_FETCH_BYTES = 32 << 20  # of all partitions together; it bounds what waits in memory
_QUIET_S = 5.0
_PATIENCE_MS = 10_000
_log = logging.getLogger(__name__)

Place = tuple[str, int]
"""(topic without its namespace, partition)"""


class TopicsMadeAnewError(TruefriendError):
    """A topic ends before the place that the database has read up to: it is another topic."""


def group_name(namespace: str) -> str:
    """The group in which the sink's positions are copied."""
    return f"{namespace}-sink"


class SinkReader:
    """Reads committed records of all the sink's topics, in the order of each partition."""

    def __init__(self, clients: Clients, keyed: int) -> None:
        namespace = clients.settings.namespace
        self._places = {
            TopicPartition(topic_name(namespace, name), partition): (name, partition)
            for name in READ
            for partition in range(partition_count(TOPICS[name], keyed))
        }
        self._consumer = KafkaConsumer(
            **clients.kafka_python(),
            client_id=group_name(namespace),
            group_id=group_name(namespace),
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="none",
            fetch_max_bytes=_FETCH_BYTES,
            max_partition_fetch_bytes=4 << 20,
        )
        self._moved: dict[Place, int] = {}
        self.uncopied: dict[Place, int] = {}
        """What a broker did not take of the group's copy."""
        self._tried = time.monotonic()
        self._heard = time.monotonic()

    @property
    def stream(self) -> str:
        """What this sink reads: a namespace of one cluster."""
        cluster = self._consumer._client.cluster.cluster_id  # no public way to it
        return f"{self._consumer.config['client_id'].removesuffix('-sink')}@{cluster}"

    def seek(self, positions: Mapping[Place, int]) -> None:
        """Goes on from these positions, and from the beginning where there is none.

        TopicsMadeAnewError where a topic has not got that far.
        """
        self._consumer.assign(list(self._places))
        begins = self._consumer.beginning_offsets(list(self._places))
        ends = self.ends()
        for partition, place in self._places.items():
            position = positions.get(place, begins[partition])
            if position > ends[place]:
                raise TopicsMadeAnewError(
                    f"The database has read {place[0]}/{place[1]} up to {position}, but the topic "
                    f"ends at {ends[place]}: it was made anew. Give a new file as --db."
                )
            self._consumer.seek(partition, position)
        self._moved = self.positions()

    def read(self, seconds: float, limit: int) -> list[Record]:
        """What comes in within so many seconds of the first record, at most about ``limit``."""
        records: list[Record] = []
        deadline = time.monotonic() + seconds
        while len(records) < limit and (left := deadline - time.monotonic()) > 0:
            waiting = not records
            records += self._poll(left, limit - len(records))
            if waiting and records:
                deadline = time.monotonic() + seconds
            if waiting and not records:
                break
        return records

    def positions(self) -> dict[Place, int]:
        """The next offset of every partition, control markers counted."""
        return {
            place: self._consumer.position(partition) for partition, place in self._places.items()
        }

    def moved(self) -> dict[Place, int]:
        """The positions that are others than at the last ``commit``."""
        return {
            place: offset
            for place, offset in self.positions().items()
            if self._moved.get(place) != offset
        }

    def commit(self, positions: Mapping[Place, int]) -> None:
        """Copies positions that are in the database to the group.

        A failure is only logged: they are ``uncopied``, and come again with ``copy_again``.
        """
        self._moved |= positions
        self.uncopied |= positions
        self._tried = time.monotonic()
        offsets = {
            partition: OffsetAndMetadata(self.uncopied[place], "", -1)
            for partition, place in self._places.items()
            if place in self.uncopied
        }
        try:
            self._consumer.commit(offsets)
        except KafkaError as error:
            _log.warning(
                "the group's copy of the positions was not written",
                extra={"error": type(error).__name__},
            )
        else:
            self.uncopied = {}

    def copy_again(self) -> None:
        """Offers the broker now and then what it did not take; else nobody knew how far we are."""
        if self.uncopied and time.monotonic() - self._tried > _QUIET_S:
            self.commit({})

    def ends(self) -> dict[Place, int]:
        """Where every partition ends now, for readers of committed records."""
        found = self._consumer.end_offsets(list(self._places))
        return {self._places[partition]: offset for partition, offset in found.items()}

    def lag(self) -> int:
        """Offsets between the positions and the ends as of the last fetch; asks no broker."""
        total = 0
        for partition in self._places:
            end = self._consumer.highwater(partition)
            total += max(0, (end or 0) - self._consumer.position(partition)) if end else 0
        return total

    def ask(self) -> None:
        """KafkaError where a broker that has sent nothing for a while does not answer either.

        ``read`` gives nothing then and says nothing, as it does where nothing is new.
        """
        if time.monotonic() - self._heard > _QUIET_S:
            self._consumer.end_offsets(list(self._places), timeout_ms=_PATIENCE_MS)
            self._heard = time.monotonic()

    def close(self) -> None:
        self._consumer.close(autocommit=False)

    def _poll(self, seconds: float, limit: int) -> list[Record]:
        found: dict[TopicPartition, list[Any]] = self._consumer.poll(
            timeout_ms=max(1, int(seconds * 1000)), max_records=max(1, limit)
        )
        if found:
            self._heard = time.monotonic()
        records = []
        for partition, some in found.items():
            topic = self._places[partition][0]
            records += [
                Record(
                    topic, one.partition, one.offset, one.timestamp, one.key, one.value, one.headers
                )
                for one in some
            ]
        return records
