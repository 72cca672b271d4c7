"""What goes into a partition's stages and what comes out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from pipeline.core.records import StateRow
from pipeline.stream.stages.rows import Rows
from topics.partitions import partition_of

__all__ = ["Batch", "Input", "Output", "Revisions", "Route"]


class Input(Protocol):
    """A record as it was read; aiokafka's have these, and more."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


class Output(NamedTuple):
    """A record to be written; the topic without its namespace."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(slots=True)
class Batch:
    """What one transaction writes: records, state rows, and how far the inputs were read.

    ``counts`` are for metrics: what became of interactions (applied, duplicates, late), dead
    letters by code, adds decided by verdict, and signals that changed by code.
    """

    outputs: list[Output] = field(default_factory=list)
    state: list[StateRow] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def keep(self, rows: Rows, row: StateRow) -> None:
        """Writes a state row, here and in memory."""
        self.state.append(row)
        rows.put(*row[1:])

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def bury(self, topic: str, record: Input, code: str, sentence: str) -> None:
        """Makes a dead letter of a record: its own key and bytes, headers that say why."""
        headers = [
            ("topic", topic.encode()),
            ("partition", str(record.partition).encode()),
            ("offset", str(record.offset).encode()),
            ("code", code.encode()),
            ("sentence", sentence.encode()),
        ]
        key = record.key or b""
        self.outputs.append(
            Output("dead-letters", record.partition, key, record.value or b"", headers)
        )
        self.count(code)


class Route:
    """Names the partitions that outputs go to."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions

    def __call__(self, key: str) -> int:
        return partition_of(key, self.partitions)


class Revisions:
    """epoch * 2^32 + n: grows with every row that a partition writes, whoever runs it."""

    def __init__(self, epoch: int) -> None:
        self._next = epoch << 32

    def __call__(self) -> int:
        self._next += 1
        return self._next
