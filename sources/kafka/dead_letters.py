"""The topic of dead letters: read to its end, and sent back to where they came from."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from pipeline.clients import Clients, broker_errors
from pipeline.core.errors import TruefriendError
from pipeline.topics_admin import check_topics
from sources.kafka.sender import open_sender
from topics.catalog import TOPICS, partition_count, topic_name
from topics.partitions import partition_of

__all__ = ["DeadLetter", "read_dead_letters", "replay_dead_letters", "summarize"]

_INPUTS = frozenset(name for name, topic in TOPICS.items() if topic.direction == "in")
_QUIET_MS = 30_000
_EVENT_HEADERS = [("content-type", b"application/cloudevents+json")]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record. ``topic`` (without namespace), ``partition`` and ``offset`` say where it was.

    ``at`` is when it was made a dead letter, in ms since 1970. ``key`` and ``value`` are the
    original's; they may be personal.
    """

    at: int
    topic: str
    partition: int
    offset: int
    code: str
    sentence: str
    key: bytes | None
    value: bytes | None


def read_dead_letters(clients: Clients, code: str | None = None) -> Iterator[DeadLetter]:
    """All that are committed now, of one ``code`` or of all; by partition in their order."""
    from kafka import KafkaConsumer, TopicPartition

    settings = clients.settings
    with broker_errors(settings):
        partitions = check_topics(clients, settings)
        consumer = KafkaConsumer(
            **clients.kafka_python(),
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        try:
            name = topic_name(settings.namespace, "dead-letters")
            places = [TopicPartition(name, number) for number in range(partitions)]
            for record in _to_the_end(consumer, places):
                letter = _letter(record)
                if code in (None, letter.code):
                    yield letter
        finally:
            consumer.close(autocommit=False)


def summarize(letters: Iterator[DeadLetter], newest: int) -> tuple[Counter[str], list[DeadLetter]]:
    """(how many by code, the ``newest`` ones, the last first)."""
    counts: Counter[str] = Counter()
    last: list[tuple[int, int, DeadLetter]] = []
    for number, letter in enumerate(letters):
        counts[letter.code] += 1
        heapq.heappush(last, (letter.at, number, letter))
        if len(last) > newest:
            heapq.heappop(last)
    return counts, [letter for _, _, letter in sorted(last, reverse=True)]


def replay_dead_letters(clients: Clients, code: str | None = None) -> dict[str, int]:
    """Sends the original bytes and keys back to their topics; returns how many by topic.

    All or none: it is one transaction. Equal ones go once, so that what is refused again and
    replayed again does not grow. The partition is the key's; the timestamp is now, so that an
    event that was ahead of its time is taken once that has come.
    """
    with broker_errors(clients.settings):
        return asyncio.run(_replay(clients, read_dead_letters(clients, code)))


async def _replay(clients: Clients, letters: Iterator[DeadLetter]) -> dict[str, int]:
    namespace = clients.settings.namespace
    keyed = await asyncio.to_thread(check_topics, clients, clients.settings)
    sent: Counter[str] = Counter()
    seen: set[bytes] = set()
    async with open_sender(clients, f"{namespace}.dead-letters.replay") as sender:
        for letter in letters:
            if letter.topic not in _INPUTS or letter.value is None or _known(letter, seen):
                continue
            key = letter.key or b""
            partition = _partition(key, partition_count(TOPICS[letter.topic], keyed))
            headers = _EVENT_HEADERS if letter.topic == "interactions" else []
            topic = topic_name(namespace, letter.topic)
            await sender.put(topic, partition, key, letter.value, _now(), headers)
            sent[letter.topic] += 1
        await sender.commit()
    return dict(sent)


def _to_the_end(consumer: Any, places: list[Any]) -> Iterator[Any]:
    """All records up to where the partitions end now.

    A partition's end lies behind its last record: a transaction's mark stands there. So positions
    are compared with it, not offsets.
    """
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    ends = consumer.end_offsets(places)
    quiet_since = time.monotonic()
    while any(consumer.position(place) < ends[place] for place in places):
        for records in consumer.poll(timeout_ms=500).values():
            yield from records
            quiet_since = time.monotonic()
        if (time.monotonic() - quiet_since) * 1000 > _QUIET_MS:
            raise TruefriendError(
                "Kafka gives no more dead letters although there are some: see to the broker."
            )


def _letter(record: Any) -> DeadLetter:
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    return DeadLetter(
        record.timestamp,
        headers.get("topic", "?"),
        int(headers.get("partition", -1)),
        int(headers.get("offset", -1)),
        headers.get("code", "?"),
        headers.get("sentence", ""),
        record.key,
        record.value,
    )


def _known(letter: DeadLetter, seen: set[bytes]) -> bool:
    parts = (letter.topic.encode(), letter.key or b"", letter.value or b"")
    digest = blake2b(b"".join(len(part).to_bytes(8) + part for part in parts), digest_size=16)
    known = digest.digest() in seen
    seen.add(digest.digest())
    return known


def _partition(key: bytes, partitions: int) -> int:
    """The key's; of a key that is none, the first."""
    try:
        return partition_of(key.decode(), partitions) if key else 0
    except UnicodeDecodeError:
        return 0


def _now() -> int:
    return time.time_ns() // 1_000_000
