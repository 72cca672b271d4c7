"""One partition at work: fence, restore, then batch by batch, one transaction each.

Whatever fails, nothing is lost and nothing doubled: the state in memory is dropped and made again
from the changelog, which holds exactly what was committed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import aiokafka
from aiokafka.errors import KafkaError

from pipeline.clients import Clients
from pipeline.core.causes import BY_CASE, BY_POLICY
from pipeline.stream.pacing import paced
from pipeline.stream.restore import read_all, restore
from pipeline.stream.shared import Shared
from pipeline.stream.stages.partition import INPUTS, OtherFormat, Stages
from pipeline.stream.stages.records import Batch
from pipeline.stream.transactions import Fenced, Transactions, WriteFailed
from pipeline.stream.transport import Fetched
from topics.catalog import topic_name

__all__ = ["Observer", "Runner"]

_log = logging.getLogger(__name__)
_AT_ONCE = 20_000
"""So many records a transaction holds at most, if one poll did not bring more."""
_WAITING = 4
"""So many polls wait for a partition; then its agents wait."""
_FENCED_PAUSE_S = 10.0  # a zombie learns within this that it is none of the group's
_RETRY_S = 1.0
_FIRST = ("customers", "staff")

Seek = Callable[[dict[tuple[str, int], int]], Awaitable[dict[tuple[str, int], int]]]
"""(topic, partition) to offset in, to the number of its seeks out."""


class Observer(Protocol):
    """What metrics want to know."""

    def owned(self, partitions: int) -> None: ...
    def restored(self, partition: int, records: int, seconds: float) -> None: ...
    def restoring(self, partition: int, done: int, of: int) -> None: ...
    def committed(
        self, partition: int, batch: Batch, latest: int | None, records: int, seconds: float
    ) -> None: ...


class Runner:
    """``seek`` sets where the inputs are to be read from, once the state is there."""

    def __init__(
        self,
        clients: Clients,
        namespace: str,
        group: str,
        partition: int,
        shared: Shared,
        seek: Seek,
        observer: Observer,
    ) -> None:
        self.partition = partition
        self.ready = False
        self._clients = clients
        self._namespace = namespace
        self._group = group
        self._shared = shared
        self._seek = seek
        self._observer = observer
        self._queue: asyncio.Queue[Fetched] = asyncio.Queue(_WAITING)
        self._stages = Stages(shared.context, partition)
        self._transactions: Transactions | None = None
        self._version = -1
        self._seeks: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> asyncio.Task[None]:
        """The task ends before ``stop`` only where this worker cannot read the state."""
        self._task = asyncio.create_task(self._run(), name=f"partition {self.partition}")
        return self._task

    async def submit(self, fetched: Fetched) -> None:
        """Queues a batch; one that comes before the state is there will be read again."""
        if self.ready and not self._stopping:
            await self._queue.put(fetched)

    async def stop(self) -> None:
        """After the batch at work; nothing half-done is left."""
        self._stopping, self.ready = True, False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._close()

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self._take_over()
                while not self._stopping:
                    await self._step()
            except Fenced:
                _log.warning("partition %d was taken over", self.partition)
                await self._pause(_FENCED_PAUSE_S)
            except OtherFormat:
                raise
            except (WriteFailed, KafkaError, OSError) as error:
                _log.warning("partition %d begins again: %s", self.partition, type(error).__name__)
                await self._pause(_RETRY_S)
            except asyncio.CancelledError:
                if self._stopping:
                    raise
                await self._pause(_RETRY_S)  # a client's own, while it was starting
            except Exception:  # noqa: BLE001 - a fault of ours: said with its place, tried again
                _log.exception("partition %d begins again", self.partition)
                await self._pause(_RETRY_S)

    async def _pause(self, seconds: float) -> None:
        self.ready = False
        await self._close()
        while not self._queue.empty():
            self._queue.get_nowait()
        await asyncio.sleep(seconds)

    async def _close(self) -> None:
        transactions, self._transactions = self._transactions, None
        if transactions is not None:
            await asyncio.gather(transactions.stop(), return_exceptions=True)

    async def _take_over(self) -> None:
        """Fences the predecessor, restores, reads reference rows first, then lets events come."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        self._transactions = Transactions(
            self._clients, self._namespace, self.partition, self._group
        )
        await self._transactions.start()
        self._stages = Stages(self._shared.context, self.partition)
        records = await restore(
            self._clients,
            self._namespace,
            self._stages,
            lambda done, of: self._observer.restoring(self.partition, done, of),
        )
        self._stages.begin(self._shared.context)
        self._observer.restored(self.partition, records, loop.time() - started)
        await self._read_reference_first()
        self._version = -1
        await self._follow_shared()
        self.ready = True
        await self._seek_to_own([topic for topics in INPUTS.values() for topic in topics])

    async def _seek_to_own(self, topics: list[str]) -> None:
        """Has inputs read from where the state is; what was fetched before is out of date."""
        places = {(topic, self.partition): self._stages.position(topic) for topic in topics}
        for (topic, _), seeks in (await self._seek(places)).items():
            self._seeks[topic] = seeks

    async def _read_reference_first(self) -> None:
        """CRM and staff rows up to their ends of now: else every add would be judged twice."""
        consumer = aiokafka.AIOKafkaConsumer(
            **self._clients.aiokafka(), isolation_level="read_committed", enable_auto_commit=False
        )
        await paced(consumer).start()
        try:
            for topic in _FIRST:
                tp = aiokafka.TopicPartition(topic_name(self._namespace, topic), self.partition)
                consumer.assign([tp])
                end = (await consumer.end_offsets([tp]))[tp]
                consumer.seek(tp, self._stages.position(topic))
                await self._read_to(consumer, topic, tp, end)
        finally:
            await consumer.stop()

    async def _read_to(self, consumer: Any, topic: str, tp: Any, end: int) -> None:
        records = await read_all(consumer, tp, end)
        for start in range(0, len(records), _AT_ONCE):
            some = records[start : start + _AT_ONCE]
            self._stages.take(topic, some, some[-1].offset + 1)
            await self._commit(len(some))

    async def _step(self) -> None:
        """One transaction of what is waiting."""
        fetched = await self._next()
        if self._version != self._shared.version:
            await self._follow_shared()
        records = 0
        while fetched is not None:
            records += await self._take(fetched)
            fetched = None
            if records < _AT_ONCE and not self._queue.empty():
                fetched = self._queue.get_nowait()
        if records:
            await self._commit(records)

    async def _take(self, fetched: Fetched) -> int:
        """Takes a batch if it goes on from where the state is; how many records that were."""
        topic = fetched.topic.removeprefix(f"{self._namespace}.")
        if fetched.seeks < self._seeks.get(topic, 0):
            return 0
        if fetched.start is None or fetched.start > self._stages.position(topic):
            await self._seek_to_own([topic])
            return 0
        self._stages.take(topic, fetched, fetched.end)
        return len(fetched)

    async def _next(self) -> Fetched | None:
        """The next batch, or None where policies, cases or months changed meanwhile."""
        if not self._queue.empty():
            return self._queue.get_nowait()
        try:
            return await asyncio.wait_for(self._queue.get(), 0.5)
        except TimeoutError:
            return None

    async def _commit(self, records: int) -> None:
        assert self._transactions is not None
        started = asyncio.get_running_loop().time()
        batch = self._stages.finish()
        await self._transactions.write(batch)
        seconds = asyncio.get_running_loop().time() - started
        latest = self._stages.ledger.latest
        self._observer.committed(self.partition, batch, latest, records, seconds)
        await asyncio.sleep(0)

    async def _follow_shared(self) -> None:
        """Judges anew by changed policies and cases, drops what sealed months leave.

        The position of the topic moves with the last step: a crash in between does it again.
        """
        version, context = self._shared.version, self._shared.context
        wanted = self._shared.positions
        known = {name: self._stages.positions.get(name, 0) for name in wanted}
        self._stages.renew(context)
        self._version = version
        if wanted == known:
            return
        if wanted["months/0"] != known["months/0"]:
            for _ in self._stages.seal(context.sealed_through):
                await self._commit(0)
        if any(wanted[name] != known[name] for name in ("policies/0", "cases/0")):
            for _ in self._stages.judge_again(_cause(wanted, known)):
                await self._commit(0)
        if self.partition == 0:
            for topic in ("policies", "cases", "branches"):
                self._stages.add_outputs(self._shared.dead_letters(topic, known[f"{topic}/0"]))
        self._stages.positions.update(wanted)
        await self._commit(0)


def _cause(wanted: dict[str, int], known: dict[str, int]) -> str:
    return BY_POLICY if wanted["policies/0"] != known["policies/0"] else BY_CASE
