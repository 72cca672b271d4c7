"""Topics in memory: all stages of all partitions at work without a broker, in any order.

What a transaction writes is there at once or not at all; a partition may be dropped at any moment
and made again from its changelog, as on a real broker.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pipeline.stream.stages.context import Context
from pipeline.stream.stages.partition import INPUTS, Stages, row_key
from pipeline.stream.stages.records import Batch, Output
from topics.between import input_name
from topics.codec import BadRecord, decode_event
from topics.partitions import partition_of

__all__ = ["MemoryTopics", "Record"]


@dataclass(slots=True)
class Record:
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list)


class MemoryTopics:
    """The topics of ``partitions`` partitions, and the stages that read them."""

    def __init__(self, context: Callable[[], Context], partitions: int, seed: int = 0) -> None:
        self.partitions = partitions
        self.context = context
        self.logs: dict[tuple[str, int], list[Record]] = {}
        self.changelogs: list[dict[bytes, tuple[str, str, str, str, bytes]]] = [
            {} for _ in range(partitions)
        ]
        self.random = random.Random(seed)
        self.stages = [self.restored(partition) for partition in range(partitions)]

    def send(
        self, topic: str, partition: int, key: bytes | None, value: bytes | None, time_ms: int
    ) -> None:
        log = self.logs.setdefault((topic, partition), [])
        log.append(Record(topic, partition, len(log), time_ms, key, value))

    def send_events(self, lines: Iterable[bytes]) -> None:
        """As ``produce`` does; lines that are none of the contract's go to partition 0."""
        for line in lines:
            try:
                event = decode_event(line)
            except BadRecord:
                self.send("interactions", 0, b"", line, 0)
                continue
            key = event.key
            partition = partition_of(key, self.partitions)
            self.send("interactions", partition, key.encode(), line, event.time // 1000)

    def send_rows(self, topic: str, rows: Iterable[tuple[str, bytes | None]]) -> None:
        for key, value in rows:
            self.send(topic, partition_of(key, self.partitions), key.encode(), value, 0)

    def restored(self, partition: int) -> Stages:
        """A partition's stages, made from its changelog."""
        stages = Stages(self.context(), partition)
        for row in self.changelogs[partition].values():
            stages.load(*row)
        stages.begin(self.context())
        return stages

    def run(self, *, most: int = 1000, crashes: float = 0.0) -> None:
        """Works until at rest, in batches of up to ``most`` records, crashing now and then."""
        while waiting := self.waiting():
            partition, topic = self.random.choice(waiting)
            stages = self.stages[partition]
            position = stages.positions.get(input_name(topic, partition), 0)
            number = self.random.randint(1, most)
            some = self.logs[topic, partition][position : position + number]
            stages.take(topic, some, some[-1].offset + 1)
            if self.random.random() < crashes:
                stages.finish()  # its transaction is lost
                self.stages[partition] = self.restored(partition)
            else:
                self.commit(partition, stages.finish())

    def waiting(self) -> list[tuple[int, str]]:
        return [
            (partition, topic)
            for topics in INPUTS.values()
            for topic in topics
            for partition in range(self.partitions)
            if self.stages[partition].positions.get(input_name(topic, partition), 0)
            < len(self.logs.get((topic, partition), ()))
        ]

    def commit(self, partition: int, batch: Batch) -> None:
        for output in batch.outputs:
            self._write(output)
        changelog = self.changelogs[partition]
        for row in batch.state:
            *_, value = row
            if value is None:
                changelog.pop(row_key(row), None)
            else:
                changelog[row_key(row)] = (*row[:4], value)

    def last(self, topic: str) -> dict[bytes, bytes]:
        """Key to the last value, of a compacted topic."""
        found: dict[bytes, bytes] = {}
        for (name, _), log in self.logs.items():
            if name == topic:
                for record in log:
                    if record.value is None:
                        found.pop(record.key or b"", None)
                    else:
                        found[record.key or b""] = record.value
        return found

    def _write(self, output: Output) -> None:
        log = self.logs.setdefault((output.topic, output.partition), [])
        log.append(
            Record(
                output.topic,
                output.partition,
                len(log),
                0,
                output.key,
                output.value,
                list(output.headers),
            )
        )
