"""Second copies of a line: the same event written differently, or a changed one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_OPTIONAL: Final = {
    "friend.added": ("channel", "ip", "province", "device_id", "mutual"),
    "identity.verified": ("staff_id", "ip", "province", "device_id"),
    "message.sent": ("task_id", "group_id"),
    "moment.published": ("topic", "task_id"),
    "sale.completed": ("link_id", "fee_income_fen"),
}


def rewritten(line: str, bits: int) -> str:
    """The same event: other key order, nulls and "" for absent fields, another offset."""
    event = json.loads(line)
    for number, field in enumerate(_OPTIONAL.get(event["type"], ())):
        event["data"].setdefault(field, None if (bits >> number) & 1 or field == "mutual" else "")
    event["data"] = dict(reversed(event["data"].items()))
    if bits & 256:
        event["time"] = _instant(event).astimezone(UTC).isoformat().replace("+00:00", "z")
    if bits & 512:
        event["datacontenttype"] = "application/json"  # an attribute nobody reads
    return json.dumps(dict(reversed(event.items())), ensure_ascii=bool(bits & 1024))


def changed(line: str, bits: int) -> str:
    """Against the rules: the same id and record key, but another content."""
    event = json.loads(line)
    data: dict[str, Any] = event["data"]
    if event["type"] == "friend.added" and bits & 1:
        data["add_way"] = 1 if data["add_way"] != 1 else 2
    elif event["type"] == "message.sent" and bits & 1:
        data["kind"] = "image" if data["kind"] != "image" else "text"
    else:
        event["time"] = (_instant(event) - timedelta(seconds=1 + bits % 600)).isoformat()
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _instant(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])
