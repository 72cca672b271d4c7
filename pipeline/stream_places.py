"""Where the workers and the sink stand, and where the topics end: what "at rest" is made of."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from pipeline.clients import Clients, broker_errors
from topics.between import READ_WHOLE, STAGE_OF, MonthControl, Progress, input_name
from topics.catalog import TOPICS, partition_count, topic_name

__all__ = ["SINK", "WORKERS", "Place", "Places"]

WORKERS, SINK = "workers", "sink"

_COORDINATOR_S = 20.0
_SILENCE_S = 20.0
_NEAR = 32  # so far back from the end a last record is first looked for
_POLL_MS = 20  # a poll that meets only a transaction's marker would wait as long as it may


_Last = dict[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Place:
    """How far a reader ("workers", or "sink") is in one partition of a topic.

    ``by`` is the stages' partition where every one of them reads the topic whole. ``end`` is that
    for readers of committed records.
    """

    reader: str
    topic: str
    partition: int
    by: int
    position: int
    end: int

    @property
    def lag(self) -> int:
        return max(0, self.end - self.position)


class Places:
    """Asks the broker. Raises BrokerUnavailable."""

    def __init__(self, clients: Clients, keyed: int, sink_topics: Iterable[str]) -> None:
        self._clients = clients
        self._settings = clients.settings
        self._keyed = keyed
        self._sink_topics = tuple(sink_topics)
        with broker_errors(self._settings):
            self._consumer = self._new_consumer()
            self._admin = KafkaAdminClient(**clients.kafka_python())

    def close(self) -> None:
        self._consumer.close(autocommit=False)
        self._admin.close()

    def ends(self) -> dict[tuple[str, int], int]:
        """(topic, partition) to its end, for readers of committed records."""
        names = dict.fromkeys((*STAGE_OF, *READ_WHOLE, *self._sink_topics))
        partitions = {self._partition(*one): one for name in names for one in self._all_of(name)}
        with broker_errors(self._settings):
            found = self._offsets(self._consumer.end_offsets, list(partitions))
        return {partitions[partition]: end for partition, end in found.items()}

    def progress(self) -> dict[int, Progress]:
        """The last word of each partition of the stages; those that never said one are missing."""
        name = topic_name(self._settings.namespace, "progress")
        wanted = [TopicPartition(name, partition) for _, partition in self._all_of("progress")]
        found: dict[int, Progress] = {}
        with broker_errors(self._settings):
            begins = self._offsets(self._consumer.beginning_offsets, wanted)
            ends = self._offsets(self._consumer.end_offsets, wanted)
            back = _NEAR
            while wanted:
                starts = {one: max(begins[one], ends[one] - back) for one in wanted}
                for records in self._read({one: (starts[one], ends[one]) for one in wanted}):
                    found |= {
                        int(record.key): msgspec.msgpack.decode(record.value, type=Progress)
                        for record in records
                        if record.key and record.value
                    }
                wanted = [
                    one
                    for one in wanted
                    if starts[one] > begins[one] and one.partition not in found
                ]
                back *= 8
        return found

    def sink_positions(self) -> dict[tuple[str, int], int]:
        """The sink's positions, as its group has them; nothing where it has none."""
        names = {
            self._partition(*one): one for name in self._sink_topics for one in self._all_of(name)
        }
        with broker_errors(self._settings):
            found = self._group_offsets(f"{self._settings.namespace}-sink")
        return {names[one]: at.offset for one, at in found.items() if one in names}

    def look(
        self, ends: Mapping[tuple[str, int], int], sink: Mapping[tuple[str, int], int]
    ) -> list[Place]:
        """Every reader's place in every partition that it reads."""
        said = self.progress()
        places = [
            Place(WORKERS, topic, number, number, _position(said.get(number), topic, number),
                  ends[topic, number])
            for topic in STAGE_OF
            for number in range(self._keyed)
        ]  # fmt: skip
        places += [
            Place(WORKERS, topic, 0, number, _position(said.get(number), topic, 0), ends[topic, 0])
            for topic in READ_WHOLE
            for number in range(self._keyed)
        ]
        places += [
            Place(SINK, topic, partition, partition, sink.get((topic, partition), 0),
                  ends[topic, partition])
            for topic in self._sink_topics
            for topic, partition in self._all_of(topic)
        ]  # fmt: skip
        return places

    def unread(self, places: Iterable[Place]) -> list[Place]:
        """Those before whose end there still is a record: a transaction's markers are none."""
        behind: dict[TopicPartition, list[Place]] = {}
        for place in places:
            if place.lag:
                behind.setdefault(self._partition(place.topic, place.partition), []).append(place)
        ranges = {
            one: (min(place.position for place in some), some[0].end)
            for one, some in behind.items()
        }
        with broker_errors(self._settings):
            last = self._last_offsets(ranges)
        return [
            place for one, some in behind.items() for place in some if place.position <= last[one]
        ]

    def months(self) -> dict[str, MonthControl]:
        """The last record on each month."""
        found = {}
        partition = self._partition("months", 0)
        with broker_errors(self._settings):
            end = self._offsets(self._consumer.end_offsets, [partition])[partition]
            for records in self._read({partition: (0, end)}):
                for record in records:
                    if record.value is not None:
                        control = msgspec.json.decode(record.value, type=MonthControl)
                        found[control.month] = control
        return found

    def _new_consumer(self) -> KafkaConsumer:
        return KafkaConsumer(
            **self._clients.kafka_python(),
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=1 << 18,
        )

    def _offsets(
        self,
        ask: Callable[[list[TopicPartition]], dict[TopicPartition, int]],
        partitions: list[TopicPartition],
    ) -> dict[TopicPartition, int]:
        """kafka-python forgets the topics that it meets for the first time beside known ones."""
        deadline = time.monotonic() + _SILENCE_S
        while True:
            try:
                return ask(partitions)
            except KeyError:
                if time.monotonic() > deadline:
                    raise KafkaTimeoutError("the broker is silent") from None
            time.sleep(0.05)

    def _group_offsets(self, group: str) -> dict[TopicPartition, Any]:
        """Tries again for a while: a broker that has just started has no coordinator yet."""
        deadline = time.monotonic() + _COORDINATOR_S
        while True:
            try:
                found: dict[TopicPartition, Any] = self._admin.list_group_offsets({group: None})[
                    group
                ]
            except KafkaError as error:
                if not error.retriable or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return found

    def _last_offsets(self, ranges: dict[TopicPartition, tuple[int, int]]) -> _Last:
        """The offset of each range's last record; -1 where it has none."""
        near = {one: (max(start, end - _NEAR), end) for one, (start, end) in ranges.items()}
        last = self._last_in(near)
        far = {one: some for one, some in ranges.items() if last[one] < 0 and near[one] != some}
        return last | self._last_in(far)

    def _last_in(self, ranges: dict[TopicPartition, tuple[int, int]]) -> _Last:
        last = dict.fromkeys(ranges, -1)
        for records in self._read(ranges):
            for record in records:
                one = TopicPartition(record.topic, record.partition)
                last[one] = max(last[one], record.offset)
        return last

    def _read(self, ranges: dict[TopicPartition, tuple[int, int]]) -> Iterator[list[Any]]:
        """The committed records from each start up to its end, poll by poll.

        By a consumer of its own: one that is assigned, paused or resumed anew may never fetch some
        partitions again (kafka-python 3.0.12).
        """
        if not ranges:
            return
        consumer = self._new_consumer()
        try:
            consumer.assign(list(ranges))
            for one, (start, _) in ranges.items():
                consumer.seek(one, start)
            deadline = time.monotonic() + _SILENCE_S
            while any(consumer.position(one) < end for one, (_, end) in ranges.items()):
                for one, records in consumer.poll(timeout_ms=_POLL_MS).items():
                    deadline = time.monotonic() + _SILENCE_S
                    yield [record for record in records if record.offset < ranges[one][1]]
                if time.monotonic() > deadline:
                    raise KafkaTimeoutError("the broker is silent")
        finally:
            consumer.close(autocommit=False)

    def _all_of(self, topic: str) -> list[tuple[str, int]]:
        count = partition_count(TOPICS[topic], self._keyed)
        return [(topic, partition) for partition in range(count)]

    def _partition(self, topic: str, partition: int) -> TopicPartition:
        return TopicPartition(topic_name(self._settings.namespace, topic), partition)


def _position(said: Progress | None, topic: str, partition: int) -> int:
    return 0 if said is None else said.positions.get(input_name(topic, partition), 0)
