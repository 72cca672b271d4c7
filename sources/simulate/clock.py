"""Simulated time: whole milliseconds since the first midnight, and how events write it.

The span is the given number of days that end with 2026-11-30, in Asia/Shanghai (UTC+8 all
year, so local time needs no table).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Final

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
LAST_DAY: Final = date(2026, 11, 30)
SHANGHAI: Final = timezone(timedelta(hours=8))

# Shares of a day's activity by hour: office hours, a lunch dip, the evening, a thin night.
HOURS: Final = (
    0.7, 0.5, 0.4, 0.4, 0.4, 0.6, 1.2, 2.5, 6.0, 10.5, 10.5, 8.0,
    5.0, 6.0, 9.0, 10.0, 9.0, 6.0, 3.5, 3.6, 3.2, 2.4, 1.6, 1.0,
)  # fmt: skip
HOUR_SHARES: Final = tuple(weight / sum(HOURS) for weight in HOURS)
_HOUR_TABLE: Final = tuple(h for h, weight in enumerate(HOURS) for _ in range(round(weight * 10)))


class Clock:
    """Turns simulated milliseconds into dates and RFC 3339 prefixes."""

    def __init__(self, days: int) -> None:
        self.days = days
        self.hours = days * 24
        self.end = days * DAY
        self.first_day = LAST_DAY - timedelta(days=days - 1)
        midnight = datetime.combine(self.first_day, datetime.min.time(), SHANGHAI)
        self.epoch_ms = int(midnight.timestamp()) * SECOND
        starts = [midnight + timedelta(hours=hour) for hour in range(self.hours)]
        self.local_hours = [start.strftime("%Y-%m-%dT%H:") for start in starts]
        self.utc_hours = [start.astimezone(UTC).strftime("%Y-%m-%dT%H:") for start in starts]

    def date(self, day: int) -> date:
        """The date of a day counted from 0; negative days lie before the span."""
        return self.first_day + timedelta(days=day)

    def busy(self, day: int) -> float:
        """How busy a day is: 1.0 on weekdays, less at weekends."""
        return (1.05, 1.0, 1.0, 1.0, 1.1, 0.5, 0.35)[self.date(day).weekday()]


def hour_of_day(rng: Random) -> int:
    """An hour, 0 to 23, as a bank's customers have them."""
    return _HOUR_TABLE[int(rng.random() * len(_HOUR_TABLE))]


def moment_of_day(rng: Random, day: int) -> int:
    """A time on the day, at an hour as a bank's customers have them."""
    return day * DAY + hour_of_day(rng) * HOUR + int(rng.random() * HOUR)


def at_hour(rng: Random, day: int, first: float, last: float) -> int:
    """A time on the day between two hours of the day (fractions allowed)."""
    return day * DAY + int((first + (last - first) * rng.random()) * HOUR)
