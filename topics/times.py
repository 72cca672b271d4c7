"""RFC 3339 times to and from whole microseconds since 1970-01-01T00:00Z."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

__all__ = ["DAY_US", "HOUR_US", "format_time", "parse_time"]

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = re.compile(r"(20[0-9]{2})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):", re.ASCII)
_REST = re.compile(
    r"([0-5][0-9])(?:\.([0-9]+))?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))", re.ASCII
)
_minutes: dict[str, int] = {}
_rests: dict[str, int] = {}
_CACHE_LIMIT = 1 << 18  # a day of milliseconds has 86.4 million texts, but only 60,000 rests


def parse_time(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 time with T and an offset or Z, either case.

    Digits after the microsecond are dropped. ValueError for anything else: second 60, a written
    year outside 2000-2099, no offset. Texts are cut in two ("2026-11-20T09:30:" and "15.123+08:00")
    and each half is remembered: events come in order of time, so both halves repeat.
    """
    minute, rest = text[:17], text[17:]
    try:
        return _minutes[minute] + _rests[rest]
    except KeyError:
        return _parse_minute(minute) + _parse_rest(rest)


def format_time(time_us: int, offset_us: int = 8 * HOUR_US) -> str:
    """RFC 3339 with microseconds only where there are some: 2026-11-20T09:30:15.123000+08:00."""
    local = _EPOCH + timedelta(microseconds=time_us + offset_us)
    sign, minutes = ("-" if offset_us < 0 else "+"), abs(offset_us) // 60_000_000
    text = local.replace(tzinfo=None).isoformat(timespec="auto")
    return f"{text}{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def _parse_minute(text: str) -> int:
    match = _MINUTE.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 time")
    instant = datetime(*(int(part) for part in match.groups()), tzinfo=UTC)  # type: ignore[arg-type, misc]
    return _remember(_minutes, text, (instant - _EPOCH) // timedelta(microseconds=1))


def _parse_rest(text: str) -> int:
    match = _REST.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 time")
    second, fraction, sign, hours, minutes = match.groups()
    micro = int(second) * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))
    if sign:
        offset = (int(hours) * 60 + int(minutes)) * 60_000_000
        micro += offset if sign == "-" else -offset
    return _remember(_rests, text, micro)


def _remember(cache: dict[str, int], text: str, value: int) -> int:
    if len(cache) >= _CACHE_LIMIT:
        cache.clear()
    cache[text] = value
    return value
