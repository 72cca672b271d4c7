"""Reference rows and policies into their topics."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from pipeline.core.policy import Policy, PolicySet
from sources.files import find_reference, read_policy, read_rows
from sources.kafka.sender import Sender
from topics.catalog import TOPICS, topic_name
from topics.codec import BadRecord
from topics.partitions import partition_of
from topics.reference import REFERENCE, decode_row

__all__ = ["find_files", "read_policies", "send_policies", "send_reference"]

_REQUIRED = ("customers", "staff")
_COMMIT_ROWS = 100_000


def find_files(folder: Path | None) -> dict[str, Path]:
    """The folder's file of each reference that it has; WrongUse as in a replay."""
    if folder is None:
        return {}
    names = sorted(REFERENCE, key=lambda name: name not in _REQUIRED)  # what must be there first
    found = {name: find_reference(folder, name, name in _REQUIRED) for name in names}
    return {name: path for name, path in found.items() if path is not None}


def read_policies(paths: Iterable[Path]) -> list[Policy]:
    """The policies; PolicyError for one that is wrong, and for two of one effective_from."""
    policies = [read_policy(path) for path in paths]
    PolicySet(policies)
    return policies


async def send_policies(sender: Sender, namespace: str, policies: Iterable[Policy]) -> None:
    topic = topic_name(namespace, "policies")
    now = _now()
    for policy in policies:
        text = policy.toml.encode()
        await sender.put(topic, 0, policy.version.encode(), text, now)


async def send_reference(
    sender: Sender, namespace: str, name: str, path: Path, partitions: int
) -> int:
    """Sends every row of the file in its order; returns how many there were.

    A row that cannot be read goes as it is, under an empty key into partition 0, for a worker to
    make it a dead letter: under its own key it would take the good row's place in the topic.
    """
    topic = topic_name(namespace, name)
    slices = partitions if TOPICS[name].partitions == "keyed" else 1
    now = _now()
    rows = 0
    for _, row in read_rows(path):
        key = _key(name, row)
        partition = partition_of(key, slices) if key else 0
        await sender.put(topic, partition, key.encode(), row, now)
        rows += 1
        if rows % _COMMIT_ROWS == 0:
            await sender.commit()
    return rows


def _key(name: str, line: bytes) -> str:
    try:
        row = decode_row(line, REFERENCE[name])
    except BadRecord:
        return ""
    key: str = msgspec.structs.astuple(row)[0]
    return key


def _now() -> int:
    return time.time_ns() // 1_000_000
