"""Days and hours: when people are up, when doors are open, how a moment is written."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from tests.judging.second.chance import DAY, HOUR, Dice

__all__ = ["PROFILES", "Calendar", "time_text"]

_OFFSET = 8 * HOUR
"""The bank's zone, Asia/Shanghai; it has no summer time in these years."""

PROFILES = {
    "counter": (*([0] * 8), 2, 9, 11, 8, 4, 4, 7, 8, 7, 3, 1, *([0] * 5)),
    "office": (*([0] * 7), 1, 4, 9, 10, 8, 3, 5, 9, 9, 8, 6, 3, 2, 1, 1, 0, 0),
    "waking": (1, 0, 0, 0, 0, 0, 1, 3, 5, 6, 6, 6, 6, 5, 5, 5, 5, 6, 6, 7, 7, 6, 5, 3),
    "evening": (1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 3, 1, 1, 1, 2, 4, 7, 10, 11, 10, 6, 2),
    "night": (8, 5, 2, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 5, 7, 9, 10),
    "always": (3, 2, 2, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5, 4, 5, 5, 5, 5, 5, 6, 6, 6, 5, 4),
}
"""Weights of the 24 hours."""


class Calendar:
    """The days from ``start`` (00:00 in the bank's zone); the last one ends a month."""

    def __init__(self, dice: Dice, days: int) -> None:
        months = [(year, month) for year in (2025, 2026) for month in range(1, 13)]
        year, month = dice.choice(months)
        after = dt.date(year + month // 12, month % 12 + 1, 1)
        self.days = days
        self.first = after - dt.timedelta(days=days)
        epoch_days = (self.first - dt.date(1970, 1, 1)).days
        self.start = epoch_days * DAY - _OFFSET
        self.end = self.start + days * DAY
        self.rest_days = frozenset(
            day for day in range(days) if (self.first + dt.timedelta(days=day)).weekday() > 4
        )

    def day_of(self, time: int) -> int:
        return (time - self.start) // DAY

    def date(self, time: int) -> dt.date:
        return self.first + dt.timedelta(days=self.day_of(time))

    def at(self, day: float, hour: float) -> int:
        return self.start + int(day * DAY + hour * HOUR)

    def day(self, dice: Dice, *, working: bool = False) -> int:
        """Any day; ``working``: seldom a Saturday or Sunday."""
        day = dice.randrange(self.days)
        return dice.randrange(self.days) if working and day in self.rest_days else day

    def moment(self, dice: Dice, day: int, profile: str) -> int:
        """A moment of the day, by the profile's hours."""
        hour = dice.choices(range(24), PROFILES[profile])[0]
        return self.at(day, hour + dice.random())

    def wake(self, dice: Dice, time: int, owl: float) -> int:
        """The moment itself, or the next morning for what nobody does asleep.

        ``owl`` is the chance that the person is up all the same.
        """
        hour = (time - self.start) % DAY / HOUR
        if hour >= 6.5 or dice.chance(owl):
            return time
        return time + int((6.5 - hour + dice.near(1.2, 0.6)) * HOUR)


def time_text(time: int) -> str:
    """RFC 3339 in the bank's zone; without a fraction on whole seconds."""
    minute, rest = divmod(time + _OFFSET, 60_000)
    second, milli = divmod(rest, 1000)
    fraction = f".{milli:03d}" if milli else ""
    return f"{_minute_text(minute)}{second:02d}{fraction}+08:00"


@lru_cache(maxsize=1 << 14)
def _minute_text(minute: int) -> str:
    day, rest = divmod(minute, 1440)
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    return f"{date.isoformat()}T{rest // 60:02d}:{rest % 60:02d}:"
