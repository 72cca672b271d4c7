"""A month's suspects, and the alerts on them kept up to date: what changes touches its own pool.

What ``alerts_of`` (pools.py) says of all members is the definition; here only the pools and staff
members that a change reaches are worked out again.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.core.detectors.members import Member
from pipeline.core.detectors.pools import AlertFound, buyer_alert, pool_alert

__all__ = ["Suspects"]

_Index = dict[str, dict[str, None]]
"""A group or a staff member to the suspects there."""


class Suspects:
    """The members of one subject; ``alerts`` is fingerprint to alert as of the last ``settle``."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self.members: dict[str, Member] = {}
        self.alerts: dict[str, AlertFound] = {}
        self._by_group: _Index = {}
        self._by_staff: _Index = {}
        self._customers: dict[str, None] = {}  # touched since the last settle
        self._groups: dict[str, None] = {}
        self._staff: dict[str, None] = {}
        self._pool_of: dict[str, str] = {}  # customer to the fingerprint of its pool's alert
        self._buyer_of: dict[str, str] = {}  # staff member to the fingerprint of the alert

    def put(self, customer_id: str, member: Member | None) -> None:
        """Upserts a member, None takes it away."""
        before = self.members.pop(customer_id, None)
        self._customers[customer_id] = None
        if before is not None:
            self._touch(before)
            _drop(self._by_group, before.groups, customer_id)
            _drop(self._by_staff, before.staff, customer_id)
        if member is not None:
            self._touch(member)
            self.members[customer_id] = member
            for group in member.groups:
                self._by_group.setdefault(group, {})[customer_id] = None
            for staff_id in member.staff:
                self._by_staff.setdefault(staff_id, {})[customer_id] = None

    def settle(self) -> dict[str, AlertFound | None]:
        """Fingerprint to the alerts that are others than before; None: it is no more."""
        changed = self._settle_pools() | self._settle_buyers()
        self._customers, self._groups, self._staff = {}, {}, {}
        return changed

    def _touch(self, member: Member) -> None:
        self._groups |= dict.fromkeys(member.groups)
        self._staff |= dict.fromkeys(member.staff)

    def _settle_pools(self) -> dict[str, AlertFound | None]:
        """Whoever was or is in one pool with a touched customer is so by way of its groups."""
        reached = dict(self._customers)
        for group in self._groups:
            reached |= self._by_group.get(group, {})
        pools = list(self._components(one for one in reached if one in self.members))
        for pool in pools:
            reached |= dict.fromkeys(pool)
        old = {self._pool_of.pop(one) for one in reached if one in self._pool_of}
        new: dict[str, AlertFound] = {}
        for pool in pools:
            alert = pool_alert(self._subject, sorted(pool), self.members)
            if alert is not None:
                new[alert.fingerprint] = alert
                self._pool_of |= dict.fromkeys(pool, alert.fingerprint)
        return self._replace(old, new)

    def _settle_buyers(self) -> dict[str, AlertFound | None]:
        old = {self._buyer_of.pop(one) for one in self._staff if one in self._buyer_of}
        new: dict[str, AlertFound] = {}
        for staff_id in self._staff:
            customers = sorted(self._by_staff.get(staff_id, ()))
            alert = buyer_alert(self._subject, staff_id, customers, self.members)
            if alert is not None:
                new[alert.fingerprint] = alert
                self._buyer_of[staff_id] = alert.fingerprint
        return self._replace(old, new)

    def _replace(self, old: set[str], new: dict[str, AlertFound]) -> dict[str, AlertFound | None]:
        changed: dict[str, AlertFound | None] = dict.fromkeys(old - new.keys())
        changed |= {name: one for name, one in new.items() if self.alerts.get(name) != one}
        for name in old:
            del self.alerts[name]
        self.alerts |= new
        return changed

    def _components(self, customers: Iterable[str]) -> Iterable[list[str]]:
        """The pools in which these customers are, each once."""
        seen: dict[str, None] = {}
        groups: dict[str, None] = {}
        for first in customers:
            if first in seen:
                continue
            seen[first] = None
            pool = [first]
            for one in pool:  # grows meanwhile
                for group in self.members[one].groups:
                    if group in groups:
                        continue
                    groups[group] = None
                    fresh = [other for other in self._by_group[group] if other not in seen]
                    seen |= dict.fromkeys(fresh)
                    pool += fresh
            yield pool


def _drop(index: _Index, keys: Iterable[str], customer_id: str) -> None:
    for key in dict.fromkeys(keys):
        some = index[key]
        del some[customer_id]
        if not some:
            del index[key]
