"""Records into topics, in batches by partition and in transactions.

aiokafka's own ``send`` makes a future for every record, which is most of its cost; here records go
into its batches directly, and only a batch is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.structs import OffsetAndMetadata

from pipeline.clients import Clients

__all__ = ["PATIENCE_SECONDS", "Headers", "Sender", "open_sender"]

PATIENCE_SECONDS = 60.0
"""How long Kafka may not answer; aiokafka itself would try for ever."""

T = TypeVar("T")
Headers = list[tuple[str, bytes]]

_NO_HEADERS: Headers = []  # aiokafka takes nothing but a list
_BATCH_BYTES = 256 << 10
_REQUEST_BYTES = 32 << 20  # more than the longest record that a topic takes
_END_SECONDS = 5.0
_WAITING = 64  # batches on their way: what is read faster than Kafka takes it waits


class Sender:
    """Use ``open_sender``. Nothing is seen by readers of committed records before ``commit``."""

    def __init__(self, producer: AIOKafkaProducer, patience: float) -> None:
        self._producer = producer
        self._patience = patience
        self._open: dict[tuple[str, int], Any] = {}
        self._sent: list[asyncio.Future[Any]] = []

    def add(
        self,
        topic: str,
        partition: int,
        key: bytes,
        value: bytes,
        time: int,
        headers: Headers = _NO_HEADERS,
    ) -> bool:
        """Puts a record into its partition's batch; False where it is full: then ``make_room``.

        ``time`` is the record's timestamp in ms since 1970.
        """
        place = (topic, partition)
        batch = self._open.get(place)
        if batch is None:
            batch = self._open[place] = self._producer.create_batch()
        return batch.append(timestamp=time, key=key, value=value, headers=headers) is not None

    async def make_room(self, topic: str, partition: int) -> None:
        """Sends the partition's batch off."""
        batch = self._open.pop((topic, partition))
        batch.close()
        sending = self._producer.send_batch(batch, topic, partition=partition)
        self._sent.append(await _in_time(sending, self._patience))
        if len(self._sent) > _WAITING:
            await self._settle(_WAITING // 2)

    async def put(
        self,
        topic: str,
        partition: int,
        key: bytes,
        value: bytes,
        time: int,
        headers: Headers = _NO_HEADERS,
    ) -> None:
        """``add``, with room made where there is none."""
        if not self.add(topic, partition, key, value, time, headers):
            await self.make_room(topic, partition)
            self.add(topic, partition, key, value, time, headers)

    async def commit(self, note: tuple[str, str, int, str] | None = None) -> None:
        """Waits until Kafka has all of it, commits, and begins the next transaction.

        ``note`` is (group, topic, number, text): committed with the records, as the group's
        offset and its metadata, where the next run finds it.
        """
        for topic, partition in list(self._open):
            await self.make_room(topic, partition)
        await self._settle(0)
        if note is not None:
            group, topic, number, text = note
            offsets = {TopicPartition(topic, 0): OffsetAndMetadata(number, text)}
            noting = self._producer.send_offsets_to_transaction(offsets, group)
            await _in_time(noting, self._patience)
        await _in_time(self._producer.commit_transaction(), self._patience)
        await self._producer.begin_transaction()

    async def _settle(self, leave: int) -> None:
        """Waits for the acks of all but the last ``leave`` batches."""
        cut = len(self._sent) - leave
        waiting, self._sent = self._sent[:cut], self._sent[cut:]
        for sent in waiting:
            await _in_time(sent, self._patience)


@asynccontextmanager
async def open_sender(
    clients: Clients, transactional_id: str, patience: float = PATIENCE_SECONDS
) -> AsyncIterator[Sender]:
    """A sender; a predecessor of the same id that still lives is fenced, its rest aborted.

    What was not committed at the end is aborted. KafkaTimeoutError (aiokafka's) once Kafka has
    not answered for ``patience`` seconds.
    """
    producer = AIOKafkaProducer(
        **clients.aiokafka(),
        transactional_id=transactional_id,
        compression_type="zstd",
        max_batch_size=_BATCH_BYTES,
        max_request_size=_REQUEST_BYTES,
        request_timeout_ms=int(max(patience, 10) * 1000),
    )
    try:
        await _in_time(producer.start(), patience)
        await _in_time(producer.begin_transaction(), patience)
        yield Sender(producer, patience)
        await producer.abort_transaction()  # the empty one that the last commit began
    except Exception:
        # Kafka ends the transaction by itself where this cannot. aiokafka asserts that one which
        # is being committed is not aborted.
        with suppress(KafkaError, TimeoutError, AssertionError):
            await asyncio.wait_for(producer.abort_transaction(), _END_SECONDS)
        raise
    finally:
        with suppress(KafkaError, TimeoutError):
            await asyncio.wait_for(producer.stop(), _END_SECONDS)


async def _in_time(waiting: Awaitable[T], seconds: float) -> T:
    try:
        return await asyncio.wait_for(waiting, seconds)
    except TimeoutError:
        raise KafkaTimeoutError from None
