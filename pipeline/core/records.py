"""What the stages send each other and keep: small structs, packed as MessagePack arrays.

The packed bytes are the state rows of the streaming changelog and of the replay's database alike.
Days are counted from 1970-01-01, months from year 0, times are microseconds since 1970.
"""

from __future__ import annotations

import msgspec

from topics.events import EventRef

__all__ = [
    "STATE_FORMAT",
    "Candidate",
    "Fact",
    "History",
    "IdentityUpdate",
    "Outcome",
    "Owner",
    "PackedAccount",
    "Pair",
    "Retraction",
    "Signal",
    "StateRow",
    "Verification",
    "Who",
]


STATE_FORMAT = 1
"""Raised with every change after which a worker would take state rows of before for others."""

StateRow = tuple[str, str, str, str, bytes | None]
"""One changed row of a stage's state: (stage, key, kind, sub, value); a value of None deletes."""


class Signal(msgspec.Struct, array_like=True, gc=False):
    """A detector's evidence; ``score`` (0 to 1) 0 takes it back.

    It is against the add at ``staff_id``, or, where that is "", against all adds that the customer
    has in the month of ``window_start``.
    """

    signal_id: str
    code: str
    customer_id: str
    staff_id: str
    score: float
    window_start: int
    window_end: int
    evidence: str = "{}"

    def taken_back(self) -> Signal:
        """What deletes this signal wherever it is kept."""
        return msgspec.structs.replace(self, score=0.0, evidence="{}")


def _differ(province: int | None, ip_province: int | None) -> bool:
    return None not in (province, ip_province) and province != ip_province


class History(msgspec.Struct, array_like=True, gc=False):
    """What most pairs have none of: transfers, removals, a second start, evidence."""

    transfer: EventRef | None = None  # the first successful transfer to this staff member
    joined: EventRef | None = None  # the last friend.added or transfer here; None: the first add
    left: EventRef | None = None  # the last removal by anyone or transfer away
    removals: list[EventRef] | None = None  # by staff or customer, those that can decide, in order
    removal_rows: int = 0  # so many state rows hold the removals, where they are very many


_NO_HISTORY = History()


class Pair(msgspec.Struct, array_like=True, gc=False):
    """The ledger's memory of one (staff, customer) pair; ``added`` None: no add (yet).

    Provinces are by ``province_code``. ``talk`` is three numbers a day: the day, the time of the
    customer's first message and that of the staff member's last, 0 for none; or ANSWERED and 0
    once nothing can change.
    """

    added: EventRef | None = None
    add_way: int = 0
    province: int | None = None
    ip_province: int | None = None
    sent_month: int | None = None  # where the staff stage has this add
    talk: list[int] | None = None
    history: History | None = None

    def past(self) -> History:
        """The history, only to read."""
        return _NO_HISTORY if self.history is None else self.history

    def own_history(self) -> History:
        """The history to be written to."""
        if self.history is None:
            self.history = History()
        return self.history

    def claims_elsewhere(self) -> bool:
        """Whether the form named another province than its address is in."""
        return _differ(self.province, self.ip_province)

    def last_joined(self) -> EventRef | None:
        """The last friend.added or successful transfer to the staff member."""
        return self.past().joined or self.added

    def is_friend(self) -> bool:
        """Whether the staff member has the customer now (contract, segment_coverage)."""
        joined, left = self.last_joined(), self.past().left
        return joined is not None and (left is None or joined > left)


class Verification(msgspec.Struct, array_like=True, gc=False):
    """The first identity.verified of a customer; provinces by ``province_code``."""

    ref: EventRef
    bank_customer_id: str
    province: int | None = None
    ip_province: int | None = None

    def claims_elsewhere(self) -> bool:
        """Whether the form named another province than its address is in."""
        return _differ(self.province, self.ip_province)


class Owner(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """The customer whose first verification named a bank customer before all others."""

    ref: EventRef
    customer_id: str


class Who(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """What the identity stage tells the ledger about a verified customer.

    ``owner`` is None for the owner itself; ``known`` False: the CRM has no row, None: the identity
    stage was asked and has not answered yet.
    """

    bank_customer_id: str
    known: bool | None = None
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


class PackedAccount(msgspec.Struct, array_like=True, gc=False):
    """The ledger's row ``account``: tails and chunks are of ``IdMemory``."""

    tails: dict[int, bytes]
    chunks: dict[int, int] | None
    verification: Verification | None
    who: Who | None
    pairs: dict[str, Pair]
    links: list[bytes] | None = None
    wrote: bool = False


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
