"""Copies of an event hash alike, however they are written; another content hashes otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from topics.codec import content_hash, decode_event, id_hash
from topics.event import Event

TIME = "2026-11-10T12:00:00.5+08:00"
EVENTS: dict[str, dict[str, Any]] = {
    "friend.added": {
        "staff_id": "s", "customer_id": "c", "add_way": 1, "channel": "q", "ip": "1.2.3.4",
        "province": "广东", "device_id": "d", "account_kind": "wechat", "mutual": True,
    },
    "friend.removed": {"staff_id": "s", "customer_id": "c", "by": "staff"},
    "friend.transferred": {
        "from_staff_id": "s", "to_staff_id": "t", "customer_id": "c", "result": "success",
    },
    "identity.verified": {
        "customer_id": "c", "method": "h5_form", "bank_customer_id": "b", "staff_id": "s",
        "ip": "1.2.3.4", "province": "湖南", "device_id": "d",
    },
    "message.sent": {
        "staff_id": "s", "customer_id": "c", "group_id": "g", "sender": "staff", "kind": "text",
        "task_id": "t",
    },
    "moment.published": {
        "staff_id": "s", "moment_id": "m", "topic": "x", "advert": False, "task_id": "t",
    },
    "moment.reacted": {"staff_id": "s", "customer_id": "c", "moment_id": "m", "kind": "like"},
    "group.joined": {"group_id": "g", "staff_id": "s", "customer_id": "c"},
    "group.left": {"group_id": "g", "staff_id": "s", "customer_id": "c"},
    "task.assigned": {
        "task_id": "t", "staff_id": "s", "kind": "moment", "assigned_by": "a", "audience": 5,
    },
    "task.executed": {"task_id": "t", "staff_id": "s", "customer_id": "c", "status": "sent"},
    "link.opened": {
        "staff_id": "s", "customer_id": "c", "link_id": "l", "product": "p", "campaign": "k",
    },
    "sale.completed": {
        "staff_id": "s", "customer_id": "c", "bank_customer_id": "b", "product": "loan",
        "link_id": "l", "amount_fen": 1, "interest_income_fen": 2, "fee_income_fen": 3,
    },
    "app.activated": {"bank_customer_id": "b", "customer_id": "c"},
    "customer.active": {"bank_customer_id": "b", "kind": "login"},
}  # fmt: skip
OTHER = {
    "by": "customer", "result": "limit", "method": "app_binding", "sender": "customer",
    "kind": "other", "status": "failed", "product": "fund", "province": "北京",
    "ip": "::1", "account_kind": "wecom", "moment.reacted kind": "comment",
    "task.assigned kind": "group",
}  # fmt: skip


def decoded(kind: str, data: dict[str, Any], time: str = TIME, **envelope: Any) -> Event:
    event = {
        "specversion": "1.0", "id": "1", "source": "w", "type": kind, "time": time,
        "data": data, **envelope,
    }  # fmt: skip
    return decode_event(json.dumps(event).encode())


def hashed(kind: str, data: dict[str, Any], time: str = TIME, **envelope: Any) -> bytes:
    return content_hash(decoded(kind, data, time, **envelope))


@pytest.mark.parametrize("kind", EVENTS)
def test_copies_hash_alike(kind: str) -> None:
    data = EVENTS[kind]
    first = hashed(kind, data)
    assert hashed(kind, dict(reversed(data.items()))) == first
    assert hashed(kind, {**data, "unknown": [1]}, subject="x") == first
    assert hashed(kind, data, "2026-11-10T04:00:00.500Z") == first
    assert hashed(kind, data, "2026-11-09t22:30:00.5000009-05:30") == first
    assert hashed(kind, data, id="2", source="v") == first


@pytest.mark.parametrize(("kind", "field"), [(k, f) for k, data in EVENTS.items() for f in data])
def test_every_known_field_counts(kind: str, field: str) -> None:
    data = EVENTS[kind]
    old = data[field]
    other: Any = OTHER.get(f"{kind} {field}") or OTHER.get(field, "other")
    if isinstance(old, bool):
        other = not old
    elif isinstance(old, int):
        other = old + 1
    assert hashed(kind, {**data, field: other}) != hashed(kind, data)


@pytest.mark.parametrize(
    "field", ["channel", "device_id", "account_kind", "mutual", "ip", "province"]
)
def test_what_counts_as_absent_is_removed_first(field: str) -> None:
    data = EVENTS["friend.added"]
    without = {name: value for name, value in data.items() if name != field}
    absent = hashed("friend.added", without)
    assert absent != hashed("friend.added", data)
    none: list[Any] = [None, ""]
    if field in ("ip", "province"):
        none += ["300.1.1.1", "广东省"]
    for value in none:
        assert hashed("friend.added", {**without, field: value}) == absent


def test_type_and_instant_count() -> None:
    data = EVENTS["group.joined"]
    first = hashed("group.joined", data)
    assert hashed("group.left", data) != first
    assert hashed("group.joined", data, "2026-11-10T12:00:00.500001+08:00") != first


def test_a_false_is_not_absent() -> None:
    data = {"staff_id": "s", "moment_id": "m"}
    assert hashed("moment.published", data) != hashed("moment.published", data | {"advert": False})


def test_an_id_is_named_with_its_source() -> None:
    def named(source: str, event_id: str) -> bytes:
        return id_hash(decoded("group.left", EVENTS["group.left"], id=event_id, source=source))

    names = [
        ("a", "b"),
        ("b", "a"),
        ("ab", "c"),
        ("a", "bc"),
        ("1:a", "b"),
        ("a", "1:b"),
        ("a:", "b"),
        ("a", ":b"),
    ]
    assert len({named(*name) for name in names}) == len(names)
    assert named("a", "b") == named("a", "b")
    assert len(named("源", "é")) == 8
