"""RFC 3339 times to and from whole microseconds since 1970-01-01T00:00Z."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

__all__ = ["DAY_US", "HOUR_US", "format_time", "parse_time"]

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = re.compile(r"(20[0-9]{2})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):", re.ASCII)
_REST = re.compile(
    r"([0-5][0-9])(?:\.([0-9]+))?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))", re.ASCII
)
_TWO = [f"{number:02d}" for number in range(60)]  # formatting costs more than what it is put into
_SECONDS = {f"{second:02d}": second * 1_000_000 for second in range(60)}
_MILLIS = {f"{milli:03d}": milli * 1_000 for milli in range(1000)}
_MINUTES = {f"{minute:02d}:": minute * 60_000_000 for minute in range(60)}
_hours: dict[str, int] = {}  # of "2026-11-20T09:", filled as they come
_minutes: dict[str, int] = {}  # of "2026-11-20T09:30:", too, as are the offsets
_offsets: dict[str, int] = {"Z": 0, "z": 0}
_CACHE_LIMIT = 1 << 16


def parse_time(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 time with T and an offset or Z, either case.

    Digits after the microsecond are dropped. ValueError for anything else: second 60, a written
    year outside 2000-2099, no offset. The forms that systems write, with no fraction or with
    milliseconds, are put together from parts seen before; all others go by regular expressions.
    """
    try:
        start = _minutes[text[:17]] + _SECONDS[text[17:19]]
        if text[19] == ".":
            return start + _MILLIS[text[20:23]] + _offsets[text[23:]]
        return start + _offsets[text[19:]]
    except (KeyError, IndexError):
        return _parse_minute(text[:17]) + _parse_rest(text[17:])


def format_time(time_us: int, offset_us: int = 8 * HOUR_US) -> str:
    """RFC 3339 with microseconds only where there are some: 2026-11-20T09:30:15.123000+08:00."""
    minute, rest = divmod(time_us + offset_us, 60_000_000)
    second, micro = divmod(rest, 1_000_000)
    fraction = "" if micro == 0 else "." + str(micro).zfill(6)
    return _minute_text(minute) + _TWO[second] + fraction + _offset_text(offset_us)


@lru_cache(maxsize=_CACHE_LIMIT)
def _minute_text(minute: int) -> str:
    day, rest = divmod(minute, 1440)
    return f"{_day_text(day)}T{_TWO[rest // 60]}:{_TWO[rest % 60]}:"


@lru_cache(maxsize=_CACHE_LIMIT)
def _day_text(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).strftime("%Y-%m-%d")


@lru_cache(maxsize=64)
def _offset_text(offset_us: int) -> str:
    minutes = abs(offset_us) // 60_000_000
    return f"{'-' if offset_us < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def _parse_minute(text: str) -> int:
    hour, minute = _hours.get(text[:14]), _MINUTES.get(text[14:])
    if hour is not None and minute is not None:
        return _remember(_minutes, text, hour + minute)
    match = _MINUTE.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 time")
    instant = datetime(*(int(part) for part in match.groups()), tzinfo=UTC)  # type: ignore[arg-type, misc]
    start = (instant - _EPOCH) // timedelta(microseconds=1)
    _remember(_hours, text[:14], start - instant.minute * 60_000_000)
    return _remember(_minutes, text, start)


def _parse_rest(text: str) -> int:
    match = _REST.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 time")
    second, fraction, sign, hours, minutes = match.groups()
    micro = int(second) * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))
    if not sign:
        return micro
    offset = (int(hours) * 60 + int(minutes)) * 60_000_000
    return micro + _remember(_offsets, text[-6:], offset if sign == "-" else -offset)


def _remember(cache: dict[str, int], text: str, value: int) -> int:
    if len(cache) >= _CACHE_LIMIT:
        cache.clear()
        _offsets.update({"Z": 0, "z": 0})
    cache[text] = value
    return value
