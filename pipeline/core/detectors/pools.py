"""Alerts from suspected customers: one for a pool, one for a suspected buyer, none for each add.

The subject of a month's suspects has all customers whom the first stratum suspects (2 or more) in
that month. Those who share a group (a device, an address, a bank number, a pair of staff) are one
pool: the connected components of customers and groups. A staff member to whom many suspects came
is alerted as a suspected buyer, which is never a verdict: an innocent one may be a camouflage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Literal

import msgspec

from pipeline.core.detectors.members import Member
from topics.times import DAY_US

__all__ = [
    "DRIP",
    "SUSPECTS",
    "AlertFound",
    "alerts_of",
    "buyer_alert",
    "drip_alert",
    "group_of",
    "pool_alert",
]

SUSPECTS = "q"
"""The kind of subject that has a month's suspected customers."""

DRIP = "drip "
"""What the key of an alert on a slow-drip pool begins with."""

SMALLEST = 3
"""A pool has so many customers at least."""

LARGE = 20
"""From so many customers on a pool is critical."""

BUYER = 15
"""From so many suspects on a staff member is alerted."""

SHOWN = 20
"""So many members and staff members stand in an alert, the first by code point."""

QUIET_US = DAY_US
"""An alert is resolved once nothing was added to it for so long, by the time of events."""


Severity = Literal["warning", "critical"]


class AlertFound(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What an alert says; times in microseconds since 1970. ``evidence`` is JSON."""

    fingerprint: str
    key: str
    severity: Severity
    started_at: int
    ended_at: int
    summary_zh: str
    summary_en: str
    evidence: str
    runbook: str


class _Evidence(msgspec.Struct):
    group: str = ""


def group_of(evidence: str) -> str:
    """The id of the group that a signal's evidence speaks of; "": of none."""
    return _decode_evidence(evidence).group


def alerts_of(subject: str, members: Mapping[str, Member]) -> dict[str, AlertFound]:
    """Fingerprint to alert: the definition, which suspects.py keeps up to date."""
    pools = (pool_alert(subject, some, members) for some in _components(members))
    buyers = (buyer_alert(subject, *one, members) for one in _by_staff(members).items())
    return {alert.fingerprint: alert for alert in (*pools, *buyers) if alert is not None}


def drip_alert(
    customers: Sequence[str], staff: Sequence[str], adds: int, first: int, last: int
) -> AlertFound:
    """The alert on a slow-drip pool; customers and staff by code point, times in microseconds."""
    name = _fingerprint("drip", "", customers[0])
    return _alert(
        name,
        f"{DRIP}{name[:8]}",
        "warning",
        (first, last),
        f"疑似细水长流的批量账号：{len(customers)} 个客户账号陆续添加了同样的 "
        f"{len(staff)} 名员工，共 {adds} 次",
        f"Perhaps a slow-drip pool: {len(customers)} customers added the same "
        f"{len(staff)} staff over days, {adds} adds",
        _counts(customers, staff, adds),
        _DRIP,
    )


def pool_alert(
    subject: str, customers: list[str], members: Mapping[str, Member]
) -> AlertFound | None:
    """The alert on a pool, its customers by code point; None if it is too small for one."""
    if len(customers) < SMALLEST:
        return None
    some = [members[one] for one in customers]
    staff = sorted({staff_id for member in some for staff_id in member.staff})
    adds = sum(member.traits.adds for member in some)
    groups = len({group for member in some for group in member.groups})
    name = _fingerprint("pool", subject, customers[0])
    return _alert(
        name,
        f"pool {name[:8]}",
        "critical" if len(customers) >= LARGE else "warning",
        _times(some),
        f"疑似批量账号：{len(customers)} 个客户账号添加了 {len(staff)} 名员工，共 {adds} 次",
        f"Probably one pool: {len(customers)} customers added {len(staff)} staff, {adds} adds",
        {**_counts(customers, staff, adds), "groups": groups},
        _POOL,
    )


def buyer_alert(
    subject: str, staff_id: str, customers: list[str], members: Mapping[str, Member]
) -> AlertFound | None:
    """The alert on a staff member to whom these suspects came; None if they are too few."""
    number = len(customers)
    if number < BUYER:
        return None
    return _alert(
        _fingerprint("buyer", subject, staff_id),
        f"staff {staff_id}",
        "warning",
        _times(members[one] for one in customers),
        f"员工本月有 {number} 个好友来自疑似批量账号：可能购买好友，也可能是被借用作掩护",
        f"{number} suspected customers added this staff member this month: perhaps bought, "
        "perhaps a camouflage",
        _counts(customers, [staff_id], number),
        _BUYER,
    )


def _by_staff(members: Mapping[str, Member]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for customer_id in sorted(members):
        for staff_id in dict.fromkeys(members[customer_id].staff):
            found.setdefault(staff_id, []).append(customer_id)
    return found


def _components(members: Mapping[str, Member]) -> list[list[str]]:
    """Customers who share groups, each component in code-point order."""
    parent = {customer_id: customer_id for customer_id in members}

    def root(one: str) -> str:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    first: dict[str, str] = {}
    for customer_id, member in members.items():
        for group in member.groups:
            other = first.setdefault(group, customer_id)
            if other != customer_id:
                parent[root(customer_id)] = root(other)
    found: dict[str, list[str]] = {}
    for customer_id in members:
        found.setdefault(root(customer_id), []).append(customer_id)
    return [sorted(customers) for customers in found.values()]


def _alert(
    name: str,
    key: str,
    severity: Severity,
    times: Sequence[int],
    zh: str,
    en: str,
    evidence: dict[str, object],
    runbook: str,
) -> AlertFound:
    text = _encode(evidence).decode()
    start, end = min(times), max(times) + QUIET_US
    return AlertFound(name, key, severity, start, end, zh, en, text, runbook)


def _counts(customers: Sequence[str], staff: Sequence[str], adds: int) -> dict[str, object]:
    return {
        "customers": len(customers),
        "adds": adds,
        "staff": len(staff),
        "members": customers[:SHOWN],
        "staff_ids": staff[:SHOWN],
    }


def _times(members: Iterable[Member]) -> list[int]:
    return [time for member in members for time in member.times]


def _fingerprint(kind: str, subject: str, first: str) -> str:
    return sha256(f"{kind}\x1f{subject}\x1f{first}".encode()).hexdigest()[:32]


_POOL = (
    "核对这些账号的来源与设备；确认后逐一在案件中确认，误判则驳回。"
    "Look where these accounts come from; confirm or dismiss their adds as cases."
)
_DRIP = (
    "同一家企业的员工也会如此：先核对这些客户是否同属一家企业，再看来源与设备；本告警不是判定依据。"
    "People of one firm look like this too: see first whether these customers belong to one, then "
    "where they come from; this alert is no verdict."
)
_BUYER = (
    "与员工及其主管沟通，核对活动与来源；本告警不是处罚依据。"
    "Talk to the staff member and the head; this alert is no verdict."
)
_decode_evidence = msgspec.json.Decoder(_Evidence).decode
_encode = msgspec.json.Encoder(order="sorted").encode
