"""The Faust app: an agent for each stage, whose batches go to their partition's runner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import faust
from faust.types import TP

from pipeline.clients import Clients
from pipeline.settings import Settings
from pipeline.stream.runner import Observer, Runner
from pipeline.stream.shared import Shared
from pipeline.stream.stages.partition import INPUTS
from pipeline.stream.transport import BatchTransport, Fetched
from topics.catalog import topic_name

__all__ = ["Partitions", "group_of", "make_app"]

_POLL_RECORDS = 20_000
_FETCH_BYTES = 4 << 20


def group_of(namespace: str) -> str:
    """The consumer group of the workers."""
    return f"{namespace}-workers"


class Partitions:
    """The runners of the partitions that this worker has, one each for all stages."""

    def __init__(
        self, settings: Settings, clients: Clients, shared: Shared, observer: Observer
    ) -> None:
        self.runners: dict[int, Runner] = {}
        self.assigned = False  # whether any assignment has come yet
        self._settings = settings
        self._clients = clients
        self._shared = shared
        self._observer = observer
        self._app: Any = None
        self.refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Fails with what keeps this worker from reading a partition's state."""

    def bind(self, app: faust.App) -> None:
        self._app = app

    async def submit(self, fetched: Fetched) -> None:
        """Hands a batch to its partition, unless that is another worker's now."""
        runner = self.runners.get(fetched.partition)
        if runner is not None:
            await runner.submit(fetched)

    async def assign(self, assigned: set[TP]) -> None:
        """Lets go of what is another worker's now, takes over what is new."""
        self.assigned = True
        wanted = {tp.partition for tp in assigned}
        gone = [self.runners.pop(number) for number in set(self.runners) - wanted]
        await asyncio.gather(*(runner.stop() for runner in gone))
        for number in sorted(wanted - set(self.runners)):
            runner = self.runners[number] = Runner(
                self._clients,
                self._settings.namespace,
                group_of(self._settings.namespace),
                number,
                self._shared,
                self._seek,
                self._observer,
            )
            runner.start().add_done_callback(self._on_end)
        self._observer.owned(len(self.runners))

    async def stop(self) -> None:
        """After the batches at work."""
        runners = list(self.runners.values())
        self.runners = {}
        await asyncio.gather(*(runner.stop() for runner in runners))

    def are_ready(self) -> bool:
        return all(runner.ready for runner in self.runners.values())

    def _on_end(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.refused.done():
            self.refused.set_exception(error)

    async def _seek(self, places: dict[tuple[str, int], int]) -> dict[tuple[str, int], int]:
        namespace = self._settings.namespace
        named = {TP(topic_name(namespace, name), number): (name, number) for name, number in places}
        wanted = {tp: places[place] for tp, place in named.items()}
        found = await self._app.consumer.seek_all(wanted)
        return {named[tp]: seeks for tp, seeks in found.items()}


class _App(faust.App):
    def _create_directories(self) -> None:
        """Nothing is kept in files: no folder of Faust's in the working directory."""


def make_app(settings: Settings, clients: Clients, partitions: Partitions) -> faust.App:
    """The app of one worker process, not started."""
    app = _App(
        group_of(settings.namespace),
        broker=clients.faust_broker(),
        broker_credentials=clients.faust_credentials(),
        broker_session_timeout=10.0,
        broker_heartbeat_interval=1.0,
        broker_max_poll_records=_POLL_RECORDS,
        broker_commit_livelock_soft_timeout=3600.0,
        consumer_max_fetch_size=_FETCH_BYTES,
        stream_buffer_maxsize=4,
        stream_wait_empty=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        key_serializer="raw",
        value_serializer="raw",
    )
    app.transport = BatchTransport(app.conf.broker_consumer, app, app.loop)
    partitions.bind(app)
    for stage, topics in INPUTS.items():
        names = [topic_name(settings.namespace, topic) for topic in topics]
        channel = app.topic(*names, key_serializer="raw", value_serializer="raw")
        app.agent(channel, name=stage)(_agent(partitions))
    app.on_partitions_assigned.connect(_on_assigned(partitions), weak=False)
    return app


def _agent(partitions: Partitions) -> Any:
    async def agent(stream: Any) -> AsyncIterator[None]:
        async for fetched in stream:
            await partitions.submit(fetched)
            yield

    return agent


def _on_assigned(partitions: Partitions) -> Any:
    async def on_assigned(app: Any, assigned: set[TP], **_: Any) -> None:
        await partitions.assign(assigned)

    return on_assigned
