"""What a replay is asked to do and what it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.core.calendar import Calendar, day_of
from pipeline.core.errors import WrongUse
from topics.times import parse_time

__all__ = ["Progress", "ReplayOptions", "Summary", "parse_as_of"]

Progress = Callable[[int, int | None, int], None]
"""Called with bytes done, bytes in all (None: standard input) and lines done."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """One replay. ``inputs`` are paths, folders or "-"; times and dates are texts as given.

    ``shards`` slices all keys; with ``processes`` each slice has its own process. ``block_bytes``
    is how much is read at once, ``commit_lines`` how many lines make a transaction.
    ``hash_key`` is for the hashes of addresses, devices and bank numbers.
    """

    inputs: Sequence[str | Path]
    reference: Path
    db: Path
    policies: Sequence[Path] = ()
    as_of: str | None = None
    ip_table: Path | None = None
    shards: int = 1
    processes: bool = False
    block_bytes: int = 4 << 20
    commit_lines: int = 2_000_000
    timezone: str = "Asia/Shanghai"
    hash_key: str = field(default="", repr=False)
    progress: Progress | None = None


@dataclass(slots=True)
class Summary:
    """The last line of a replay: lines = applied + duplicates + after_as_of + late + dead."""

    applied: int = 0
    duplicates: int = 0
    after_as_of: int = 0
    late: int = 0
    dead_letters: dict[str, int] = field(default_factory=dict)
    adds: dict[str, int] = field(default_factory=dict)
    as_of: str | None = None

    @property
    def lines(self) -> int:
        dead = sum(self.dead_letters.values())
        return self.applied + self.duplicates + self.after_as_of + self.late + dead

    def as_json(self) -> dict[str, object]:
        return {
            "lines": self.lines,
            "applied": self.applied,
            "duplicates": self.duplicates,
            "after_as_of": self.after_as_of,
            "late": self.late,
            "dead_letters": dict(sorted(self.dead_letters.items())),
            "adds": dict(sorted(self.adds.items())),
            "as_of": self.as_of,
        }


def parse_as_of(text: str, calendar: Calendar) -> int:
    """Microseconds since 1970 of an RFC 3339 time, or of a date: its last microsecond.

    As of events, the year is one of 2000 to 2099: nothing is known of any other.
    """
    try:
        if len(text) != 10:
            return parse_time(text)
        date = dt.date.fromisoformat(text)
        if not 2000 <= date.year <= 2099:
            raise ValueError
        return calendar.end_of(day_of(date))
    except ValueError:
        raise WrongUse(
            f"--as-of {text} is neither a date such as 2026-11-30 nor an RFC 3339 time "
            "such as 2026-11-30T18:00:00+08:00, of the years 2000 to 2099. Give one of these."
        ) from None
