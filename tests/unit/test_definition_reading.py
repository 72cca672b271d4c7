"""The definition's reader: literal lines in, codes of dead letters and counts out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.definition.build import dump, line
from tests.definition.reader import Refused, as_of_microseconds, instant, parse, read

T = "2026-11-10T12:00:00Z"
ADD = {"staff_id": "S", "customer_id": "C", "add_way": 1}
SALE = {"staff_id": "S", "customer_id": "C", "bank_customer_id": "K", "product": "fund"}


def envelope(**changed: Any) -> bytes:
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "friend.added", "time": T}
    return dump({k: v for k, v in (event | {"data": ADD} | changed).items() if v is not ...})


def data(type_: str, **fields: Any) -> bytes:
    return line(type_, T, "1", **fields)


REFUSED: list[tuple[bytes, str]] = [
    (b"{", "bad_json"),
    (b"\xff", "bad_json"),
    (b'{"a": NaN}', "bad_json"),
    (b"-Infinity", "bad_json"),
    (b'{"a": "\\ud800"}', "bad_json"),
    (b'{"\\udfff": 1}', "bad_json"),
    (b'{"a": "\xed\xa0\x80"}', "bad_json"),
    (b'{"a": 01}', "bad_json"),
    (b'{} {}', "bad_json"),
    (b"[]", "bad_envelope"),
    (b"1" * 5000, "bad_envelope"),
    (envelope(specversion=1.0), "bad_envelope"),
    (envelope(specversion="1.1", type="nonsense"), "bad_envelope"),
    (envelope(id=""), "bad_envelope"),
    (envelope(id=7), "bad_envelope"),
    (envelope(source=None), "bad_envelope"),
    (envelope(type=...), "bad_envelope"),
    (envelope(data=[]), "bad_envelope"),
    (envelope(data=..., time="never"), "bad_envelope"),
    (envelope(type="friend.Added", time="never"), "unknown_type"),
    (envelope(time=..., data={}), "bad_time"),
    (envelope(time=1794283200), "bad_time"),
    (data("friend.added", staff_id="S", customer_id="C"), "bad_data"),
    (data("friend.added", **ADD | {"staff_id": ""}), "bad_data"),
    (data("friend.added", **ADD | {"customer_id": None}), "bad_data"),
    (data("friend.added", **ADD | {"add_way": 1.0}), "bad_data"),
    (data("friend.added", **ADD | {"add_way": True}), "bad_data"),
    (data("friend.added", **ADD | {"add_way": "1"}), "bad_data"),
    (data("friend.added", **ADD | {"add_way": 2**63}), "bad_data"),
    (data("friend.added", **ADD, ip=1), "bad_data"),
    (data("friend.added", **ADD, province=["广东"]), "bad_data"),
    (data("friend.added", **ADD, mutual="yes"), "bad_data"),
    (data("friend.added", **ADD, mutual=0), "bad_data"),
    (data("friend.added", **ADD, account_kind="qq"), "bad_data"),
    (data("friend.removed", staff_id="S", customer_id="C", by="nobody"), "bad_data"),
    (data("friend.removed", staff_id="S", customer_id="C", by=["staff"]), "bad_data"),
    (data("message.sent", staff_id="S", sender="staff", kind="text", group_id=""), "bad_data"),
    (data("sale.completed", **SALE, amount_fen=10**15 + 1), "bad_data"),
    (data("sale.completed", **SALE, amount_fen=1, fee_income_fen=10**15 + 1), "bad_data"),
    (data("sale.completed", **SALE | {"product": "gold"}, amount_fen=1), "bad_data"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_the_first_failure_is_the_code(text: bytes, code: str) -> None:
    with pytest.raises(Refused, match=f"^{code}$"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-10 12:00:00Z", "2026-11-10T12:00:00", "2026-11-10T12:00Z", "2026-11-10",
        "2026-11-10T12:00:60Z", "2026-11-10T24:00:00Z", "2026-02-29T00:00:00Z",
        "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "2026-11-10T12:00:00.Z",
        "2026-11-10T12:00:00+0800", "2026-11-10T12:00:00+24:00", "2026-11-10T12:00:00+08:60",
        "２０２６-11-10T12:00:00Z", "2026-11-10T12:00:00Z ", "2026-11-10T12:00:00Z\n", "",
    ],
)  # fmt: skip
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(Refused, match="bad_time"):
        instant(text)


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-11-10T12:00:00+08:00", 1794283200000000),
        ("2026-11-10t04:00:00.0000009z", 1794283200000000),
        ("2026-11-09T22:30:00.5-05:30", 1794283200500000),
        ("2000-01-01T00:00:00+23:59", 946684800000000 - 86_340_000_000),
        ("2099-12-31T23:59:59.999999-00:00", 4102444799999999),
    ],
)
def test_times(text: str, micros: int) -> None:
    assert instant(text) == micros


def test_as_of_a_date_is_the_last_microsecond_of_the_bank_s_day() -> None:
    assert as_of_microseconds("2026-11-09") == instant("2026-11-09T15:59:59.999999Z")
    assert as_of_microseconds("2026-11-09T00:00:00Z") == instant("2026-11-09T00:00:00Z")


def test_what_counts_as_absent_is_removed() -> None:
    fields = {**ADD, "ip": "300.1.1.1", "province": "Hunan", "channel": "", "mutual": None,
              "new": {"a": [1e400]}}  # fmt: skip
    assert parse(data("friend.added", **ADD)).data == ADD
    assert parse(json.dumps(json.loads(data("friend.added", **fields))).replace(
        "Infinity", "1e400").encode()).data == ADD  # fmt: skip
    known = {"ip": "::1", "province": "内蒙古", "channel": " ", "mutual": False}
    assert parse(data("friend.added", **ADD, **known)).data == ADD | known


def test_amounts_up_to_the_limit_are_read() -> None:
    sale = {**SALE, "amount_fen": 10**15, "fee_income_fen": -1}
    assert parse(data("sale.completed", **sale)).data == sale


def test_copies_and_counts() -> None:
    good = envelope()
    lines = [
        b"\xef\xbb\xbf" + envelope(data={}),  # line 1: claims no id
        b"   \t\r",
        good,
        envelope(time="2026-11-10T20:00:00.0+08:00", data=ADD | {"ip": "x", "more": 1}),
        envelope(data=ADD | {"ip": "1.1.1.1"}),  # line 5: another copy, always against the first
        envelope(data=ADD | {"ip": "1.1.1.1"}),
        envelope(source="t", time="2026-11-11T00:00:00Z"),
        envelope(source="t", time="2026-11-11T00:00:00Z"),
        b"\xef\xbb\xbf" + good,  # line 9: a BOM is skipped at the start only
        good + b"\r",
    ]
    reading = read(lines)
    assert reading.dead_letters == [
        (1, "bad_data"), (5, "conflicting_duplicate"), (6, "conflicting_duplicate"), (9, "bad_json")
    ]  # fmt: skip
    assert reading.last_us == instant("2026-11-11T00:00:00Z")
    assert reading.counts(instant(T)) == {
        "lines": 9,
        "applied": 1,
        "duplicates": 3,
        "after_as_of": 1,
        "dead_letters": {"bad_data": 1, "conflicting_duplicate": 2, "bad_json": 1},
    }
