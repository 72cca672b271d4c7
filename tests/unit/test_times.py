"""RFC 3339 times: literal texts and microseconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topics.times import DAY_US, HOUR_US, format_time, parse_time

NOON = 1_794_283_200_000_000  # 2026-11-10T12:00:00+08:00


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-11-10T12:00:00+08:00", NOON),
        ("2026-11-10T04:00:00Z", NOON),
        ("2026-11-10t04:00:00z", NOON),
        ("2026-11-10T04:00:00-00:00", NOON),
        ("2026-11-10T04:00:00.0Z", NOON),
        ("2026-11-10T04:00:00.1Z", NOON + 100_000),
        ("2026-11-10T04:00:00.12z", NOON + 120_000),
        ("2026-11-10T12:00:00.123+08:00", NOON + 123_000),
        ("2026-11-10T12:00:00.1234+08:00", NOON + 123_400),
        ("2026-11-10T12:00:00.123456+08:00", NOON + 123_456),
        ("2026-11-10T12:00:00.123456999+08:00", NOON + 123_456),
        ("2026-11-10T12:00:00.0000009+08:00", NOON),
        ("2026-11-10T12:00:00." + "9" * 400 + "+08:00", NOON + 999_999),
        ("2026-11-11T03:59:00+23:59", NOON),
        ("2026-11-09T04:01:00-23:59", NOON),
        ("2026-11-09T22:30:00-05:30", NOON),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000_000),
        ("2000-01-01T00:00:00Z", 946_684_800_000_000),
        ("2000-01-01T00:00:00+08:00", 946_684_800_000_000 - 8 * HOUR_US),
        ("2099-12-31T23:59:59.999999Z", 4_102_444_799_999_999),
        ("2099-12-31T23:59:59Z", 4_102_444_799_000_000),
    ],
)
def test_an_instant(text: str, micros: int) -> None:
    assert parse_time(text) == micros
    assert parse_time(text) == micros  # also from what was remembered


NO_TIMES = [
    "", "now", "2026", "2026-11-10", "2026-11-10T12:00Z", "2026-11-10T12:00:00",
    "2026-11-10T12:00:00.123", "2026-11-10 12:00:00Z", "2026-11-10_12:00:00Z",
    "2026-11-10T12:00:60Z", "2026-11-10T12:60:00Z", "2026-11-10T24:00:00Z",
    "2026-00-10T12:00:00Z", "2026-13-10T12:00:00Z", "2026-11-00T12:00:00Z",
    "2026-11-31T12:00:00Z", "2026-02-29T12:00:00Z", "2000-02-30T12:00:00Z",
    "1999-12-31T23:59:59Z", "1999-12-31T23:59:59-08:00", "2100-01-01T00:00:00Z",
    "2100-01-01T00:00:00+08:00", "0000-01-01T00:00:00Z", "12026-11-10T12:00:00Z",
    "2026-11-10T12:00:00.Z", "2026-11-10T12:00:00,5Z", "2026-11-10T12:00:00.5",
    "2026-11-10T12:00:00.-5Z", "2026-11-10T12:00:00. 5Z", "2026-11-10T12:00:00.12 Z",
    "2026-11-10T12:00:00.123 Z", "2026-11-10T12:00:00.1２3Z",
    "2026-11-10T12:00:00+0800", "2026-11-10T12:00:00+08", "2026-11-10T12:00:00+8:00",
    "2026-11-10T12:00:00+24:00", "2026-11-10T12:00:00+08:60", "2026-11-10T12:00:00 +08:00",
    "2026-11-10T12:00:00−08:00", "2026-11-10T12:00:00+08:00Z", "2026-11-10T12:00:00ZZ",
    "2026-11-10T12:00:00Z ", " 2026-11-10T12:00:00Z", "2026-11-10T12:00:00Z\n",
    "2026-11-10T12:00:00+08:00\n", "2026-11-10T12:00:00\n+08:00", "2026-1-10T12:00:00Z",
    "2026-11-10T1:00:00Z", "2026-11-10T12:00:0Z", "2026-11-10T12:00:+0Z", "+026-11-10T12:00:00Z",
    "２０２６-11-10T12:00:00Z", "20２６-11-10T12:00:00Z", "2026-11-10T12:00:0٣Z",
    "2026-11-10T12:00:00.\0Z", "2026W46-2T12:00:00Z", "20261110T120000Z",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time(text: str) -> None:
    parse_time("2026-11-10T12:00:00Z")  # its parts are remembered, and must not let others in
    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - its words are nobody's to read
            parse_time(text)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 23, 59, 59, 999_999)),
    st.integers(-(23 * 60 + 59), 23 * 60 + 59),
    st.sampled_from(["auto", "milliseconds", "microseconds"]),
)
def test_as_datetime_reads_it(local: datetime, offset: int, timespec: str) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=offset)))
    text = moment.isoformat(timespec=timespec)
    expected = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_time(text) == expected // timedelta(microseconds=1)


@given(
    st.integers(946_684_800_000_000 + DAY_US, 4_102_444_799_999_999 - DAY_US),
    st.integers(-14 * 60, 14 * 60),
)
def test_a_written_time_is_read_again(micros: int, offset_minutes: int) -> None:
    assert parse_time(format_time(micros, offset_minutes * 60_000_000)) == micros


@pytest.mark.parametrize(
    ("micros", "offset", "text"),
    [
        (NOON, 8 * HOUR_US, "2026-11-10T12:00:00+08:00"),
        (NOON + 123_000, 8 * HOUR_US, "2026-11-10T12:00:00.123000+08:00"),
        (NOON + 1, 0, "2026-11-10T04:00:00.000001+00:00"),
        (NOON, -(5 * HOUR_US + HOUR_US // 2), "2026-11-09T22:30:00-05:30"),
    ],
)
def test_a_time_is_written(micros: int, offset: int, text: str) -> None:
    assert format_time(micros, offset) == text
