"""What a batch brought about, written in one Kafka transaction of its partition's own id.

The transactional id is the partition's, not the worker's: whoever takes a partition over fences
its predecessor off by it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import aiokafka
from aiokafka.errors import InvalidProducerEpoch, KafkaError, ProducerFenced

from pipeline.clients import Clients
from pipeline.core.errors import TruefriendError
from pipeline.stream.stages.partition import row_key
from pipeline.stream.stages.records import Batch
from topics.catalog import topic_name

__all__ = ["Fenced", "Transactions", "WriteFailed"]

_BATCH_BYTES = 512 << 10
_STOP_S = 2.0
_REQUEST_BYTES = 20 << 20  # a dead letter may hold a line of 16 MiB

Record = tuple[bytes, bytes | None, Any]
"""(key, value, headers)"""


class Fenced(TruefriendError):  # noqa: N818 - says what happened
    """Another worker has taken the partition over."""


class WriteFailed(TruefriendError):  # noqa: N818 - says what happened
    """A transaction could not be written; it was aborted or will be by the next owner."""


class Transactions:
    """Writes the batches of one partition; ``group`` is the workers' consumer group."""

    def __init__(self, clients: Clients, namespace: str, partition: int, group: str) -> None:
        self._namespace = namespace
        self._partition = partition
        self._group = group
        self._producer = aiokafka.AIOKafkaProducer(
            **clients.aiokafka(),
            transactional_id=f"{namespace}-{partition}",
            acks="all",
            compression_type="zstd",  # aiokafka has lz4 at its slowest level only
            linger_ms=0,
            max_batch_size=_BATCH_BYTES,
            max_request_size=_REQUEST_BYTES,
            transaction_timeout_ms=60_000,
        )

    async def start(self) -> None:
        """Fences the predecessor off: when this returns, none of its writes can come any more."""
        await self._producer.start()
        await self._producer.begin_transaction()  # waits for init_transactions
        await self._producer.abort_transaction()

    async def stop(self) -> None:
        """Lets go of the connections; a fenced producer would wait for ever for what is left."""
        try:
            await asyncio.wait_for(self._producer.stop(), _STOP_S)
        except (TimeoutError, KafkaError):
            await self._producer.client.close()

    async def write(self, batch: Batch) -> None:
        """One transaction; Fenced or WriteFailed, and then nothing of it counts."""
        sent: list[asyncio.Future[Any]] = []
        try:
            await self._producer.begin_transaction()
            for (topic, partition), records in self._grouped(batch).items():
                sent += await self._send(topic_name(self._namespace, topic), partition, records)
            await asyncio.gather(*sent)
            offsets = self._offsets(batch)
            if offsets:
                await self._producer.send_offsets_to_transaction(offsets, self._group)
            await self._producer.commit_transaction()
        except (ProducerFenced, InvalidProducerEpoch) as error:
            await asyncio.gather(*sent, return_exceptions=True)
            raise Fenced(
                f"Partition {self._partition} was taken over by another worker; this one lets go."
            ) from error
        except KafkaError as error:
            raise WriteFailed(
                f"A transaction of partition {self._partition} failed ({type(error).__name__}); "
                "it is tried again from the last one."
            ) from error

    def _grouped(self, batch: Batch) -> dict[tuple[str, int], list[Record]]:
        grouped: dict[tuple[str, int], list[Record]] = {}
        for output in batch.outputs:
            record = (output.key, output.value, output.headers)
            grouped.setdefault((output.topic, output.partition), []).append(record)
        last = {row_key(row): row[4] for row in batch.state}  # of a row changed twice, the last
        grouped["changelog", self._partition] = [(key, value, ()) for key, value in last.items()]
        return grouped

    async def _send(
        self, topic: str, partition: int, records: Iterable[Record]
    ) -> list[asyncio.Future[Any]]:
        """Record batches put together here: a task for each record would cost far more."""
        now = int(time.time() * 1000)
        sent = []
        builder = self._producer.create_batch()
        for key, value, headers in records:
            if _append(builder, key, value, now, headers) is None:
                sent.append(await self._producer.send_batch(builder, topic, partition=partition))
                builder = self._producer.create_batch()
                _append(builder, key, value, now, headers)
        if builder.record_count():
            sent.append(await self._producer.send_batch(builder, topic, partition=partition))
        return sent

    def _offsets(self, batch: Batch) -> dict[Any, int]:
        """The group's offsets: for tools that show lag, and for Faust's seek after a rebalance."""
        found = {}
        for name, offset in batch.positions.items():
            topic, _, partition = name.rpartition("/")
            tp = aiokafka.TopicPartition(topic_name(self._namespace, topic), int(partition))
            found[tp] = offset
        return found


def _append(builder: Any, key: bytes, value: bytes | None, now: int, headers: Any) -> Any:
    return builder.append(key=key, value=value, timestamp=now, headers=list(headers))
