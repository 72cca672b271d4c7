"""What an account tells detectors: its adds by month, its traits there, a member for each subject.

Compiled: in a stream it is worked out at each change of an account.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from typing import Final

from pipeline.core.calendar import Calendar, last_day_of
from pipeline.core.detectors.members import (
    HANDED_OVER,
    MOST_ADDS,
    PAIR,
    QUICK_US,
    SPANS,
    STAFF,
    Facts,
    Hurry,
    Identity,
    Member,
    MonthAdds,
    Traits,
)
from pipeline.core.ledger.account import Account
from pipeline.core.records import Pair
from topics.times import DAY_US

__all__ = ["adds_by_month", "facts_of", "traits_of"]

PRECEDING = 32
"""An add pairs with so many adds before it, of the same customer and month."""

PAIRED = 64
"""Only so many adds of a month make pairs, the first: that tells enough of anybody."""

SCRIPT_US = 5 * 1_000_000
"""Three adds in a row, each so soon after the one before, are no hand's; a page that adds two
managers at once makes no three."""

HURRIES_US = (QUICK_US, 60 * 1_000_000, 3_600 * 1_000_000)
"""From one add to the customer's next: a counter's two take a minute, and whoever goes to another
branch is there within the hour."""

EARLY_US = 7 * DAY_US
"""A friend removed within this was none for long; a detector's own, whatever the policy keeps."""

# To look a member up in its Enum takes longer than what it is looked up for.
_NONE: Final = int(Identity.NONE)
_UNKNOWN: Final = int(Identity.UNKNOWN)
_NO_ACCOUNT: Final = int(Identity.NO_ACCOUNT)
_ACCOUNT: Final = int(Identity.ACCOUNT)
_UNHURRIED: Final = int(Hurry.NONE)
_SCRIPT: Final = int(Hurry.SCRIPT)


def facts_of(account: Account, months: MonthAdds, traits: Mapping[int, Traits]) -> Facts:
    """All that detectors are told of a customer with these adds and traits, by month."""
    facts: Facts = {}
    for month, adds in months.items():
        own = traits[month]
        for time, staff_id in adds:
            facts[f"{STAFF}\x1f{staff_id}"] = Member((time,), own)
        if account.links:
            first = Member((adds[0][0],), own)
            for link in account.links:
                facts[f"{link[:1].decode()}{month}\x1f{link[1:].hex()}"] = first
        if len(adds) > 1:
            for one, other in _pairs(adds):
                (a, time_a), (b, time_b) = sorted(((one[1], one[0]), (other[1], other[0])))
                facts[f"{PAIR}{month}\x1f{a}\x1f{b}"] = Member((time_a, time_b), own)
    return facts


def adds_by_month(account: Account, calendar: Calendar) -> MonthAdds:
    """Month to its adds (time, staff_id), in the contract's order.

    Without those that colleagues or administrators made: a leaver's friends all come to the same
    heirs within seconds, and none of them did anything.
    """
    adds = sorted(
        (pair.added, staff)
        for staff, pair in account.pairs.items()
        if pair.added and pair.add_way not in HANDED_OVER
    )
    months: MonthAdds = {}
    for added, staff_id in adds:
        months.setdefault(calendar.month(added.time), []).append((added.time, staff_id))
    return months


def traits_of(account: Account, month: int, adds: list[tuple[int, str]]) -> Traits:
    """A customer's traits in a month with these adds; suspicion is left at 0."""
    pairs = account.pairs
    verification = account.verification
    removed = sum(_removed_early(pairs[staff_id], time) for time, staff_id in adds)
    return Traits(
        adds=min(len(adds), MOST_ADDS),
        span=_coarse((adds[-1][0] - adds[0][0]) // 1_000_000),
        removed=0 if not removed else 2 if removed * 2 > len(adds) else 1,
        identity=_identity(account, month),
        shared=account.who is not None and account.who.owner is not None,
        wrote=account.wrote,
        elsewhere=(verification is not None and verification.claims_elsewhere())
        or any(pairs[staff_id].claims_elsewhere() for _, staff_id in adds),
        hurry=_hurry(adds),
    )


def _identity(account: Account, month: int) -> int:
    who = account.who
    if who is None or who.known is None:
        return _NONE
    if not who.known:
        return _UNKNOWN
    opened = who.account_opened_on
    if opened is None or opened > last_day_of(month):
        return _NO_ACCOUNT
    return _ACCOUNT


def _coarse(seconds: int) -> int:
    return max(span for span in SPANS if span <= seconds)


def _hurry(adds: list[tuple[int, str]]) -> int:
    if len(adds) < 2:
        return _UNHURRIED
    gaps = [after[0] - before[0] for before, after in pairwise(adds)]
    if any(max(two) <= SCRIPT_US for two in pairwise(gaps)):
        return _SCRIPT
    return len(HURRIES_US) - bisect_left(HURRIES_US, min(gaps))


def _removed_early(pair: Pair, added: int) -> bool:
    removals = pair.past().removals
    return bool(removals) and any(0 <= one.time - added <= EARLY_US for one in removals or ())


def _pairs(
    adds: list[tuple[int, str]],
) -> Iterator[tuple[tuple[int, str], tuple[int, str]]]:
    for number, add in enumerate(adds[:PAIRED]):
        for earlier in islice(adds, max(0, number - PRECEDING), number):
            yield earlier, add
