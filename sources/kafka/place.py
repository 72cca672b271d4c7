"""Where a run of produce stands: a note in Kafka itself, committed with the records.

The note is the committed offset of a consumer group that is named by what the run reads, so that
the same command finds its own. Like the records it is in the transaction: a killed run's last
records and note are either both there or neither. Kafka forgets it a week after the last commit
(offsets.retention.minutes).
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from pipeline.clients import Clients
from sources.files import InputFile

__all__ = ["FINISHED", "Place", "read_place", "run_id"]


class Place(NamedTuple):
    """``file`` counts the inputs from 0, ``line`` is the next one to send, from 1.

    ``sent`` is how many lines went before.
    """

    file: int = 0
    line: int = 1
    sent: int = 0

    @property
    def text(self) -> str:
        return f"{self.file}:{self.line}"


FINISHED = "finished"
"""The text of a note of a run that reached its end: the same command begins anew."""


def run_id(namespace: str, inputs: Iterable[InputFile], others: Iterable[Path]) -> str:
    """Names the run by its files' paths, sizes and times; of standard input each is another."""
    parts = [uuid4().hex if file.path is None else _file_text(file.path) for file in inputs]
    parts += [f"+{_file_text(path)}" for path in others]
    digest = sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
    return f"{namespace}.produce.{digest[:16]}"


def read_place(clients: Clients, group: str, topic: str) -> Place | None:
    """Where an unfinished run of this name stood; None without one."""
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(
        **clients.kafka_python(), group_id=group, enable_auto_commit=False, max_poll_records=1
    )
    try:
        found = consumer.committed(TopicPartition(topic, 0), metadata=True)
    finally:
        consumer.close(autocommit=False)
    if found is None or found.offset < 0 or found.metadata == FINISHED:
        return None
    file, _, line = found.metadata.partition(":")
    return Place(int(file), int(line), found.offset)


def _file_text(path: Path) -> str:
    stat = path.stat()
    return f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
