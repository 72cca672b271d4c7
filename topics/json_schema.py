"""JSON Schemas of what is on the wire, made from the structs: one document a type.

A schema accepts what the codec accepts but for two things that JSON Schema cannot say: 1.0 is no
integer here, and a text that is no real date (31 February) is refused too.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from topics.events import EVENT_TYPES, Envelope, MessageSent
from topics.outputs import OUTPUTS
from topics.reference import REFERENCE, Case

__all__ = ["documents"]

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TIME: Schema = {
    "type": "string",
    "description": "RFC 3339 with T and an offset or Z, either case; no second 60; 2000 to 2099",
    "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]"
    "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]+)?"
    "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
}


def documents() -> dict[str, Schema]:
    """File name to JSON Schema, for every event type, reference row and output."""
    found = {f"event.{name}.json": _event(name) for name in EVENT_TYPES}
    found |= {f"reference.{name}.json": _reference(name) for name in REFERENCE}
    found |= {f"output.{name}.json": _output(name) for name in OUTPUTS}
    return found


def _event(name: str) -> Schema:
    kind = EVENT_TYPES[name]
    data = _lenient(_struct(kind), kind)
    if kind is MessageSent:
        named = ("customer_id", "group_id")
        data["anyOf"] = [
            {"required": [one], "properties": {one: {"type": "string", "minLength": 1}}}
            for one in named
        ]
    schema = _struct(Envelope)
    schema["properties"] |= {"type": {"const": name}, "time": _TIME, "data": data}
    return _document("event", name, schema, f"Interaction event {name}, CloudEvents 1.0")


def _reference(name: str) -> Schema:
    kind = REFERENCE[name]
    schema = _lenient(_struct(kind), kind)
    if kind is Case:
        schema["properties"]["at"] = _TIME
    return _document("reference", name, schema, f"A row of the reference {name}")


def _output(name: str) -> Schema:
    title = f"A {'record header' if name == 'dead-letters' else 'value'} of the topic {name}"
    return _document("output", name, _struct(OUTPUTS[name]), title)


def _document(group: str, name: str, schema: Schema, title: str) -> Schema:
    head = {"$schema": _DIALECT, "$id": f"urn:truefriend:{group}:{name}"}
    return {**head, **schema, "title": title}


def _struct(kind: type[msgspec.Struct]) -> Schema:
    """The struct's own schema, as plain JSON, without references."""
    (schema,), components = msgspec.json.schema_components([kind], ref_template="{name}")
    (found,) = components.values()
    assert schema == {"$ref": kind.__name__}
    plain: Schema = json.loads(json.dumps(found))
    return plain


def _lenient(schema: Schema, kind: type[msgspec.Struct]) -> Schema:
    """Null or "" in an optional field means absent, whatever the field's type."""
    for field in msgspec.structs.fields(kind):
        if field.required:
            continue
        wanted = schema["properties"][field.encode_name]
        wanted.pop("default", None)
        if {"type": "string"} not in wanted["anyOf"]:
            wanted["anyOf"].append({"const": ""})
    return schema
