"""Whether everything in the topics has been worked through and is in the database.

Read the ends of all topics, then all positions, then the ends again: at rest is what is unchanged
and reached. A transaction's end marker lies between the last record and the end, so "reached"
asks whether a record is left before the end, not whether the numbers are equal.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pipeline.clients import Clients
from pipeline.core.calendar import Calendar
from pipeline.stream_places import Place, Places
from sinks.duckdb.stream.records import READ
from topics.between import input_name

__all__ = ["Status", "TopicLag", "as_of", "read_status"]

_PAUSE_S = 0.3
_NEAR_END = 50


@dataclass(frozen=True, slots=True)
class TopicLag:
    """Offsets that a reader ("workers" or "sink") has before it in a topic's partitions.

    0 where no record is left. Where every partition of the stages reads the topic whole, the
    slowest counts.
    """

    reader: str
    topic: str
    partitions: int
    lag: int
    greatest: int
    positions: dict[str, int]
    ends: dict[str, int]


@dataclass(frozen=True, slots=True)
class Status:
    """``as_of`` is RFC 3339, None before the first event; ``partitions`` that of keyed topics."""

    at_rest: bool
    as_of: str | None
    partitions: int
    topics: list[TopicLag]

    def as_json(self) -> dict[str, Any]:
        return {
            "at_rest": self.at_rest,
            "as_of": self.as_of,
            "partitions": self.partitions,
            "topics": [
                {
                    "reader": one.reader,
                    "topic": one.topic,
                    "lag": one.lag,
                    "positions": one.positions,
                    "ends": one.ends,
                }
                for one in self.topics
            ],
        }


def read_status(clients: Clients, keyed: int, wait_seconds: float = 0.0) -> Status:
    """The status now, or as soon as all is at rest, but after so many seconds in any case.

    BrokerUnavailable where no broker answers.
    """
    deadline = time.monotonic() + wait_seconds
    places = Places(clients, keyed, READ)
    before: list[Place] = []
    try:
        while True:
            status, found = _look(places, keyed, clients.settings.timezone, before)
            before = found
            if status.at_rest or time.monotonic() >= deadline:
                return status
            time.sleep(min(_PAUSE_S, max(0.0, deadline - time.monotonic())))
    finally:
        places.close()


def as_of(places: Places) -> int | None:
    """The greatest time of any accepted event, in microseconds."""
    said = [one.latest for one in places.progress().values()]
    return max((one for one in said if one is not None), default=None)


def _look(
    places: Places, keyed: int, timezone: str, earlier: list[Place]
) -> tuple[Status, list[Place]]:
    """Looking for records that are left takes seconds where much is: so not while they move."""
    ends = places.ends()
    found = places.look(ends, places.sink_positions())
    far = [place for place in found if place.lag > _NEAR_END]
    moves = bool(far) and found != earlier
    unread = {one for one in found if one.lag} if moves else set(places.unread(found))
    at_rest = not unread and places.ends() == ends
    latest = as_of(places)
    shown = None if latest is None else Calendar(timezone).text(latest)
    return Status(at_rest, shown, keyed, _by_topic(found, unread)), found


def _by_topic(places: Iterable[Place], unread: set[Place]) -> list[TopicLag]:
    slowest: dict[tuple[str, str], dict[int, Place]] = {}
    for place in places:
        some = slowest.setdefault((place.reader, place.topic), {})
        known = some.get(place.partition)
        if known is None or place.position < known.position:
            some[place.partition] = place
    return [
        _topic_lag(reader, topic, list(some.values()), unread)
        for (reader, topic), some in slowest.items()
    ]


def _topic_lag(reader: str, topic: str, places: list[Place], unread: set[Place]) -> TopicLag:
    lags = [place.lag if place in unread else 0 for place in places]
    return TopicLag(
        reader,
        topic,
        len(places),
        sum(lags),
        max(lags),
        {input_name(topic, place.partition): place.position for place in places},
        {input_name(topic, place.partition): place.end for place in places},
    )
