"""``facts`` of an add: what decided its verdict, enough to explain it without any other table."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from pipeline.core.calendar import Calendar, day_to_date
from pipeline.core.policy import Policy
from pipeline.core.records import Candidate, Outcome, Who
from topics.events import EventRef
from topics.times import format_time

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
    """JSON: deciding events, CRM, staff and policy values used, and the province ratio's counts."""
    found: dict[str, Any] = {"events": _events(candidate, calendar)}
    if candidate.who is not None:
        found["crm"] = _crm(candidate.who, calendar.day(candidate.added.time))
    found["staff"] = {"role": outcome.role, "province": outcome.staff_province}
    found["province"] = _province(candidate, outcome, policy)
    found["policy"] = _policy(tuple(outcome.reasons), policy)
    return _encode(found).decode()


def _events(candidate: Candidate, calendar: Calendar) -> dict[str, Any]:
    def event(ref: EventRef, kind: str, **more: str | None) -> dict[str, Any]:
        time = format_time(ref.time, calendar.offset(ref.time))
        return {"source": ref.source, "id": ref.id, "type": kind, "time": time, **more}

    who = candidate.who
    events = {"added": event(candidate.added, "friend.added")}
    if candidate.verification is not None:
        events["verified"] = event(candidate.verification, "identity.verified")
    if candidate.transfer is not None:
        events["transferred"] = event(candidate.transfer, "friend.transferred")
    if candidate.earlier_add is not None:
        earlier, staff = candidate.earlier_add, candidate.earlier_staff
        events["earlier_add"] = event(earlier, "friend.added", staff_id=staff)
    if who is not None and who.owner is not None:
        owner = who.owner
        events["earlier_identity"] = event(
            owner.ref, "identity.verified", customer_id=owner.customer_id
        )
    if candidate.removed is not None:
        events["removed"] = event(candidate.removed, "friend.removed")
    return events


def _crm(who: Who, day: int) -> dict[str, Any]:
    opened = who.account_opened_on
    return {
        "bank_customer_id": who.bank_customer_id,
        "row": who.known,
        "employee": who.employee,
        "account_opened_on": None if opened is None else day_to_date(opened).isoformat(),
        "manager_on_day": who.manager_on(day),
    }


def _province(candidate: Candidate, outcome: Outcome, policy: Policy) -> dict[str, Any]:
    found: dict[str, Any] = {"value": candidate.province, "from": candidate.province_from}
    if outcome.rank is not None:
        limit = _values(policy)["out_of_province.limit"]
        found |= {"i": outcome.inside, "o": outcome.outside, "k": outcome.rank, "L": limit}
    return found


@lru_cache(maxsize=1024)
def _policy(reasons: tuple[str, ...], policy: Policy) -> dict[str, Any]:
    used: dict[str, Any] = {"version": policy.version, "keep_days": policy.keep_days}
    if reasons:
        values = _values(policy)
        for reason in reasons:
            keys = ("fake.threshold",) if reason.startswith("fake_") else _USED.get(reason, ())
            used |= {key: values[key] for key in keys}
    return used


@lru_cache(maxsize=64)
def _values(policy: Policy) -> dict[str, object]:
    return policy.values()


_encode = msgspec.json.Encoder().encode
