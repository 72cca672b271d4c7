"""Reference rows: the compacted topics and files of the contract's section 2.

What counts as absent (null or "" in an optional field, a province that is none of the 34) is None
after ``decode_row``.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, TypeVar

import msgspec

from topics.codec import BadRecord
from topics.events import Text
from topics.provinces import PROVINCES
from topics.times import parse_time

__all__ = ["REFERENCE", "Branch", "Case", "Customer", "Row", "Staff", "decode_row"]


class Row(msgspec.Struct, gc=False, omit_defaults=True):
    """One row of reference data; the first field is its key."""


class Customer(Row):
    """A bank customer as the CRM knows it."""

    bank_customer_id: Text
    manager_staff_id: str | None = None
    home_province: str | None = None
    segment: str | None = None
    account_opened_on: dt.date | None = None
    employee: bool | None = None
    tags: list[str] | None = None
    manager_since: dt.date | None = None
    previous_manager_staff_id: str | None = None


class Staff(Row):
    staff_id: Text
    role: Literal["head", "manager", "teller", "middle_office"]
    branch_id: Text
    province: str | None = None
    city: str | None = None
    active_from: dt.date | None = None
    active_to: dt.date | None = None
    name: str | None = None


class Branch(Row):
    branch_id: Text
    parent_branch_id: str | None = None
    name: str | None = None
    province: str | None = None


class Case(Row):
    """A person's decision on an add; ``at`` is RFC 3339."""

    add_id: Text
    decision: Literal["confirmed", "dismissed"]
    by: Text
    at: Text
    note: str | None = None


REFERENCE: dict[str, type[Row]] = {
    "customers": Customer,
    "staff": Staff,
    "branches": Branch,
    "cases": Case,
}
"""Topic or file name to row type."""

R = TypeVar("R", bound=Row)


def decode_row(line: bytes, kind: type[R]) -> R:
    """The row in one record or line; BadRecord ``bad_reference`` for a bad field or no key."""
    try:
        if not line.isascii():
            line.decode()  # the decoder below does not look at texts that it skips
        row: R = _DECODERS[kind](line)
        return _checked(row, some_empty=b'""' in line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return _decode_slowly(line, kind)


def _decode_slowly(line: bytes, kind: type[R]) -> R:
    """Drops null and "" from optional fields first: they count as absent."""
    try:
        fields = msgspec.json.decode(line.decode())
        if not isinstance(fields, dict):
            raise ValueError("not an object")
        required = {f.encode_name for f in msgspec.structs.fields(kind) if f.required}
        kept = {k: v for k, v in fields.items() if k in required or v not in (None, "")}
        return _checked(msgspec.convert(kept, kind))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        raise BadRecord(
            "bad_reference",
            f"the row is not JSON, lacks a required field or has a bad one; "
            f"see the fields of {kind.__name__.lower()} in the contract",
        ) from None


def _checked(row: R, *, some_empty: bool = True) -> R:
    """Drops empty texts and provinces that are none; ValueError for a time that is none."""
    if some_empty:
        for field in _OPTIONAL_TEXTS[type(row)]:
            if getattr(row, field) == "":
                setattr(row, field, None)
    province = _PROVINCES.get(type(row))
    if province is not None and getattr(row, province) not in PROVINCES:
        setattr(row, province, None)
    if isinstance(row, Case):
        parse_time(row.at)
    return row


_PROVINCES: dict[type, str] = {Customer: "home_province", Staff: "province", Branch: "province"}
_DECODERS: dict[Any, Any] = {kind: msgspec.json.Decoder(kind).decode for kind in REFERENCE.values()}
_OPTIONAL_TEXTS = {
    kind: [f.name for f in msgspec.structs.fields(kind) if not f.required and "str" in str(f.type)]
    for kind in REFERENCE.values()
}
