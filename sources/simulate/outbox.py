"""Writes events as lines, in the order in which they reach the bank.

`Outbox.put` is the hot path of the simulation: one call an event. It gives the event its id,
its time as its source writes it, and its arrival: most within seconds, some minutes to days
late. Some lines come twice, a few of them written differently or, against the rules, changed.
Lines wait in memory only until the hour in which they arrive has been simulated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

from sources.simulate.chance import generator
from sources.simulate.clock import DAY, HOUR, MINUTE, SECOND, Clock
from sources.simulate.copies import changed, rewritten

LATE: Final = 0.012  # share of events that arrive minutes to days late
COPIED: Final = 0.010
_REWRITTEN: Final = 0.0015  # share of events whose copy is written differently
_CHANGED: Final = 12_000  # one conflicting copy in so many lines
_BASE32: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(high + low for high in _BASE32 for low in _BASE32)
_MINUTES: Final = tuple(
    f"{minute:02d}:{second:02d}" for minute in range(60) for second in range(60)
)


class Source(NamedTuple):
    """Who sends events: the CloudEvents source, and whether its times are written in UTC."""

    name: str
    utc: bool = False


class Outbox:
    """Collects lines by the hour of their arrival and hands them on hour by hour."""

    def __init__(self, seed: int, clock: Clock, write: Callable[[bytes], None]) -> None:
        rng = generator(seed, "outbox")
        self._random, self._bits = rng.random, rng.getrandbits
        self._end = clock.end
        self._epoch = clock.epoch_ms
        self._hours = (clock.local_hours, clock.utc_hours)
        self._write = write
        self._buckets: dict[int, list[tuple[int, int, str]]] = {}
        self._number = 0
        self._head = ("", 0)
        self.kinds: Counter[str] = Counter()
        self.copies: Counter[str] = Counter()
        self.lines = 0

    def put(self, time: int, source: Source, kind: str, data: str) -> bool:
        """Send an event; `data` is the inside of its data object. False: outside the span."""
        if not 0 <= time < self._end:
            return False
        hour, rest = divmod(time, HOUR)
        second, milli = divmod(rest, 1000)
        epoch = self._epoch + time
        utc = source.utc
        line = (
            f'{{"specversion":"1.0","id":"{_top(epoch >> 20)}{_PAIRS[epoch >> 10 & 1023]}'
            f'{_PAIRS[epoch & 1023]}{self._bits(64):016X}","source":"{source.name}",'
            f'"type":"{kind}","time":"{self._hours[utc][hour]}{_MINUTES[second]}.{milli:03d}'
            f'{"Z" if utc else "+08:00"}","data":{{{data}}}}}'
        )
        self.kinds[kind] += 1
        chance = self._random()
        arrival = time + 20 + int(chance * 3000)
        if chance < LATE + COPIED:
            arrival = self._troubled(arrival, chance, line)
        elif self._number % _CHANGED == 700:
            self.copies["conflicting_duplicate"] += 1
            self._arrive(arrival + self._delay(), changed(line, self._bits(16)))
        self._arrive(arrival, line)
        return True

    def bad(self, time: int, line: str) -> None:
        """Send a line that no reader can accept."""
        self._arrive(time, line)

    def flush(self, hour: int) -> None:
        """Write what arrives in this hour of the span."""
        bucket = self._buckets.pop(hour, None)
        if not bucket:
            return
        bucket.sort()
        self.lines += len(bucket)
        text = "\n".join([line for _, _, line in bucket]) + "\n"
        self._write(text.encode("utf-8", "surrogateescape"))

    def close(self) -> None:
        """Write what arrives after the span."""
        for hour in sorted(self._buckets):
            self.flush(hour)

    def _arrive(self, arrival: int, line: str) -> None:
        hour = arrival // HOUR
        bucket = self._buckets.get(hour)
        if bucket is None:
            bucket = self._buckets[hour] = []
        self._number = number = self._number + 1
        bucket.append((arrival, number, line))

    def _troubled(self, arrival: int, chance: float, line: str) -> int:
        """The arrival of a line that is late, or of one that is sent twice."""
        if chance < LATE:
            self.copies["late"] += 1
            return arrival + self._delay()
        self.copies["duplicate"] += 1
        other = rewritten(line, self._bits(16)) if chance < LATE + _REWRITTEN else line
        self._arrive(arrival + self._delay() // 20 + SECOND, other)
        return arrival

    def _delay(self) -> int:
        """A minute to three days, every order of magnitude as likely."""
        return int(MINUTE * (3 * DAY / MINUTE) ** self._random())


_TOPS: Final[dict[int, str]] = {}


def _top(bits: int) -> str:
    """The first six characters of a ULID's time, the same for 17 minutes."""
    text = _TOPS.get(bits)
    if text is None:
        text = _PAIRS[bits >> 20 & 1023] + _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]
        _TOPS[bits] = text
    return text
