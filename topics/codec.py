"""Bytes to events and back: the contract's "Reading", its codes in its order.

The fast way decodes with msgspec's typed decoders. Whatever they refuse is examined once more by
the slow way, which follows the contract sentence by sentence and has the last word: it names the
code, or accepts what only the fast way could not read. A property test holds the two together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any, NoReturn, Union

import msgspec
from xxhash import xxh3_64_digest

from topics.event import Event
from topics.events import (
    EVENT_TYPES,
    KEY_FIELDS,
    Data,
    Envelope,
    FriendAdded,
    IdentityVerified,
    MessageSent,
    Route,
)
from topics.provinces import PROVINCES, is_ip
from topics.times import parse_time

__all__ = [
    "BadRecord",
    "content_hash",
    "decode_event",
    "decode_lines",
    "examine",
    "id_hash",
    "is_blank",
    "key_of",
    "route",
]

MAX_NESTING = 500
_WHITE = b" \t\r\n"  # JSON's white space
_SHORT = 2 * MAX_NESTING  # a line this short cannot nest deeper than MAX_NESTING


class BadRecord(Exception):  # noqa: N818 - a dead letter is no error of ours
    """A record that becomes a dead letter: its code and a sentence with nothing personal in it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


def decode_event(line: bytes) -> Event:
    """The event in one record or line; BadRecord with the first failing check's code."""
    if len(line) <= _SHORT:
        try:
            if not line.isascii():
                line.decode()  # the decoder below does not look at texts that it skips
            envelope = _decode_envelope(line)
            time = parse_time(envelope.time)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return examine(line)
        data = envelope.data
        kind, key, check = _READ_AS[type(data)]
        if check is not None and not check(data):
            return examine(line)
        return Event(envelope.id, envelope.source, kind, time, data, key(data))
    return examine(line)


def decode_lines(
    data: bytes, numbers: Iterable[int]
) -> Iterator[tuple[int, bytes, Event | BadRecord]]:
    """(line number, line, event or BadRecord) of each line in ``data`` that is not blank."""
    decode = decode_event
    for number, line in zip(numbers, data.split(b"\n"), strict=False):
        try:
            yield number, line, decode(line)
        except BadRecord as bad:
            if not is_blank(line):
                yield number, line, bad


def is_blank(line: bytes) -> bool:
    """Whether it holds nothing but JSON's white space."""
    return not line.strip(_WHITE)


def examine(line: bytes) -> Event:
    """``decode_event`` by the slow way: every check of the contract, one after another."""
    envelope = _parse_json(line)
    if not isinstance(envelope, dict):
        _bad_envelope("the event is not a JSON object")
    if envelope.get("specversion") != "1.0":
        _bad_envelope('specversion is not "1.0"')
    for field in ("id", "source", "type"):
        if not isinstance(envelope.get(field), str) or not envelope[field]:
            _bad_envelope(f"{field} is not a non-empty text")
    if not isinstance(envelope.get("data"), dict):
        _bad_envelope("data is not an object")
    kind = EVENT_TYPES.get(envelope["type"])
    if kind is None:
        raise BadRecord("unknown_type", "the type is none of the contract's")
    time = _examine_time(envelope.get("time"))
    data = _examine_data(envelope["data"], kind)
    kind_name = envelope["type"]
    key = key_of(kind_name, data)
    return Event(envelope["id"], envelope["source"], kind_name, time, data, key)


def route(line: bytes) -> str | None:
    """The record key of a line's event, read without judging it; None: only decoding can tell.

    Several readers of the same lines use it to leave each other's alone.
    """
    try:
        found = _decode_route(line)
        key: str | None = _KEYS[found.type](found.data)
        return key
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, KeyError, AttributeError):
        return None


def key_of(kind: str, data: Any) -> str:
    """The record key: the first of ``KEY_FIELDS`` that the type knows and the event has."""
    key: str = _KEYS[kind](data)
    return key


def id_hash(event: Event) -> bytes:
    """8 bytes that name (source, id); the separator cannot stand in either half's length."""
    source = event.source
    return xxh3_64_digest(f"{len(source)}:{source}{event.id}".encode())


def content_hash(event: Event) -> bytes:
    """8 bytes of type, instant and all known data fields: equal for copies of one event."""
    return xxh3_64_digest(_pack((event.type, event.time, event.data)))


_pack = msgspec.msgpack.Encoder().encode


def _typed_envelope(name: str, kind: type[Data]) -> type[msgspec.Struct]:
    """The envelope of one type: with them, one pass over a line decodes envelope and data."""
    fields = [
        (one.name, one.type, one.default) if not one.required else (one.name, one.type)
        for one in msgspec.structs.fields(Envelope)
        if one.name not in ("type", "data")
    ]
    return msgspec.defstruct(
        f"{kind.__name__}Envelope", [*fields, ("data", kind)], tag_field="type", tag=name, gc=False
    )


_ENVELOPES: Any = Union[tuple(_typed_envelope(*item) for item in EVENT_TYPES.items())]  # noqa: UP007
_decode_envelope = msgspec.json.Decoder(_ENVELOPES).decode


def _optional_fields(kind: type[Data]) -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(kind) if not field.required)


