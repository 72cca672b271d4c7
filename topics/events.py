"""Interaction events: the topic ``interactions`` (contract, section 1).

One struct a type, holding exactly the fields the contract names, in its order. Unknown fields are
ignored by the decoder. Optional fields are None when absent; ``codec.py`` turns null and "" into
None and drops provinces and addresses that are none.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["EVENT_TYPES", "KEY_FIELDS", "Data", "Envelope", "EventRef", "Route"]

MAX_FEN = 10**15
Text = Annotated[str, Meta(min_length=1)]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Fen = Annotated[int, Meta(ge=-(2**63), le=MAX_FEN)]


class Data(msgspec.Struct, omit_defaults=True, gc=False):
    """The ``data`` of an event; every type has its own subclass."""


class FriendAdded(Data):
    staff_id: Text
    customer_id: Text
    add_way: Int64
    channel: str | None = None
    ip: str | None = None
    province: str | None = None
    device_id: str | None = None
    account_kind: Literal["wechat", "wecom"] | None = None
    mutual: bool | None = None


class FriendRemoved(Data):
    staff_id: Text
    customer_id: Text
    by: Literal["staff", "customer", "transfer"]


class FriendTransferred(Data):
    from_staff_id: Text
    to_staff_id: Text
    customer_id: Text
    result: Literal["success", "refused", "limit"]


class IdentityVerified(Data):
    customer_id: Text
    method: Literal["h5_form", "app_binding"]
    bank_customer_id: Text
    staff_id: str | None = None
    ip: str | None = None
    province: str | None = None
    device_id: str | None = None


class MessageSent(Data):
    staff_id: Text
    sender: Literal["staff", "customer"]
    kind: Literal["text", "link", "image", "file", "other"]
    customer_id: str | None = None
    group_id: str | None = None
    task_id: str | None = None


class MomentPublished(Data):
    staff_id: Text
    moment_id: Text
    topic: str | None = None
    advert: bool | None = None
    task_id: str | None = None


class MomentReacted(Data):
    staff_id: Text
    customer_id: Text
    moment_id: Text
    kind: Literal["like", "comment", "private_message"]


class GroupJoined(Data):
    group_id: Text
    staff_id: Text
    customer_id: Text


class GroupLeft(Data):
    group_id: Text
    staff_id: Text
    customer_id: Text


class TaskAssigned(Data):
    task_id: Text
    staff_id: Text
    kind: Literal["mass_send", "moment", "group"]
    assigned_by: Text
    audience: Int64 | None = None


class TaskExecuted(Data):
    task_id: Text
    staff_id: Text
    status: Literal["sent", "not_friend", "limit", "failed"]
    customer_id: str | None = None


class LinkOpened(Data):
    staff_id: Text
    customer_id: Text
    link_id: Text
    product: Text
    campaign: str | None = None


Product = Literal["deposit", "loan", "wealth", "fund", "insurance", "precious_metal", "other"]


class SaleCompleted(Data):
    staff_id: Text
    customer_id: Text
    bank_customer_id: Text
    product: Product
    amount_fen: Fen
    link_id: str | None = None
    interest_income_fen: Fen | None = None
    fee_income_fen: Fen | None = None


class AppActivated(Data):
    bank_customer_id: Text
    customer_id: str | None = None


class CustomerActive(Data):
    bank_customer_id: Text
    kind: Literal["login", "payment", "deposit", "other"]


EVENT_TYPES: dict[str, type[Data]] = {
    "friend.added": FriendAdded,
    "friend.removed": FriendRemoved,
    "friend.transferred": FriendTransferred,
    "identity.verified": IdentityVerified,
    "message.sent": MessageSent,
    "moment.published": MomentPublished,
    "moment.reacted": MomentReacted,
    "group.joined": GroupJoined,
    "group.left": GroupLeft,
    "task.assigned": TaskAssigned,
    "task.executed": TaskExecuted,
    "link.opened": LinkOpened,
    "sale.completed": SaleCompleted,
    "app.activated": AppActivated,
    "customer.active": CustomerActive,
}

KEY_FIELDS = ("customer_id", "staff_id", "bank_customer_id")
"""The record key is the first of these that the event has."""


class EventRef(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """Names an event and gives its place in the order of section 3: (time, id, source).

    ``time`` is in microseconds since 1970-01-01T00:00Z; texts compare by code point.
    """

    time: int
    id: str
    source: str


class Envelope(msgspec.Struct, gc=False):
    """CloudEvents 1.0 structured mode; ``data`` stays undecoded until the type is known."""

    specversion: Literal["1.0"]
    id: Text
    source: Text
    type: Text
    time: str
    data: msgspec.Raw


class RouteData(msgspec.Struct, gc=False):
    """The fields that may be the record key."""

    customer_id: str | None = None
    staff_id: str | None = None
    bank_customer_id: str | None = None


class Route(msgspec.Struct, gc=False):
    """An event read for its record key only."""

    type: str
    data: RouteData
