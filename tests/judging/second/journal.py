"""From happenings to lines: envelopes, delays, copies, and a file in order of arrival."""

from __future__ import annotations

import gzip
import heapq
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from tests.judging.second.bank import Bank
from tests.judging.second.chance import HOUR, MINUTE, SECOND, Dice
from tests.judging.second.clock import time_text
from tests.judging.second.lives import Happening

__all__ = ["Journal", "gzip_file", "write_rows"]

_SOURCES = {
    "identity.verified": "bank/pages",
    "link.opened": "bank/pages",
    "sale.completed": "bank/core",
    "customer.active": "bank/core",
    "app.activated": "bank/app",
}
_encode = msgspec.json.Encoder().encode


@contextmanager
def gzip_file(path: Path) -> Iterator[BinaryIO]:
    """A gzip file to write; neither its name nor the time stands in it."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, 0) as zipped,
        io.BufferedWriter(zipped, 1 << 16) as file,  # many short lines
    ):
        yield file


def write_rows(path: Path, rows: Iterable[object]) -> None:
    with gzip_file(path) as file:
        for row in rows:
            file.write(_encode(row) + b"\n")


class Journal:
    """Writes events as they arrive: mostly at once, some late, some twice.

    A source that breaks down sends what happened meanwhile when it is back.
    """

    def __init__(self, bank: Bank, dice: Dice, file: BinaryIO) -> None:
        self._dice, self._file, self._calendar = dice, file, bank.calendar
        self._corp = f"wecom/ww{dice.getrandbits(40):010x}"
        self._seconds = dice.chance(0.5)  # WeCom's own times are whole seconds
        self._late, self._twice = dice.uniform(0.002, 0.03), dice.uniform(0.001, 0.015)
        self._breaks = [self._break() for _ in range(dice.randrange(4))]
        self._waiting: list[tuple[int, int, bytes]] = []
        self._number = 0

    def _break(self) -> tuple[str, int, int]:
        dice, calendar = self._dice, self._calendar
        start = dice.randrange(calendar.start, calendar.end)
        source = dice.choice((self._corp, self._corp, "bank/pages", "bank/core"))
        return source, start, start + int(dice.near(1.5, 1.0) * HOUR)

    def note(self, happening: Happening) -> None:
        """Takes an event down; what happens after the window is left out."""
        time, kind, data = happening
        if time >= self._calendar.end:
            return
        source = _SOURCES.get(kind, self._corp)
        told = time - time % SECOND if self._seconds and source == self._corp else time
        event = {
            "specversion": "1.0",
            "id": f"{self._dice.getrandbits(96):024x}",
            "source": source,
            "type": kind,
            "time": time_text(told),
            "data": data,
        }
        line = _encode(event) + b"\n"
        self._expect(self._arrival(time, source), line)
        if self._dice.chance(self._twice):
            self._expect(time + int(self._dice.near(20, 1.5) * MINUTE), line)

    def _arrival(self, time: int, source: str) -> int:
        for broken, start, end in self._breaks:
            if source == broken and start <= time < end:
                return end
        if self._dice.chance(self._late):
            return time + int(self._dice.near(40, 1.8) * MINUTE)
        return time

    def _expect(self, arrival: int, line: bytes) -> None:
        heapq.heappush(self._waiting, (arrival, self._number, line))
        self._number += 1

    def write_until(self, time: float) -> None:
        """Writes what arrives before ``time``; nothing that happens earlier may come after."""
        waiting = self._waiting
        while waiting and waiting[0][0] < time:
            self._file.write(heapq.heappop(waiting)[2])
