"""A partition's state, read back from its changelog before its first batch."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, cast

import aiokafka
import msgspec
from aiokafka.consumer.fetcher import FetchResult

from pipeline.clients import Clients
from pipeline.stream.pacing import paced
from pipeline.stream.stages.partition import OtherFormat, Stages
from topics.catalog import topic_name

__all__ = ["read_all", "restore"]

Progress = Callable[[int, int], None]
"""Called with records read and records in all, now and then."""

_YIELD_S = 0.05
_decode_key = msgspec.msgpack.Decoder(tuple[str, str, str, str]).decode


async def restore(clients: Clients, namespace: str, stages: Stages, progress: Progress) -> int:
    """Loads all state rows; how many there were. A later row replaces an earlier one."""
    topic = topic_name(namespace, "changelog")
    tp = aiokafka.TopicPartition(topic, stages.partition)
    consumer = aiokafka.AIOKafkaConsumer(
        **clients.aiokafka(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 << 20,
        fetch_max_wait_ms=50,
    )
    await paced(consumer).start()
    try:
        _lighten(consumer)
        consumer.assign([tp])
        return await _load(consumer, tp, stages, progress)
    finally:
        await consumer.stop()


def _lighten(consumer: aiokafka.AIOKafkaConsumer) -> None:
    """Has the consumer give records as they were decoded; a ConsumerRecord each takes longer.

    They have offset, timestamp, key, value and headers, but neither topic nor partition.
    """
    consumer._fetcher._records = _Light()


class _Light(OrderedDict[Any, Any]):
    """What was fetched and not yet read, by partition."""

    def __setitem__(self, tp: Any, fetched: Any) -> None:
        if isinstance(fetched, FetchResult):
            fetched._partition_records = _Decoded(fetched._partition_records)
        super().__setitem__(tp, fetched)


class _Decoded:
    """A fetch's records, iterated over without a step of Python for each."""

    def __init__(self, records: Any) -> None:
        self._records = records
        self._iterator = records._records_iterator
        records._consumer_record = lambda tp, record: record

    def __iter__(self) -> Iterator[Any]:
        return cast(Iterator[Any], self._iterator)

    @property
    def next_fetch_offset(self) -> int:
        return cast(int, self._records.next_fetch_offset)


async def _load(
    consumer: aiokafka.AIOKafkaConsumer,
    tp: aiokafka.TopicPartition,
    stages: Stages,
    progress: Progress,
) -> int:
    end = (await consumer.end_offsets([tp]))[tp]
    await consumer.seek_to_beginning(tp)
    read = 0
    rested = time.monotonic()
    while await consumer.position(tp) < end:
        for records in (await consumer.getmany(tp, timeout_ms=500, max_records=5_000)).values():
            for record in records:
                try:
                    stages.load(*_decode_key(record.key), record.value)
                except msgspec.MsgspecError as error:
                    raise OtherFormat(stages.partition) from error
            read += len(records)
        if time.monotonic() - rested > _YIELD_S:
            progress(await consumer.position(tp), end)
            await asyncio.sleep(0)
            rested = time.monotonic()
    return read


async def read_all(
    consumer: aiokafka.AIOKafkaConsumer, tp: aiokafka.TopicPartition, end: int
) -> list[aiokafka.ConsumerRecord]:
    """The records from the consumer's position to ``end``."""
    found: list[aiokafka.ConsumerRecord] = []
    while await consumer.position(tp) < end:
        for records in (await consumer.getmany(tp, timeout_ms=500)).values():
            found += records
    return found
