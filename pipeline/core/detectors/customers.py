"""What a customer's own months say, and how much the first stratum suspects it.

Computed where the account is, from its traits alone; kept nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import msgspec

from pipeline.core.calendar import Calendar
from pipeline.core.detectors import (
    CUSTOMER_DETECTORS,
    cohort,
    contact,
    lockstep,
    shared_device,
)
from pipeline.core.detectors.base import CAP, FULL, score_of
from pipeline.core.detectors.levels import LEAST, bucket, points_of, suspicion_bounds
from pipeline.core.detectors.members import Facts, Member, Traits
from pipeline.core.detectors.pools import SUSPECTS, group_of
from pipeline.core.detectors.telling import adds_by_month, facts_of, traits_of
from pipeline.core.ledger.account import Account
from pipeline.core.records import Signal

__all__ = [
    "NOTHING",
    "Told",
    "customer_signals",
    "own_signals",
    "suspicion_of",
    "told_of",
]


SUSPECTED = 2
"""Suspicion from which on a customer is among the month's suspects."""

SLOW_MOST = 2_000_000
"""Lockstep without haste (no signal over ``CAP``) gives suspicion no more points than these: the
cohort meets the same company in the same minutes, and would count it a second time."""

LINKING = (lockstep.DETECTOR.code, shared_device.DETECTOR.code)
"""Whose groups make a pool of their customers."""


class Told(NamedTuple):
    """All that an account says to detectors and to the signals' readers by itself."""

    facts: Facts
    signals: dict[str, Signal]


NOTHING = Told({}, {})
"""What an account without adds tells."""


def own_signals(customer_id: str, account: Account, calendar: Calendar) -> list[Signal]:
    """The signals from the account's own months: none of a month without company.

    Nobody is suspected for his own habits: only where others are with him do they say anything.
    """
    company = _company(account, calendar)
    if not company:
        return []
    return [
        signal
        for month, adds in adds_by_month(account, calendar).items()
        if month in company
        for signal in customer_signals(
            customer_id, month, traits_of(account, month, adds), adds[0][0], adds[-1][0]
        )
    ]


def told_of(customer_id: str, account: Account, calendar: Calendar) -> Told:
    """What an account tells, a pure function of its state."""
    months = adds_by_month(account, calendar)
    company = _company(account, calendar)
    own: dict[str, Signal] = {}
    traits = {}
    for month, adds in months.items():
        traits[month] = found = traits_of(account, month, adds)
        if month not in company:
            continue
        signals = customer_signals(customer_id, month, found, adds[0][0], adds[-1][0])
        own |= {signal.signal_id: signal for signal in signals}
        suspicion = suspicion_of(signals, company[month])
        if suspicion:
            traits[month] = msgspec.structs.replace(found, suspicion=suspicion)
    facts = facts_of(account, months, traits)
    for month, found in traits.items():
        if found.suspicion >= SUSPECTED:
            facts[f"{SUSPECTS}{month}\x1f"] = _suspect(months[month], found, company[month])
    return Told(facts, own)


def _company(account: Account, calendar: Calendar) -> dict[int, list[Signal]]:
    """Month to what others' presence has detectors say of the customer there."""
    found: dict[int, list[Signal]] = {}
    for signal in (account.signals or {}).values():
        found.setdefault(calendar.month(signal.window_start), []).append(signal)
    return found


def _suspect(adds: list[tuple[int, str]], traits: Traits, company: Iterable[Signal]) -> Member:
    """A suspected customer among the month's others: by which groups, at which staff."""
    linking = (group_of(one.evidence) for one in company if one.code in LINKING)
    groups = {group for group in linking if group}
    staff = tuple(sorted(staff_id for _, staff_id in adds))
    return Member((adds[0][0], adds[-1][0]), traits, tuple(sorted(groups)), staff)


def customer_signals(
    customer_id: str, month: int, traits: Traits, first: int, last: int
) -> list[Signal]:
    """The signals from a month's traits, whose adds are from ``first`` to ``last`` (microseconds).

    ``traits.suspicion`` is not looked at.
    """
    found = []
    for detector in CUSTOMER_DETECTORS:
        level = detector.level(traits)
        points = points_of(detector.table, level)
        if points >= LEAST:
            name = sha256(f"{detector.code}\x1f{month}\x1f{customer_id}".encode()).hexdigest()[:32]
            shown = {part: place for part, place in level.items() if place}
            found.append(
                Signal(
                    signal_id=name,
                    code=detector.code,
                    customer_id=customer_id,
                    staff_id="",
                    score=score_of(points),
                    window_start=first,
                    window_end=last,
                    evidence=_encode(shown).decode(),
                )
            )
    return found


def suspicion_of(own: Iterable[Signal], company: Iterable[Signal]) -> int:
    """0 to 3, from a customer's own signals of a month and those of its company there.

    The cohort's are none of the first stratum: with these alone there is no suspicion.

    Lockstep without haste weighs little here (``SLOW_MOST``).

    By the default weights and caps whatever the policy says: suspicion is evidence, not a verdict.
    What is said of single adds is left out: it comes from the company that the cohort looks at.
    """
    first = [signal for signal in company if signal.code != cohort.DETECTOR.code]
    if not first:
        return 0
    totals: dict[str, int] = {}
    hasty = 0
    for signal in (*own, *first):
        if not signal.staff_id:
            points = round(signal.score * FULL)
            totals[signal.code] = min(CAP, totals.get(signal.code, 0) + points)
            if signal.code == lockstep.DETECTOR.code:
                hasty = max(hasty, points)
    locked = totals.get(lockstep.DETECTOR.code, 0)
    totals[lockstep.DETECTOR.code] = hasty if hasty > CAP else min(SLOW_MOST, locked)
    lawful = totals.pop(contact.DETECTOR.code, 0)
    return bucket(sum(totals.values()) - lawful, suspicion_bounds())


_encode = msgspec.json.Encoder(order="sorted").encode
