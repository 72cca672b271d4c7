"""Section "Reading" of the contract, one line at a time: plain, slow and obviously right.

Without what only a stream has: `misrouted` and `future_time`.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NoReturn

from tests.definition.fields import BOOLEAN, EVENTS, FEN, INTEGER, PROVINCES, TEXT, Kind

BOM = b"\xef\xbb\xbf"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BANK_ZONE = timezone(timedelta(hours=8))  # Asia/Shanghai, without summer time since 1992
MOST_FEN = 10**15
TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


class Refused(Exception):  # noqa: N818
    """A line is a dead letter; the argument is its code."""


@dataclass(frozen=True)
class Event:
    """An event, its data with known fields only and without what counts as absent."""

    source: str
    id: str
    type: str
    time_us: int  # microseconds since 1970 UTC
    data: dict[str, Any]


@dataclass
class Reading:
    """What became of the lines; `dead_letters` are (number of the line from 1, code)."""

    accepted: list[Event] = field(default_factory=list)
    duplicates: list[Event] = field(default_factory=list)
    dead_letters: list[tuple[int, str]] = field(default_factory=list)
    lines: int = 0

    @property
    def last_us(self) -> int | None:
        return max((event.time_us for event in self.accepted), default=None)

    def counts(self, as_of_us: int | None) -> dict[str, Any]:
        """The counts of the last line of `replay`, without adds and as_of."""
        later = [e for e in self.accepted if as_of_us is not None and e.time_us > as_of_us]
        codes: dict[str, int] = {}
        for _, code in self.dead_letters:
            codes[code] = codes.get(code, 0) + 1
        return {
            "lines": self.lines,
            "applied": len(self.accepted) - len(later),
            "duplicates": len(self.duplicates),
            "after_as_of": len(later),
            "dead_letters": codes,
        }


def read(lines: Iterable[bytes]) -> Reading:
    """Reads the lines of one file, in their order."""
    reading = Reading()
    first_read: dict[tuple[str, str], Event] = {}
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix(BOM) if number == 1 else line
        if not text.strip(b" \t\r\n"):
            continue
        reading.lines += 1
        try:
            event = parse(text)
            first = first_read.setdefault((event.source, event.id), event)
            if first is event:
                reading.accepted.append(event)
            elif first == event:
                reading.duplicates.append(event)
            else:
                raise Refused("conflicting_duplicate")
        except Refused as refused:
            reading.dead_letters.append((number, str(refused)))
    return reading


def parse(line: bytes) -> Event:
    """One line as an event; raises Refused with the code of the first check that fails."""
    value = strict_json(line)
    if not isinstance(value, dict) or value.get("specversion") != "1.0":
        raise Refused("bad_envelope")
    for name in ("id", "source", "type"):
        if not isinstance(value.get(name), str) or value[name] == "":
            raise Refused("bad_envelope")
    if not isinstance(value.get("data"), dict):
        raise Refused("bad_envelope")
    if value["type"] not in EVENTS:
        raise Refused("unknown_type")
    time_us = instant(value.get("time"))
    data = known_data(value["type"], value["data"])
    return Event(value["source"], value["id"], value["type"], time_us, data)


def strict_json(line: bytes) -> Any:
    """JSON without Python's liberties: no NaN, no half of a surrogate pair."""

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        for pair in pairs:  # before a repeated name hides one
            whole_text(pair)
        return dict(pairs)

    try:
        value = json.loads(
            line.decode("utf-8"),
            object_pairs_hook=checked,
            parse_constant=not_json,
            parse_int=lambda digits: int(digits) if len(digits) < 30 else float(digits),
        )
        whole_text(value)
    except (ValueError, RecursionError):
        raise Refused("bad_json") from None
    return value


def not_json(word: str) -> NoReturn:
    raise ValueError(word)


def whole_text(value: Any) -> None:
    """Raises UnicodeEncodeError, a ValueError, on half of a surrogate pair."""
    if isinstance(value, str):
        value.encode("utf-8")
    elif isinstance(value, list | tuple):
        for item in value:
            whole_text(item)


def instant(text: Any) -> int:
    """RFC 3339 with T and an offset or Z, as microseconds since 1970; refuses all else."""
    match = TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None or not 2000 <= int(match[1]) <= 2099:
        raise Refused("bad_time")
    micros = int((match[7] or "0")[:6].ljust(6, "0"))
    offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
    try:
        year, month, day, hour, minute, second = (int(match[n]) for n in range(1, 7))
        local = datetime(year, month, day, hour, minute, second, micros, tzinfo=UTC)
    except ValueError:
        raise Refused("bad_time") from None
    return microseconds(local) + (1 if match[8] == "-" else -1) * (offset // timedelta(0, 0, 1))


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def as_of_microseconds(text: str) -> int:
    """--as-of: RFC 3339, or a date: the last microsecond of that day in the bank's zone."""
    if "T" in text.upper():
        return instant(text)
    day = date.fromisoformat(text)
    midnight = datetime(day.year, day.month, day.day, tzinfo=BANK_ZONE)
    return microseconds(midnight + timedelta(days=1)) - 1


def known_data(type_: str, data: dict[str, Any]) -> dict[str, Any]:
    """The known fields of `data` that are not absent; refuses bad_data."""
    known = {}
    for declared, kind in EVENTS[type_].items():
        name = declared.removesuffix("?")
        value = data.get(name)
        if value is None or value == "":
            if name == declared:
                raise Refused("bad_data")
            continue
        if not fits(value, kind):
            raise Refused("bad_data")
        if counts_as_known(name, value):
            known[name] = value
    if type_ == "message.sent" and not {"customer_id", "group_id"} & known.keys():
        raise Refused("bad_data")
    return known


def fits(value: Any, kind: Kind) -> bool:
    if kind == BOOLEAN:
        return isinstance(value, bool)
    if kind in (INTEGER, FEN):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and -(2**63) <= value < 2**63 and not (kind == FEN and value > MOST_FEN)
    return isinstance(value, str) and (kind == TEXT or value in kind)


def counts_as_known(name: str, value: Any) -> bool:
    """A province that is none of the 34 and an ip that cannot be parsed count as absent."""
    if name == "province":
        return value in PROVINCES
    return name != "ip" or parsed_ip(value) is not None


def parsed_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
