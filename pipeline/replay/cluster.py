"""The shards of a run: one in this process, or several in processes of their own.

A call goes to every shard at once and returns their results in order. A block of lines is handed
over without waiting for it, so that reading and folding overlap; where this process has rows to
store while the shards work, it begins a call and asks for the results later.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, NoReturn, Protocol

from pipeline.core.errors import TruefriendError
from pipeline.replay.detecting import Detecting
from pipeline.replay.processes import process_context
from pipeline.replay.settlement import Settlement
from pipeline.replay.shard import Shard, ShardSettings, quiet_memory

__all__ = ["Cluster", "open_cluster"]


class ShardDiedError(TruefriendError):
    """A shard's process ended: out of memory, or killed."""

    def __init__(self, index: int) -> None:
        super().__init__(
            f"Worker {index} of the replay ended unexpectedly (out of memory, or killed). "
            f"Nothing half-done was written; run the same command again to go on."
        )


class Cluster(Protocol):
    size: int

    def call(self, method: str, *args: Sequence[Any]) -> list[Any]:
        """Calls ``method`` on every shard, which gets its own element of each argument."""

    def begin(self, method: str, *args: Sequence[Any]) -> Callable[[], list[Any]]:
        """``call``, but its results are waited for where they are asked for; no other call of the
        cluster comes in between.
        """

    def post(self, method: str, *args: Sequence[Any]) -> None:
        """``call`` without waiting; the results are dropped."""

    def __enter__(self) -> Cluster: ...

    def __exit__(self, *_: object) -> None: ...


class Worker:
    """A shard and its part in settling."""

    def __init__(self, index: int, settings: ShardSettings) -> None:
        self._shard = Shard(index, settings)
        self._settlement = Settlement(self._shard)
        self._detecting = Detecting(self._shard)

    def do(self, method: str, args: Sequence[Any]) -> Any:
        parts = (self._settlement, self._detecting, self._shard)
        owner = next(part for part in parts if hasattr(part, method))
        return getattr(owner, method)(*args)


class LocalCluster:
    """All shards in this process."""

    def __init__(self, settings: ShardSettings) -> None:
        self.size = settings.shards
        self._workers = [Worker(index, settings) for index in range(self.size)]

    def call(self, method: str, *args: Sequence[Any]) -> list[Any]:
        return [
            worker.do(method, [some[index] for some in args])
            for index, worker in enumerate(self._workers)
        ]

    def begin(self, method: str, *args: Sequence[Any]) -> Callable[[], list[Any]]:
        results = self.call(method, *args)
        return lambda: results

    def post(self, method: str, *args: Sequence[Any]) -> None:
        self.call(method, *args)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers = []


class ProcessCluster:
    """Each shard in a process of its own; messages go by pipe.

    They start in a thread, so that the caller can read its first lines meanwhile.
    """

    def __init__(self, settings: ShardSettings) -> None:
        self.size = settings.shards
        starter = ThreadPoolExecutor(1)
        self._started = starter.submit(_start, settings)
        self._begun = False
        starter.shutdown(wait=False)

    def call(self, method: str, *args: Sequence[Any]) -> list[Any]:
        return self.begin(method, *args)()

    def begin(self, method: str, *args: Sequence[Any]) -> Callable[[], list[Any]]:
        self._send_all(True, method, args)
        self._begun = True
        return self._results

    def post(self, method: str, *args: Sequence[Any]) -> None:
        self._send_all(False, method, args)

    def _results(self) -> list[Any]:
        self._begun = False
        return [self._receive(index) for index in range(self.size)]

    def _send_all(self, wanted: bool, method: str, args: Sequence[Sequence[Any]]) -> None:
        assert not self._begun, "The results of a call that was begun are still to be asked for."
        for index in range(self.size):
            self._send(index, _pickled((wanted, method, [some[index] for some in args])))

    def _send(self, index: int, message: Any) -> None:
        _, pipe = self._started.result()[index]
        try:
            pipe.send_bytes(message)
        except (BrokenPipeError, ConnectionResetError):
            self._receive(index)  # the reason, if it could still give one
            raise ShardDiedError(index) from None

    def _receive(self, index: int) -> Any:
        _, pipe = self._started.result()[index]
        try:
            result = pipe.recv()
        except (EOFError, ConnectionResetError):
            raise ShardDiedError(index) from None
        if isinstance(result, BaseException):
            raise result
        return result

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is not None and self._started.exception() is not None:
            return  # it is that error, or one that came before
        _end(self._started.result(), at_once=error[0] is not None)


def open_cluster(settings: ShardSettings, *, processes: bool) -> Cluster:
    """``processes``: each shard in its own, for speed; otherwise all in this one."""
    return ProcessCluster(settings) if processes else LocalCluster(settings)


def _start(settings: ShardSettings) -> list[tuple[Any, Connection]]:
    """The processes of all shards, each with our end of its pipe."""
    context = process_context()
    started: list[tuple[Any, Connection]] = []
    try:
        for index in range(settings.shards):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, index, settings), daemon=True)
            process.start()
            theirs.close()
            started.append((process, ours))
    except BaseException:
        _end(started, at_once=True)
        raise
    return started


def _end(started: list[tuple[Any, Connection]], *, at_once: bool) -> None:
    """Lets the processes end; ``at_once``: whatever they are at."""
    for process, pipe in started:
        if at_once:
            process.terminate()
        pipe.close()
    for process, _ in started:
        process.join()


def _pickled(message: Any) -> Any:
    return ForkingPickler.dumps(message)


def _serve(pipe: Connection, index: int, settings: ShardSettings) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    quiet_memory()
    worker: Worker | None = None
    failed: BaseException | None = None
    while True:
        try:
            wanted, method, args = pipe.recv()
        except (EOFError, OSError):  # the parent is done, or gone, perhaps in mid-message
            os._exit(0)  # at once: to free millions of accounts one by one takes seconds
        result: Any = failed
        if failed is None:
            try:
                worker = worker or Worker(index, settings)
                result = worker.do(method, args)
            except Exception as error:  # noqa: BLE001 - handed to the parent, which raises it
                failed = result = error
        if wanted:
            try:
                pipe.send(result)
            except OSError:  # the parent is gone, or stopped by an error of its own
                os._exit(0)
