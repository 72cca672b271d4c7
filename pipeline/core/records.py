"""What the stages send each other and keep: small structs, packed as MessagePack arrays.

The packed bytes are the state rows of the streaming changelog and of the replay's database alike.
Days are counted from 1970-01-01, months from year 0, times are microseconds since 1970.
"""

from __future__ import annotations

import msgspec

from topics.events import EventRef

__all__ = [
    "Candidate",
    "Fact",
    "IdentityUpdate",
    "Outcome",
    "Owner",
    "Pair",
    "Retraction",
    "Signal",
    "StateRow",
    "Verification",
    "Who",
]


StateRow = tuple[str, str, str, str, bytes | None]
"""One changed row of a stage's state: (stage, key, kind, sub, value); a value of None deletes."""


class Pair(msgspec.Struct, array_like=True, gc=False):
    """The ledger's memory of one (staff, customer) pair; ``added`` None: no add (yet)."""

    added: EventRef | None = None
    add_way: int = 0
    province: str | None = None
    ip_province: str | None = None
    transfer: EventRef | None = None  # the first successful transfer to this staff member
    joined: EventRef | None = None  # the last friend.added or transfer here; None: ``added``
    left: EventRef | None = None  # the last removal by anyone or transfer away
    sent_month: int | None = None  # where the staff stage has this add

    def is_friend(self) -> bool:
        """Whether the staff member has the customer now (contract, segment_coverage)."""
        joined = self.joined or self.added
        return joined is not None and (self.left is None or joined > self.left)


class Verification(msgspec.Struct, array_like=True, gc=False):
    """The first identity.verified of a customer."""

    ref: EventRef
    bank_customer_id: str
    province: str | None = None
    ip_province: str | None = None


class Owner(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """The customer whose first verification named a bank customer before all others."""

    ref: EventRef
    customer_id: str


class Who(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """What the identity stage tells the ledger about a verified customer.

    ``owner`` is None for the owner itself; ``known`` False: the CRM has no row.
    """

    bank_customer_id: str
    known: bool = False
    employee: bool = False
    account_opened_on: int | None = None
    manager: str | None = None
    manager_since: int | None = None
    previous_manager: str | None = None
    owner: Owner | None = None

    def manager_on(self, day: int) -> str | None:
        """The bank customer's manager on a day (contract, section 2)."""
        if self.manager_since is None or self.manager_since <= day:
            return self.manager
        return self.previous_manager


class Signal(msgspec.Struct, array_like=True, gc=False):
    """A detector's evidence against an add; ``score`` 0 takes it back.

    ``weight`` is in millionths of log-odds at score 1; the policy may set another for the code.
    """

    signal_id: str
    code: str
    customer_id: str
    staff_id: str
    score: float
    window_start: int
    window_end: int
    evidence: str = "{}"


class IdentityUpdate(msgspec.Struct, array_like=True, gc=False):
    """Ledger to identity: a customer's first verification and friends; ``ref`` None: no more."""

    bank_customer_id: str
    customer_id: str
    ref: EventRef | None
    friends: list[str]
    cause: str


class Candidate(msgspec.Struct, array_like=True, gc=False):
    """Ledger to staff: an add and all that is known of it without its staff member.

    ``reasons`` holds the codes found so far; ``not_own_customer`` among them still needs the
    staff member's role. The refs are the deciding events.
    """

    staff_id: str
    customer_id: str
    added: EventRef
    add_way: int
    month: int
    province: str | None
    province_from: str | None
    reasons: list[str]
    fake_score: float
    evidence: str
    policy_version: str
    verification: EventRef | None
    who: Who | None
    earlier_add: EventRef | None
    earlier_staff: str | None
    transfer: EventRef | None
    removed: EventRef | None
    cause: str


class Retraction(msgspec.Struct, array_like=True, gc=False):
    """Ledger to staff: the add's first friend.added is now of another month."""

    staff_id: str
    customer_id: str
    month: int
    cause: str


class Outcome(msgspec.Struct, array_like=True, gc=False):
    """What the staff stage decided last: reasons, and how the province ratio counted it."""

    reasons: list[str]
    role: str | None = None
    staff_province: str | None = None
    inside: int | None = None
    outside: int | None = None
    rank: int | None = None


class Fact(msgspec.Struct, array_like=True, gc=False):
    """The staff stage's memory of one add of a month."""

    candidate: Candidate
    outcome: Outcome | None = None
