"""Faust's Kafka transport, but a whole batch of records at a time.

Faust hands an agent one message after another, which is what makes it slow. Here a message is what
one poll brought of one partition: its value is the list of records. Group offsets are written in
our own transactions (``transactions``), so Faust commits none; the partitions of all topics are
dealt out alike, so that partition p of every stage is one worker's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import aiokafka
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from pipeline.stream.pacing import paced

__all__ = ["BatchTransport", "Fetched"]

_METADATA_MS = 10_000
"""A broker that has just started may not know all topics yet: what is dealt out then is only dealt
out anew once the topics were looked at again. Faust's own is 5 minutes."""


class Fetched(list[Any]):
    """The records of one poll and partition, and from where to where that poll went.

    ``start`` is None where that is not known: the partition was newly assigned and nobody has
    sought yet. ``end`` counts control markers too. ``seeks`` is how often the partition was sought
    before: what was fetched before one's own last seek is out of date.
    """

    __slots__ = ("end", "partition", "seeks", "start", "topic")

    def __init__(self, tp: TP, records: list[Any], start: int | None, end: int, seeks: int) -> None:
        super().__init__(records)
        self.topic = tp.topic
        self.partition = tp.partition
        self.start = start
        self.end = end
        self.seeks = seeks


class _Thread(driver.AIOKafkaConsumerThread):
    """The thread that polls, and answers heartbeats whatever the agents are at."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        conf = self.app.conf
        self._assignor = RangePartitionAssignor
        auth = driver.credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context)
        consumer = aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[RangePartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=conf.broker_max_poll_records,
            max_poll_interval_ms=int((conf.broker_max_poll_interval or 0) * 1000),
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            fetch_max_wait_ms=100,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            isolation_level="read_committed",
            metadata_max_age_ms=_METADATA_MS,
            **auth,
        )
        return paced(consumer)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._assigned: Any = None
        self._ends: dict[TP, int] = {}
        self._seeks: dict[TP, int] = {}

    async def _fetch_records(
        self, consumer: Any, active_partitions: Any, timeout: Any = None, max_records: Any = None
    ) -> Any:
        found = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        # No await from here on: positions are still those that the records left.
        assigned = self._assignment(consumer)
        return {tp: self._fetched(assigned, tp, some) for tp, some in found.items()}

    def _assignment(self, consumer: Any) -> Any:
        """The assignment now; nothing is known of a new one's positions."""
        assigned = consumer._subscription.subscription.assignment
        if assigned is not self._assigned:
            self._assigned, self._ends = assigned, {}
        return assigned

    def _fetched(self, assigned: Any, tp: TP, records: list[Any]) -> Fetched:
        start, end = self._ends.get(tp), assigned.state_value(tp).position
        self._ends[tp] = end
        return Fetched(tp, records, start, end, self._seeks.get(tp, 0))

    async def seek_all(self, places: dict[TP, int]) -> dict[TP, int]:
        """Reads on from these offsets; returns how often each partition was sought now."""
        found: dict[TP, int] = await self.call_thread(self._seek_all, places)
        return found

    async def _seek_all(self, places: dict[TP, int]) -> dict[TP, int]:
        consumer = self._ensure_consumer()
        self._assignment(consumer)
        for tp, offset in places.items():
            if tp in consumer.assignment():
                consumer.seek(aiokafka.TopicPartition(*tp), offset)
                self._ends[tp] = offset
            self._seeks[tp] = self._seeks.get(tp, 0) + 1
        return {tp: self._seeks[tp] for tp in places}


class BatchConsumer(driver.Consumer):
    """Yields what a poll brought of each partition as one message."""

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        records, _ = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        for tp, some in (records or {}).items():
            # After a rebalance, what was fetched before it is no longer ours to work on.
            if not self.flow_active or generation != self.app.consumer_generation_id:
                return
            if some and not self.should_stop:
                self._read_offset[tp] = None  # Faust would drop what was sought back to
                yield tp, _message(tp, cast(Fetched, some), generation)

    async def seek_all(self, places: dict[TP, int]) -> dict[TP, int]:
        """Has the runner's partitions read from there."""
        return await cast(_Thread, self._thread).seek_all(places)

    async def perform_seek(self) -> None:
        """Nothing: each partition's runner seeks to its own position."""

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Nothing: offsets are committed with the results, in one transaction."""
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Nothing: what was read is in the position vector."""

    def _new_offset(self, tp: TP) -> int | None:
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return None


class BatchTransport(driver.Transport):
    """``app.transport`` of an app whose agents take batches."""

    Consumer = BatchConsumer


def _message(tp: TP, value: Fetched, generation: int) -> ConsumerMessage:
    last = value[-1]
    return ConsumerMessage(
        tp.topic, tp.partition, last.offset, last.timestamp / 1000, last.timestamp_type,
        [], None, value, None, 0, 0, tp, generation_id=generation,  # type: ignore[arg-type]
    )  # fmt: skip