_OPTIONAL = {kind: frozenset(_optional_fields(kind)) for kind in EVENT_TYPES.values()}
_OPTIONAL_TEXTS = {
    kind: tuple(name for name in sorted(names) if name not in ("advert", "mutual"))
    for kind, names in _OPTIONAL.items()
}


def _key_getter(kind: type[Data]) -> Callable[[Any], Any]:
    """Reads the field that is the key, and where it may be absent the one that is then."""
    names = [name for name in KEY_FIELDS if name in kind.__struct_fields__]
    first = attrgetter(names[0])
    if names[0] not in _OPTIONAL[kind]:
        return first
    other = attrgetter(names[-1])
    return lambda data: first(data) or other(data)


_KEYS = {name: _key_getter(kind) for name, kind in EVENT_TYPES.items()}


_decode_route = msgspec.json.Decoder(Route).decode


def _drop_empty(data: Data) -> bool:
    """Empty texts in optional fields count as absent; always True."""
    for field in _OPTIONAL_TEXTS[type(data)]:
        if getattr(data, field) == "":
            setattr(data, field, None)
    return True


def _check_form(data: FriendAdded | IdentityVerified) -> bool:
    """Drops provinces and addresses that are none; always True."""
    _drop_empty(data)
    if data.province is not None and data.province not in PROVINCES:
        data.province = None
    if data.ip is not None and not is_ip(data.ip):
        data.ip = None
    return True


def _check_message(data: MessageSent) -> bool:
    """False: a message to nobody."""
    if data.customer_id and data.group_id is None and data.task_id is None:
        return True  # most are so
    _drop_empty(data)
    return data.customer_id is not None or data.group_id is not None


def _check_of(kind: type[Data]) -> Callable[[Any], bool] | None:
    """What mends a decoded event's data and may refuse it; None: there is nothing to look at."""
    checks: dict[type[Data], Callable[[Any], bool]] = {
        FriendAdded: _check_form,
        IdentityVerified: _check_form,
        MessageSent: _check_message,
    }
    if kind in checks:
        return checks[kind]
    return _drop_empty if _OPTIONAL_TEXTS[kind] else None


_READ_AS = {kind: (name, _KEYS[name], _check_of(kind)) for name, kind in EVENT_TYPES.items()}
"""By the class of the data: the type's name, how to read its key, how to check it."""


def _bad_envelope(sentence: str) -> NoReturn:
    raise BadRecord("bad_envelope", sentence)


def _parse_json(line: bytes) -> Any:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise BadRecord("bad_json", "the line is not UTF-8") from None
    if len(line) > _SHORT and _nesting(text) > MAX_NESTING:
        raise BadRecord("bad_json", f"the JSON nests deeper than {MAX_NESTING}")
    try:
        if "\\u" not in text:  # the only way half a surrogate pair gets in: UTF-8 has none
            return _loads(text)
        value = _loads_whole(text)
        _whole([value])
        return value
    except UnicodeEncodeError:
        raise BadRecord("bad_json", "the JSON holds half of a surrogate pair") from None
    except (ValueError, RecursionError):
        raise BadRecord("bad_json", "the line is not JSON") from None


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _parse_int(text: str) -> int | float:
    return int(text) if len(text) < 30 else float("inf")  # far beyond 64 bits: no integer here


def _whole_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object, once none of its texts is seen to hold half of a surrogate pair.

    Pairs are looked at before a repeated name hides one of them; objects inside were already.
    """
    for name, value in pairs:
        _whole([name, value])
    return dict(pairs)


def _whole(values: list[Any]) -> None:
    while values:
        value = values.pop()
        if isinstance(value, str):
            value.encode()
        elif isinstance(value, list):
            values.extend(value)


_loads = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_parse_int).decode
_loads_whole = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_int=_parse_int, object_pairs_hook=_whole_object
).decode


def _nesting(text: str) -> int:
    """The greatest depth of brackets outside texts; linear, whatever the line holds."""
    depth = deepest = 0
    in_text = escaped = False
    for char in text:
        if in_text:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_text = False
        elif char == '"':
            in_text = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _examine_time(time: object) -> int:
    if not isinstance(time, str):
        raise BadRecord("bad_time", "time is missing or not a text")
    try:
        return parse_time(time)
    except ValueError:
        raise BadRecord("bad_time", "time is not an RFC 3339 time of 2000 to 2099") from None


def _examine_data(data: dict[str, Any], kind: type[Data]) -> Data:
    optional = _OPTIONAL[kind]
    kept = {k: v for k, v in data.items() if not (k in optional and (v is None or v == ""))}
    try:
        decoded = msgspec.convert(kept, kind, strict=True)
    except (msgspec.ValidationError, OverflowError) as error:
        raise BadRecord("bad_data", _describe(error)) from None
    check = _READ_AS[kind][2]
    if check is not None and not check(decoded):
        raise BadRecord("bad_data", "neither customer_id nor group_id is given")
    return decoded


def _describe(error: Exception) -> str:
    """The validator's sentence without the values in it: they may be personal."""
    reason, _, path = str(error).partition(" - at `$.")
    if path:
        field = path.rstrip("`")
        return f"data.{field} is empty, out of range, of another JSON type or not a listed value"
    return reason if reason.startswith("Object missing") else "data is not as the contract says"
