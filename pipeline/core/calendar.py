"""The bank's days and months: which day an instant falls on in the bank's time zone.

Days are counted from 1970-01-01, months from year 0 (year * 12 + month - 1); both are plain
integers so that state stays small and comparison is cheap.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from topics.times import format_time

__all__ = [
    "Calendar",
    "day_of",
    "day_to_date",
    "first_day_of",
    "last_day_of",
    "month_of",
    "month_text",
    "parse_month",
]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
_SLOT_US = 15 * 60 * 1_000_000  # every zone's midnight falls on a quarter of an hour


class _Slots(dict[int, tuple[int, int]]):
    """Quarter of an hour to (day, month), worked out once each."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, slot: int) -> tuple[int, int]:
        local = (_EPOCH + dt.timedelta(microseconds=slot * _SLOT_US)).astimezone(self._zone)
        found = day_of(local.date()), local.year * 12 + local.month - 1
        self[slot] = found
        return found


class Calendar:
    """Days and months of one time zone, by its IANA name."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._slots = _Slots(self._zone)
        self._offsets: dict[int, int] = {}
        self._starts: dict[int, int] = {}

    def day_month(self, time_us: int) -> tuple[int, int]:
        """(day, month) of an instant in microseconds since 1970-01-01T00:00Z."""
        return self._slots[time_us // _SLOT_US]

    def day(self, time_us: int) -> int:
        return self._slots[time_us // _SLOT_US][0]

    def month(self, time_us: int) -> int:
        return self._slots[time_us // _SLOT_US][1]

    def start_of(self, day: int) -> int:
        """The day's first microsecond."""
        known = self._starts.get(day)
        if known is None:
            midnight = dt.datetime.combine(day_to_date(day), dt.time(), tzinfo=self._zone)
            known = self._starts[day] = (midnight - _EPOCH) // dt.timedelta(microseconds=1)
        return known

    def end_of(self, day: int) -> int:
        """The day's last microsecond."""
        return self.start_of(day + 1) - 1

    def end_of_month(self, month: int) -> int:
        """The month's last microsecond."""
        return self.end_of(last_day_of(month))

    def offset(self, time_us: int) -> int:
        """Local time minus UTC at an instant, in microseconds."""
        slot = time_us // _SLOT_US
        known = self._offsets.get(slot)
        if known is None:
            at = (_EPOCH + dt.timedelta(microseconds=time_us)).astimezone(self._zone)
            known = (at.utcoffset() or dt.timedelta()) // dt.timedelta(microseconds=1)
            self._offsets[slot] = known
        return known

    def text(self, time_us: int) -> str:
        """An instant as RFC 3339 in this time zone."""
        return format_time(time_us, self.offset(time_us))


def day_of(date: dt.date) -> int:
    return date.toordinal() - _EPOCH_DAY


def day_to_date(day: int) -> dt.date:
    return dt.date.fromordinal(day + _EPOCH_DAY)


def month_of(date: dt.date) -> int:
    return date.year * 12 + date.month - 1


def first_day_of(month: int) -> int:
    """The month's first day, counted from 1970-01-01."""
    return day_of(dt.date(month // 12, month % 12 + 1, 1))


@lru_cache(maxsize=4096)
def last_day_of(month: int) -> int:
    """The month's last day, counted from 1970-01-01."""
    return first_day_of(month + 1) - 1


@lru_cache(maxsize=4096)
def month_text(month: int) -> str:
    """2026-11 for the month's number."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def parse_month(text: str) -> int:
    """The month's number for 2026-11; ValueError for anything else."""
    return month_of(dt.datetime.strptime(text, "%Y-%m").date())
