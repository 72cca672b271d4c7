"""What detectors are told of a customer's adds: a record for each subject that links them.

A *subject* is what may link adds of different customers: a staff member, a pair of staff members
in a month, or a device, an address or a bank number in a month. The ledger sends each subject one
``Member`` a customer; detectors are folds over a subject's members. Months keep state bounded and
sealed months apart: evidence from a month's members counts for that month's adds alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from enum import IntEnum
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import msgspec

from pipeline.core.calendar import Calendar, last_day_of
from topics.times import DAY_US

if TYPE_CHECKING:
    from pipeline.core.ledger.account import Account
    from pipeline.core.records import Pair

__all__ = [
    "PAIR",
    "QUICK_US",
    "STAFF",
    "Facts",
    "Hurry",
    "Identity",
    "Member",
    "MonthAdds",
    "Traits",
    "adds_by_month",
    "facts_of",
    "month_of_subject",
    "traits_of",
]

STAFF = "s"
PAIR = "p"
"""Kinds of subjects; those of links are the first letter of an account's link: d (device), i
(address) and b (bank number)."""

PRECEDING = 32
"""An add pairs with so many adds before it, of the same customer and month."""

HANDED_OVER = (201, 202)
"""WeCom's add_way: shared by a colleague, assigned by an administrator."""

PAIRED = 64
"""Only so many adds of a month make pairs, the first: that tells enough of anybody."""

MOST_ADDS = 32
SPANS = (0, 60, 3_600, 86_400, 7 * 86_400)
QUICK_US = 10 * 1_000_000
"""Hardly anybody scans two people's codes within ten seconds; bought accounts take one or two."""

SCRIPT_US = 5 * 1_000_000
"""Three adds in a row, each so soon after the one before, are no hand's; a page that adds two
managers at once makes no three."""

HURRIES_US = (QUICK_US, 60 * 1_000_000, 3_600 * 1_000_000)
"""From one add to the customer's next: a counter's two take a minute, and whoever goes to another
branch is there within the hour."""

EARLY_US = 7 * DAY_US
"""A friend removed within this was none for long; a detector's own, whatever the policy keeps."""


class Identity(IntEnum):
    """What is known of who a customer is, from suspicious to sound."""

    NONE = 0  # not verified (yet)
    UNKNOWN = 1  # verified as somebody the CRM has no row of
    NO_ACCOUNT = 2  # a row, but no account by the end of the month
    ACCOUNT = 3


class Hurry(IntEnum):
    """How soon after one add a customer made another, at the soonest of a month."""

    NONE = 0
    HOUR = 1
    MINUTE = 2
    SECONDS = 3  # ten at most
    SCRIPT = 4  # three in a row, five at most from each to the next


class Traits(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A customer in a month, coarse enough not to change with each of many adds.

    ``adds`` is counted up to ``MOST_ADDS``, ``span`` (seconds from the first to the last add) is
    the greatest of ``SPANS`` that is reached. ``removed``: none (0), some (1) or most (2) of the
    adds were undone early by staff or customer. ``shared`` says that an earlier customer verified
    as the same bank customer, ``elsewhere`` that a form claimed another province than its address
    is in. ``suspicion`` (0 to 3) sums up the first stratum's signals. ``hurry`` is a ``Hurry``.
    """

    adds: int = 1
    span: int = 0
    removed: int = 0
    identity: int = 0
    shared: bool = False
    wrote: bool = False
    elsewhere: bool = False
    suspicion: int = 0
    hurry: int = 0


class Member(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A customer at a subject. ``times`` (microseconds since 1970) are those of the adds that
    link it: the add's at a staff member, both at a pair, the month's first at a link, the first and
    the last among a month's suspects, where alone ``groups`` (ids of what links it to others by the
    first stratum) and ``staff`` are given."""

    times: tuple[int, ...]
    traits: Traits
    groups: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()


Facts = dict[str, Member]
"""Subject to member, of one customer."""

MonthAdds = dict[int, list[tuple[int, str]]]
"""Month to its adds (time, staff_id), in the contract's order."""


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


def month_of_subject(subject: str) -> int | None:
    """The month a subject is confined to; None for a staff member."""
    kind_month = subject.partition("\x1f")[0]
    return int(kind_month[1:]) if len(kind_month) > 1 else None


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
        return Identity.NONE
    if not who.known:
        return Identity.UNKNOWN
    opened = who.account_opened_on
    if opened is None or opened > last_day_of(month):
        return Identity.NO_ACCOUNT
    return Identity.ACCOUNT


def _coarse(seconds: int) -> int:
    return max(span for span in SPANS if span <= seconds)


def _hurry(adds: list[tuple[int, str]]) -> int:
    if len(adds) < 2:
        return Hurry.NONE
    gaps = [after[0] - before[0] for before, after in pairwise(adds)]
    if any(max(two) <= SCRIPT_US for two in pairwise(gaps)):
        return Hurry.SCRIPT
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
