"""The codec's fast way and its slow way agree on any bytes; and copies hash alike."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_content_hash import EVENTS
from topics.codec import BadRecord, content_hash, decode_event, decode_lines, examine, route
from topics.event import Event

TIME = "2026-11-10T12:00:00.123+08:00"
# JSON, or what looks like it, to stand where a value stood.
VALUES = (
    *("null", "true", "0", "-0", "1", "1.0", "1e0", "1E400", "01", "-", "NaN", "Infinity", "1."),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616"),
    *("1000000000000000", "1000000000000001", "7" * 400, "7" * 5000, '""', '" "', '"1.0"', '"x"'),
    *('"\\ud800"', '"\\ude00"', '"\\ud83d\\ude00"', '"\\ude00\\ud83d"', '"\\u0000"', '"\\x"'),
    *('{"\\ud800":1}', '{"a":"\\ud800","a":1}', '[["\\udfff"]]', "[1,]", "{}", "[]", '"\t"'),
    *("[" * 400 + "]" * 400, "[" * 600 + "]" * 600, '{"a":' * 496 + "1" + "}" * 496, "[" * 1200),
    *('"广东"', '"\\u5e7f\\u4e1c"', '"广东省"', '"::1"', '"1.2.3.4"', '"01.2.3.4"', '"fe80::1%1"'),
    *('"wechat"', '"st\\u0061ff"', '"friend.added"', '"2026-11-10T04:00:00Z"', '"\U0010ffff"'),
    *('"2026-11-10t04:00:00.1234567z"', '"2026-11-10T04:00:60Z"', '"2100-01-01T00:00:00Z"'),
)  # fmt: skip
BYTES = (
    *(b"", b" ", b"\n", b"\0", b"\x0b", b'"', b"\\", b",", b":", b"{", b"}", b"[", b"]", b"0"),
    *(b"-", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc3", b"\xc3\xa9", b"\\u", b"\\ud800"),
)  # fmt: skip
NAMES = ("specversion", "id", "source", "type", "time", "data", "unknown")
Members = list[tuple[str, str]]


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A good event of any type, with a few members and bytes changed."""
    kind = draw(st.sampled_from(tuple(EVENTS)))
    data = [(name, json.dumps(value, ensure_ascii=False)) for name, value in EVENTS[kind].items()]
    data = draw(changed(data, (*EVENTS[kind], "unknown", "customer_id", "time")))
    envelope = [("specversion", '"1.0"'), ("id", '"1"'), ("source", '"w"'), ("type", f'"{kind}"'),
                ("time", f'"{TIME}"'), ("data", written(data))]  # fmt: skip
    line = written(draw(changed(envelope, NAMES))).encode()
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
        line = draw(garbled(line))
    return line


@st.composite
def changed(draw: st.DrawFn, members: Members, names: tuple[str, ...]) -> Members:
    """Members replaced, repeated, dropped, put in another order, their names with escapes."""
    members = draw(st.permutations(members)) if draw(st.booleans()) else list(members)
    for _ in range(draw(st.sampled_from((0, 0, 1, 2)))):
        at = draw(st.integers(0, len(members)))
        new = (draw(st.sampled_from(names)), draw(st.sampled_from(VALUES)))
        members[at : at + draw(st.integers(0, 1))] = [new]
    if draw(st.integers(0, 5)) == 0 and members:
        del members[draw(st.integers(0, len(members) - 1))]
    return [(draw(escaped(name)), value) for name, value in members]


@st.composite
def escaped(draw: st.DrawFn, name: str) -> str:
    if draw(st.integers(0, 9)):
        return name
    at = draw(st.integers(0, len(name) - 1))
    return f"{name[:at]}\\u{ord(name[at]):04x}{name[at + 1 :]}"


@st.composite
def garbled(draw: st.DrawFn, line: bytes) -> bytes:
    """A few bytes cut out, put in, or one bit turned."""
    start = draw(st.integers(0, len(line)))
    if draw(st.booleans()) and start < len(line):
        flipped = line[start] ^ (1 << draw(st.integers(0, 7)))
        return line[:start] + bytes([flipped]) + line[start + 1 :]
    end = min(len(line), start + draw(st.integers(0, 3)))
    new = draw(st.sampled_from(BYTES) | st.binary(max_size=3))
    return line[:start] + new + line[end:]


def written(members: Members) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in members) + "}"


def outcome(read: Any, line: bytes) -> Event | str:
    try:
        event = read(line)
        assert isinstance(event, Event)
        return event
    except BadRecord as bad:
        return bad.code


@settings(max_examples=300, deadline=None)
@given(lines())
def test_both_ways_agree(line: bytes) -> None:
    assert outcome(decode_event, line) == outcome(examine, line)


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=40))
def test_both_ways_agree_on_noise(line: bytes) -> None:
    assert outcome(decode_event, line) == outcome(examine, line)


@settings(max_examples=80, deadline=None)
@given(st.lists(lines() | st.sampled_from((b"", b" \t\r", b"\x0c")), max_size=4))
def test_lines_of_a_block_are_read_as_each_alone(some: list[bytes]) -> None:
    block = b"\n".join(some)
    expected = [
        (number, line, outcome(examine, line))
        for number, line in enumerate(block.split(b"\n"), 1)
        if line.strip(b" \t\r")
    ]
    found = [
        (number, line, event.code if isinstance(event, BadRecord) else event)
        for number, line, event in decode_lines(block, count(1))
    ]
    assert found == expected


@settings(max_examples=120, deadline=None)
@given(lines(), st.randoms(use_true_random=False))
def test_a_copy_in_another_order_hashes_alike(line: bytes, random: Any) -> None:
    event = outcome(decode_event, line)
    if isinstance(event, str):
        return
    parsed = json.loads(line, parse_int=lambda digits: int(digits[:30]), parse_float=lambda _: 0.5)
    data = list(parsed["data"].items())
    random.shuffle(data)
    copy = {**dict(reversed(parsed.items())), "data": dict(data), "more": None}
    assert content_hash(decode_event(json.dumps(copy).encode())) == content_hash(event)


@settings(max_examples=120, deadline=None)
@given(lines(), lines())
def test_contents_that_differ_hash_differently(one: bytes, other: bytes) -> None:
    first, second = outcome(decode_event, one), outcome(decode_event, other)
    if isinstance(first, Event) and isinstance(second, Event):
        equal = (first.type, first.time, first.data) == (second.type, second.time, second.data)
        assert (content_hash(first) == content_hash(second)) is equal


@settings(max_examples=300, deadline=None)
@given(lines())
def test_a_route_is_the_event_s_key_or_none(line: bytes) -> None:
    event = outcome(decode_event, line)
    if isinstance(event, Event):
        assert route(line) in (None, event.key)
    else:
        route(line)  # raises nothing, whatever the line
