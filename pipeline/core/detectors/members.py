"""What detectors are told of a customer's adds: a record for each subject that links them.

A *subject* is what may link adds of different customers: a staff member, a pair of staff members
in a month, or a device, an address or a bank number in a month. The ledger sends each subject one
``Member`` a customer; detectors are folds over a subject's members. Months keep state bounded and
sealed months apart: evidence from a month's members counts for that month's adds alone.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

__all__ = [
    "HANDED_OVER",
    "MOST_ADDS",
    "PAIR",
    "QUICK_US",
    "SPANS",
    "STAFF",
    "Facts",
    "Hurry",
    "Identity",
    "Member",
    "MonthAdds",
    "Traits",
    "month_of_subject",
]

STAFF = "s"
PAIR = "p"
"""Kinds of subjects; those of links are the first letter of an account's link: d (device), i
(address) and b (bank number)."""

HANDED_OVER = (201, 202)
"""WeCom's add_way: shared by a colleague, assigned by an administrator."""

MOST_ADDS = 32
SPANS = (0, 60, 3_600, 86_400, 7 * 86_400)
QUICK_US = 10 * 1_000_000
"""Hardly anybody scans two people's codes within ten seconds; bought accounts take one or two."""


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


def month_of_subject(subject: str) -> int | None:
    """The month a subject is confined to; None for a staff member."""
    kind_month = subject.partition("\x1f")[0]
    return int(kind_month[1:]) if len(kind_month) > 1 else None
