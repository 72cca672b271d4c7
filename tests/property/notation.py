"""The many ways to write one event down, and lines that are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.definition.fields import EVENTS


class Draft(NamedTuple):
    """An event before it is written; `data` as it shall stand, absent values included."""

    type: str
    source: str
    id: str
    time_us: int
    data: dict[str, Any]


class Style(NamedTuple):
    """How a line is written; none of it changes what the line says."""

    time: int
    ascii: bool
    extra: int


def styles() -> st.SearchStrategy[Style]:
    every = [
        Style(time, a, extra) for time in range(4) for a in (False, True) for extra in range(4)
    ]
    return st.sampled_from(every)


def at(time_us: int, style: Style) -> str:
    """An instant as RFC 3339, in one of several zones and cases."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    match style.time:
        case 0:
            return moment.replace(tzinfo=None).isoformat() + "Z"
        case 1:
            return moment.astimezone(timezone(timedelta(hours=8))).isoformat()
        case 2:
            west = moment.astimezone(timezone(-timedelta(hours=5, minutes=30)))
            return west.isoformat(timespec="microseconds").replace("T", "t")
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "987z"


def write_line(draft: Draft, style: Style, **changed: Any) -> bytes:
    """The draft as one line; `changed` replaces parts of the envelope."""
    data = draft.data
    if style.extra == 1:
        data = {"unknown": [1.5, None, {"深": True}], **dict(reversed(data.items()))}
    if style.extra == 2:
        optional = (name[:-1] for name in EVENTS[draft.type] if name.endswith("?"))
        data = {**dict.fromkeys(optional), **data}
    event = {
        "specversion": "1.0",
        "id": draft.id,
        "source": draft.source,
        "type": draft.type,
        "time": at(draft.time_us, style),
        "data": data,
    } | changed
    if style.extra == 3:
        event = {"datacontenttype": "application/json", "subject": 7} | dict(
            reversed(event.items())
        )
    text = json.dumps(event, ensure_ascii=style.ascii, indent=None)
    return text.encode() + (b" \r" if style.extra == 3 else b"")


def bad_line(draft: Draft, choice: int, style: Style) -> bytes:
    """A line that is a dead letter, or white space, in one of 20 ways."""
    good = write_line(draft, style)
    first = next(iter(EVENTS[draft.type]))
    changes: list[dict[str, Any]] = [
        {"data": {**draft.data, first: None}},
        {"data": {**draft.data, first: ""}},
        {"data": {**draft.data, first: 5}},
        {"data": {}},
        {"data": None},
        {"specversion": "0.3"},
        {"specversion": 1.0},
        {"id": ""},
        {"source": ["s"]},
        {"type": None},
        {"type": "friend.Added"},
        {"time": "2026-11-15T02:00:60Z"},
        {"time": "1999-12-31T16:00:00Z"},
        {"time": "2026-11-15 02:00:00Z"},
        {"time": None},
    ]
    if choice < len(changes):
        return write_line(draft, style, **changes[choice])
    raw = (
        good[:-9],
        b"\xff" + good,
        b"   \t",
        b'{"a": "\\udc00"}',
        good.replace(b":", b": NaN,", 1),
    )
    return raw[choice - len(changes)]
