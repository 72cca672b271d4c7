"""The wire's codec reads every line as the definition's slow reader does."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.definition.fields import EVENTS
from tests.definition.reader import Event, Refused, instant, parse, strict_json
from tests.definition.reference import TABLES, parse_row
from tests.property.names import Names
from tests.property.notation import Draft, styles, write_line
from tests.property.strategies import drafts_of
from topics.codec import BadRecord, decode_lines
from topics.reference import REFERENCE, decode_row

TIMES = st.sampled_from((0, 1_794_283_200_000_000))
NAMES = Names(2, 2, 2)
# Raw JSON, or what looks like it, to stand where a value or a name stood.
TOKENS = (
    b"null", b"true", b"0", b"-0", b"1", b"1.0", b"1e2", b"1E400", b"01", b"-", b"NaN",
    b"-Infinity", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808",
    b"-9223372036854775809", b"18446744073709551616", b"1000000000000000", b"1000000000000001",
    b"7" * 5000, b'""', b'" "', b'"x"', b'"1.0"', b'"1.1"', b'"\\ud800"', b'"\\ud83d\\ude00"',
    b'"\\udc00\\ud800"', b'"\\u0000"', b'"a\x00b"', b'"\t"', b'"\\x"', b'"\x7f"', b'"\xff"',
    b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xf4\x90\x80\x80"', "\"\U00020000\"".encode(), b"[]",
    b"{}", b'{"\\ud800":1}', b'{"a":1,"a":2}', b'["\\udfff"]', b"[" * 400 + b"]" * 400,
    b"[1,]", b"'x'",
    b'"\xe5\xb9\xbf\xe4\xb8\x9c"', b'"fe80::1"', b'"1.2.3.4"', b'"01.2.3.4"', b'"1.2.3"',
    b'"wechat"', b'"staff"', b'"friend.added"', b'"customer.active"', b'"2026-11-10T00:00:00Z"',
    b'"2026-11-10T00:00:00.1234567+08:00"', b'"2026-11-10t00:00:00z"', b'"2026-11-10T00:00:60Z"',
    b'"2026-02-29T00:00:00Z"', b'"2100-01-01T00:00:00+08:00"', b'"2000-01-01T00:00:00+08:00"',
    b'"2026-11-10T00:00:00-00:00"', b'"2026-11-10T00:00:00+24:00"', b'"2026-11-10T00:00:00.Z"',
    b'"2026-11-10T24:00:00Z"', b'"2026-11-10 00:00:00Z"', b'"2026-11-10T00:00Z"',
    b'"2026-11-10T00:00:00+0800"', b'"2026-11-10T00:00:00\\u005a"',
)  # fmt: skip
ENVELOPE = ("specversion", "id", "source", "type", "time", "data", "unknown")


@st.composite
def nearly_good_lines(draw: st.DrawFn) -> bytes:
    """A good event with one or two tokens put in the place of values or among them."""
    draft: Draft = draw(drafts_of(draw(st.sampled_from(tuple(EVENTS))), 0, NAMES, TIMES))
    text = write_line(draft._replace(time_us=1_794_283_200_000_000), draw(styles()))
    event = json.loads(text)
    for _ in range(draw(st.integers(1, 2))):
        inside = draw(st.booleans())
        target: dict[str, Any] = (
            event["data"] if inside and isinstance(event["data"], dict) else event
        )
        names = (*(n.removesuffix("?") for n in EVENTS[draft.type]), "unknown", "time") * inside
        target[draw(st.sampled_from(names or ENVELOPE))] = (
            f"<{draw(st.integers(0, len(TOKENS) - 1))}>"
        )
    line = json.dumps(event, ensure_ascii=draw(st.booleans())).encode()
    return draw(garbled(with_tokens(line)))


def with_tokens(line: bytes) -> bytes:
    """ "<n>" is the place of a token."""
    for n, token in enumerate(TOKENS):
        line = line.replace(f'"<{n}>"'.encode(), token)
    return line


@st.composite
def garbled(draw: st.DrawFn, line: bytes) -> bytes:
    """The line as it is, or with a few bytes cut out or put in."""
    if draw(st.integers(0, 3)):
        return line
    start = draw(st.integers(0, len(line)))
    end = min(len(line), start + draw(st.integers(0, 3)))
    new = draw(
        st.sampled_from((b"", b" ", b",", b'"', b"\\", b"\x0b", b"\xef\xbb\xbf", b"}", b"\r"))
    )
    return line[:start] + new + line[end:]


def by_definition(line: bytes) -> Event | str:
    try:
        return parse(line)
    except Refused as refused:
        return str(refused)


def by_codec(line: bytes) -> Event | str:
    [(_, _, found)] = decode_lines(line, count(1))
    if isinstance(found, BadRecord):
        return found.code
    fields = ((name, getattr(found.data, name)) for name in found.data.__struct_fields__)
    known = {name: value for name, value in fields if value is not None}
    return Event(found.source, found.id, found.type, found.time, known)


@settings(max_examples=600, deadline=None)
@given(nearly_good_lines())
def test_the_codec_reads_as_the_definition(line: bytes) -> None:
    assert by_codec(line) == by_definition(line)


@st.composite
def nearly_good_rows(draw: st.DrawFn) -> tuple[str, bytes]:
    """A reference row of a table, tokens in the place of some of its values."""
    table = draw(st.sampled_from(tuple(TABLES)))
    names = tuple(name.removesuffix("?") for name in TABLES[table])
    row: dict[str, Any] = GOOD_ROWS[table] | draw(st.dictionaries(st.sampled_from(names), PLACES))
    line = json.dumps(row, ensure_ascii=draw(st.booleans())).encode()
    return table, draw(garbled(with_tokens(line)))


PLACES = st.integers(0, len(TOKENS) - 1).map(lambda n: f"<{n}>")
GOOD_ROWS: dict[str, dict[str, Any]] = {
    "customers": {"bank_customer_id": "K", "tags": ["a"], "manager_since": "2026-02-28"},
    "staff": {"staff_id": "S", "role": "teller", "branch_id": "B", "city": "深圳"},
    "branches": {"branch_id": "B", "more": 1},
    "cases": {"add_id": "0", "decision": "confirmed", "by": "x", "at": "2026-11-10T00:00:00Z"},
}


def row_by_definition(table: str, line: bytes) -> dict[str, Any] | None:
    try:
        return parse_row(TABLES[table], strict_json(line))
    except Refused:
        return None


def row_by_codec(table: str, line: bytes) -> dict[str, Any] | None:
    try:
        row = decode_row(line, REFERENCE[table])
    except BadRecord:
        return None
    found = {name: getattr(row, name) for name in row.__struct_fields__}
    return found | ({"at": instant(found["at"])} if table == "cases" else {})


@settings(max_examples=400, deadline=None)
@given(nearly_good_rows())
def test_reference_rows_are_read_as_the_definition_reads_them(given_row: tuple[str, bytes]) -> None:
    assert row_by_codec(*given_row) == row_by_definition(*given_row)
