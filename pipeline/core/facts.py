"""``facts`` of an add: what decided its verdict, enough to explain it without any other table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from pipeline.core.calendar import Calendar, day_to_date
from pipeline.core.policy import Policy
from pipeline.core.records import Candidate, Outcome, Who
from topics.events import EventRef

__all__ = ["facts"]

_USED = {
    "not_first_time": ("first_time.scope",),
    "employee": ("allow_employees",),
    "duplicate_identity": ("allow_shared_identity",),
    "removed_early": ("keep_days",),
    "unverified": ("verification.required", "verify_within_days"),
    "no_account": ("account.required",),
    "not_own_customer": (
        "own_customer.required",
        "own_customer.allow_unassigned",
        "own_customer.roles",
    ),
    "out_of_province": ("out_of_province.limit",),
}
"""The policy's keys that each reason rests on."""


def facts(candidate: Candidate, outcome: Outcome, policy: Policy, calendar: Calendar) -> str:
    """JSON: deciding events, CRM, staff and policy values used, and the province ratio's counts.

    Written as text, part by part: there is one for every add, and most parts repeat.
    """
    events = ",".join(_events(candidate, calendar))
    who = candidate.who
    crm = "" if who is None else f'"crm":{_crm(who, calendar.day(candidate.added.time))},'
    return (
        f'{{"events":{{{events}}},{crm}"staff":{_staff(outcome.role, outcome.staff_province)},'
        f'"province":{_province(candidate, outcome, policy)},'
        f'"policy":{_policy(tuple(outcome.reasons), policy)}}}'
    )


def _events(candidate: Candidate, calendar: Calendar) -> Iterator[str]:
    def event(name: str, ref: EventRef, kind: str, more: str = "") -> str:
        time = calendar.text(ref.time)
        return (
            f'"{name}":{{"source":{_text(ref.source)},"id":{_text(ref.id)},"type":"{kind}",'
            f'"time":"{time}"{more}}}'
        )

    who = candidate.who
    yield event("added", candidate.added, "friend.added")
    if candidate.verification is not None:
        yield event("verified", candidate.verification, "identity.verified")
    if candidate.transfer is not None:
        yield event("transferred", candidate.transfer, "friend.transferred")
    if candidate.earlier_add is not None:
        staff = f',"staff_id":{_text(candidate.earlier_staff)}'
        yield event("earlier_add", candidate.earlier_add, "friend.added", staff)
    if who is not None and who.owner is not None:
        customer = f',"customer_id":{_text(who.owner.customer_id)}'
        yield event("earlier_identity", who.owner.ref, "identity.verified", customer)
    if candidate.removed is not None:
        yield event("removed", candidate.removed, "friend.removed")


def _crm(who: Who, day: int) -> str:
    opened = who.account_opened_on
    date = "null" if opened is None else f'"{_date(opened)}"'
    return (
        f'{{"bank_customer_id":{_text(who.bank_customer_id)},"row":{_flag(bool(who.known))},'
        f'"employee":{_flag(who.employee)},"account_opened_on":{date},'
        f'"manager_on_day":{_text(who.manager_on(day))}}}'
    )


def _staff(role: str | None, province: str | None) -> str:
    return f'{{"role":{_text(role)},"province":{_text(province)}}}'


def _province(candidate: Candidate, outcome: Outcome, policy: Policy) -> str:
    ratio = ""
    if outcome.rank is not None:
        limit = _values(policy)["out_of_province.limit"]
        ratio = f',"i":{outcome.inside},"o":{outcome.outside},"k":{outcome.rank},"L":"{limit}"'
    return f'{{"value":{_text(candidate.province)},"from":{_text(candidate.province_from)}{ratio}}}'


@lru_cache(maxsize=1024)
def _policy(reasons: tuple[str, ...], policy: Policy) -> str:
    used: dict[str, Any] = {"version": policy.version, "keep_days": policy.keep_days}
    values = _values(policy)
    for reason in reasons:
        keys = ("fake.threshold",) if reason.startswith("fake_") else _USED.get(reason, ())
        used |= {key: values[key] for key in keys}
    return _encode(used).decode()


@lru_cache(maxsize=64)
def _values(policy: Policy) -> dict[str, object]:
    return policy.values()


def _text(text: str | None) -> str:
    """A JSON text; letters and digits need no escape, and others mostly repeat."""
    return f'"{text}"' if text is not None and text.isalnum() else _escaped(text)


@lru_cache(maxsize=1 << 14)
def _escaped(text: str | None) -> str:
    return _encode(text).decode()


@lru_cache(maxsize=1 << 14)
def _date(day: int) -> str:
    return day_to_date(day).isoformat()


def _flag(value: bool) -> str:
    return "true" if value else "false"


_encode = msgspec.json.Encoder().encode
