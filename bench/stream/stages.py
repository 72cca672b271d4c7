"""What a measured worker runs: all stages, the ledger alone, or the reduced fold of the peers.

Only the stages differ: app, transport, transactions, restore and runner are the project's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import msgspec

from bench.detection.cost.undetected import undetected
from pipeline.stream.runner import Runner
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.partition import INPUTS, Stages
from pipeline.stream.stages.records import Batch, Input, Output
from topics.codec import decode_event

__all__ = ["CLOCK", "KINDS", "running"]

FOLD = "fold"
FIRSTS = {"friend.added": "added", "identity.verified": "verified", "friend.removed": "removed"}


class Clock:
    """When the first interaction was taken, the last transaction committed, state restored."""

    def __init__(self) -> None:
        self.first: float | None = None
        self.last: float | None = None
        self.taken = 0
        self.restored: float | None = None

    def take(self, number: int) -> None:
        if self.first is None:
            self.first = time.monotonic()
        self.taken += number


CLOCK = Clock()


class _Timed(Stages):
    def take(self, topic: str, records: Sequence[Input], end: int) -> None:
        if topic == "interactions" and records:
            CLOCK.take(len(records))
        super().take(topic, records, end)


class _First(msgspec.Struct, array_like=True, gc=False):
    """The state of one key: its first times, in microseconds, and its events."""

    added: int | None = None
    verified: int | None = None
    removed: int | None = None
    count: int = 0


class _Reduced(_Timed):
    """First add, verification, removal and count by key; each friend.added goes out again."""

    def __init__(self, context: Context, partition: int) -> None:
        self._known: dict[bytes, _First] = {}
        self._touched: set[bytes] = set()
        super().__init__(context, partition)

    def load(self, stage: str, key: str, kind: str, sub: str, value: bytes | None) -> None:
        if stage == FOLD and value is not None:
            self._known[key.encode()] = _decode(value)
        else:
            super().load(stage, key, kind, sub, value)

    def finish(self) -> Batch:
        known, state = self._known, self._batch.state
        for key in self._touched:
            state.append((FOLD, key.decode(), "", "", _encode(known[key])))
        self._touched = set()
        return super().finish()

    def _takers(self) -> dict[str, Callable[[Sequence[Input]], None]]:
        return {"interactions": self._fold}

    def _fold(self, records: Sequence[Input]) -> None:
        known, touched = self._known, self._touched
        outputs, partition = self._batch.outputs, self.partition
        for record in records:
            key, value = record.key or b"", record.value or b""
            event = decode_event(value)
            first = known.get(key)
            if first is None:
                first = known[key] = _First()
            name = FIRSTS.get(event.type)
            if name is not None:
                time_known = getattr(first, name)
                if time_known is None or event.time < time_known:
                    setattr(first, name, event.time)
                if name == "added":
                    outputs.append(Output("adds", partition, key, value))
            first.count += 1
            touched.add(key)


KINDS: dict[str, tuple[type[Stages], dict[str, tuple[str, ...]]]] = {
    "all": (_Timed, INPUTS),
    "rules": (_Timed, INPUTS),  # all without detectors
    "ledger": (_Timed, {"ledger": ("interactions",)}),
    "reduced": (_Reduced, {FOLD: ("interactions",)}),
}
"""What is run to its stages and the topics that they read."""


@contextmanager
def running(kind: str) -> Iterator[None]:
    """Has the project's runner and app work with these stages."""
    stages, inputs = KINDS[kind]
    changed: dict[str, Any] = {
        "pipeline.stream.runner.Stages": stages,
        "pipeline.stream.runner.INPUTS": inputs,
        "pipeline.stream.app.INPUTS": inputs,
    }
    if kind not in ("all", "rules"):
        changed["pipeline.stream.runner.Runner._read_reference_first"] = _no_reference
    with ExitStack() as stack:
        for name, value in changed.items():
            stack.enter_context(patch(name, value))
        if kind == "rules":
            stack.enter_context(undetected())
        yield


async def _no_reference(_: Runner) -> None:
    """Nothing reads customers or staff."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_First).decode
