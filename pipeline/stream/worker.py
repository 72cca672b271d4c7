"""A worker process from start to end: check the topics, read what is shared, run the agents."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import time
from contextlib import suppress
from typing import Any

from pipeline.clients import Clients, broker_errors
from pipeline.core.calendar import Calendar
from pipeline.core.ledger.fold import Look, marker
from pipeline.ending import end_within
from pipeline.ip_table import load_ip_table
from pipeline.settings import Settings
from pipeline.stream.app import Partitions, make_app
from pipeline.stream.metrics import WorkerMetrics
from pipeline.stream.shared import Shared
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.records import Route
from pipeline.topics_admin import check_topics

__all__ = ["Worker"]

_log = logging.getLogger(__name__)
_HANGING_S = 60.0


class Worker:
    """One worker; ``run`` returns after SIGTERM or SIGINT, once the batches at work are done.

    Where that takes too long, as without a broker, the process ends: the next owner of its
    partitions fences off what was half written.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._metrics = WorkerMetrics()
        self._partitions: Partitions | None = None
        self._shared: Shared | None = None
        self._beat = time.monotonic()

    def run(self) -> None:
        clients = Clients(self._settings)
        with broker_errors(self._settings):
            number = check_topics(clients, self._settings)
            gc.set_threshold(500_000, 20, 50)  # no cycles arise in the state, which is large
            asyncio.run(self._run(clients, number))

    def is_hanging(self) -> str | None:
        """A sentence where the event loop has stood still for long."""
        seconds = time.monotonic() - self._beat
        return f"The loop stands still for {seconds:.0f} s." if seconds > _HANGING_S else None

    def trouble(self) -> str | None:
        """A sentence while it is not at work on all of its partitions."""
        if self._partitions is None or not self._partitions.assigned:
            return "No partitions are assigned yet."
        if self._shared is not None and self._shared.silent:
            return "Kafka does not answer."
        return None if self._partitions.are_ready() else "State is being restored."

    async def _run(self, clients: Clients, number: int) -> None:
        settings = self._settings
        shared = Shared(clients, settings.namespace, _contexts(settings, number))
        partitions = Partitions(settings, clients, shared, self._metrics)
        await shared.start()
        follow = asyncio.create_task(shared.follow(), name="shared")
        beat = asyncio.create_task(self._beats(), name="beat")
        app = make_app(settings, clients, partitions)
        stopped = _on_signals()
        try:
            await app.start()
            self._partitions, self._shared = partitions, shared
            _log.info("worker started", extra={"partitions_in_all": number})
            await _first(stopped, follow, partitions.refused)
        finally:
            await partitions.stop()
            for task in (follow, beat):
                task.cancel()
            await asyncio.gather(follow, beat, return_exceptions=True)
            for ending in (app.stop(), shared.stop()):  # clients that wait for a broker raise here
                await asyncio.gather(ending, return_exceptions=True)
            _log.info("worker stopped")

    async def _beats(self) -> None:
        while True:
            self._beat = time.monotonic()
            await asyncio.sleep(1)


async def _first(stopped: asyncio.Event, *lasting: asyncio.Future[None]) -> None:
    """Returns when the worker is to stop; raises what ends one that should last till then."""
    waiting: asyncio.Future[Any] = asyncio.create_task(stopped.wait())
    await asyncio.wait([waiting, *lasting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for one in lasting:
        if one.done():
            one.result()


def _contexts(settings: Settings, number: int) -> Any:
    calendar, route = Calendar(settings.timezone), Route(number)
    table = load_ip_table(settings.ip_table) if settings.ip_table else None
    province_of = table.province if table is not None else lambda _: None
    look = Look(province_of, marker(settings.hash_key.get_secret_value().encode()))

    def make_context(**known: Any) -> Context:
        return Context(calendar, route, look, **known)

    return make_context


def _on_signals() -> asyncio.Event:
    """Set at SIGTERM or SIGINT. The deadline begins also where the loop stands still just then."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(*_: object) -> None:
        end_within()
        with suppress(RuntimeError):  # the loop is closed: the worker has stopped already
            loop.call_soon_threadsafe(stopped.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopped
