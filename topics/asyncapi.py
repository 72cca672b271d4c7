"""The AsyncAPI 3.0 document of all topics, made from the catalogue."""

from __future__ import annotations

from typing import Any

from topics.catalog import TOPICS, Topic, configs, partition_count
from topics.events import EVENT_TYPES
from topics.outputs import OUTPUTS
from topics.reference import REFERENCE

__all__ = ["document"]

Part = dict[str, Any]

_BINDING = "0.5.0"
_ACTIONS = {"in": ("receive",), "between": ("send", "receive"), "out": ("send",)}
_IN_BINDING = {"cleanup.policy", "retention.ms", "retention.bytes", "delete.retention.ms"}


def document() -> Part:
    """The whole document; JSON Schemas stand beside it and are referred to by file name."""
    messages = {name: message for topic in TOPICS.values() for name, message in _messages(topic)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "truefriend",
            "version": "1",
            "description": "Tells real WeCom friend adds from fake ones for a bank. Outputs are "
            "written in transactions: read them with isolation.level=read_committed.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()},
        "operations": {
            f"{action}-{topic.name}": _operation(topic, action)
            for topic in TOPICS.values()
            for action in _ACTIONS[topic.direction]
        },
        "components": {"messages": messages},
    }


def _channel(topic: Topic) -> Part:
    return {
        "address": f"{{namespace}}.{topic.name}",
        "description": topic.description,
        "parameters": {
            "namespace": {
                "default": "truefriend",
                "description": "the namespace setting of the deployment",
            }
        },
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"} for name, _ in _messages(topic)
        },
        "bindings": {"kafka": _topic_binding(topic)},
    }


def _topic_binding(topic: Topic) -> Part:
    found: dict[str, str] = configs(topic)
    known: Part = {
        name: int(found[name]) for name in found.keys() & _IN_BINDING - {"cleanup.policy"}
    }
    return {
        "partitions": partition_count(topic),
        "topicConfiguration": {
            "cleanup.policy": [found["cleanup.policy"]],
            **dict(sorted(known.items())),
            "max.message.bytes": topic.max_record_bytes,
        },
        "bindingVersion": _BINDING,
        "x-configs": found,
        "x-key": {
            "of": topic.key,
            "fields": list(topic.key_fields),
            "partition-of": topic.routed_by,
        },
        "x-writers": list(topic.writers),
    }


def _operation(topic: Topic, action: str) -> Part:
    return {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}}


def _messages(topic: Topic) -> list[tuple[str, Part]]:
    """(name, message) of all that a topic carries."""
    if topic.name == "interactions":
        kind = "application/cloudevents+json"
        return [(name, _message(topic, kind, f"event.{name}.json")) for name in EVENT_TYPES]
    if topic.name in REFERENCE:
        file = f"reference.{topic.name}.json"
        return [(topic.name, _message(topic, "application/json", file))]
    if topic.name == "dead-letters":
        message = _message(topic, "application/octet-stream", None)
        return [(topic.name, message | {"headers": {"$ref": "output.dead-letters.json"}})]
    if topic.name in OUTPUTS:
        file = f"output.{topic.name}.json"
        return [(topic.name, _message(topic, "application/json", file))]
    kind = "application/toml" if topic.name == "policies" else "application/msgpack"
    return [(topic.name, _message(topic, kind, None))]


def _message(topic: Topic, content_type: str, schema: str | None) -> Part:
    payload = {"$ref": schema} if schema else {"type": "string", "format": "binary"}
    return {
        "contentType": content_type,
        "payload": payload,
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": topic.key},
                "bindingVersion": _BINDING,
            }
        },
    }
