"""What a daily report holds: whole numbers and names, no words and no formats.

Money is whole fen. A rate is left to whoever prints it: the two counts it is made of are kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

__all__ = [
    "COUNTS",
    "REWARD_FEN",
    "BranchRow",
    "Figures",
    "NotCounted",
    "Periods",
    "Report",
    "Revision",
    "Segment",
    "StaffRow",
    "TrendDay",
    "add_segments",
    "by_count",
]

REWARD_FEN = 100
"""What a bank that pays for every raw add would pay for one, in fen."""

ADD_COUNTS = (
    "adds", "valid", "pending", "invalid", "fake", "excluded", "fake_any", "verified",
)  # fmt: skip
ROLLING_COUNTS = (
    "removed", "messages_sent", "messages_received", "customers_wrote", "customers_answered",
    "moments", "adverts", "reactions", "groups_joined", "links_opened",
    "tasks_assigned", "tasks_executed", "sales", "amount_fen", "interest_income_fen",
    "fee_income_fen",
)  # fmt: skip
PROVINCE_COUNTS = ("province_in", "province_out", "province_unknown")
COUNTS = (*ADD_COUNTS, *ROLLING_COUNTS, *PROVINCE_COUNTS)
"""The counts of staff_daily by their names, then where the adds come from.

The province counts are over the adds that pass every check before the province's own (the valid
ones and those out of the province's limit), so province_in + province_out + province_unknown
is their number. Unknown: the add's or the staff member's province is.
"""

_INDEX = {name: position for position, name in enumerate(COUNTS)}


@dataclass(frozen=True, slots=True)
class NotCounted:
    """`count` adds that are not valid, all for `code`: the first of their reasons."""

    code: str
    verdict: str
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of one period for a staff member, a branch or the bank.

    values: in the order of COUNTS. staff_active: staff members with a row in staff_daily.
    not_counted: sorted by count, the greatest first.
    """

    values: tuple[int, ...] = (0,) * len(COUNTS)
    staff_active: int = 0
    not_counted: tuple[NotCounted, ...] = ()

    def __getitem__(self, name: str) -> int:
        """The count of this name; KeyError for a name that is not in COUNTS."""
        return self.values[_INDEX[name]]

    @property
    def paid_fen(self) -> int:
        """What a reward for each raw add would have cost."""
        return self["adds"] * REWARD_FEN

    @property
    def wasted_fen(self) -> int:
        """The part of it that went to adds that do not count for good."""
        return (self["invalid"] + self["fake"] + self["excluded"]) * REWARD_FEN

    @property
    def undecided_fen(self) -> int:
        """The part of it that went to adds that may still be verified."""
        return self["pending"] * REWARD_FEN

    @classmethod
    def total(cls, parts: Iterable["Figures"]) -> "Figures":
        """The sums over parts that share no staff member."""
        parts = list(parts)
        if not parts:
            return cls()
        reasons: dict[tuple[str, str], int] = {}
        for reason in (reason for part in parts for reason in part.not_counted):
            key = (reason.code, reason.verdict)
            reasons[key] = reasons.get(key, 0) + reason.count
        return cls(
            tuple(map(sum, zip(*(part.values for part in parts), strict=True))),
            sum(part.staff_active for part in parts),
            by_count(NotCounted(*key, count) for key, count in reasons.items()),
        )


def by_count(reasons: Iterable[NotCounted]) -> tuple[NotCounted, ...]:
    """The most frequent reason first; equals by their code."""
    return tuple(sorted(reasons, key=lambda r: (-r.count, r.code, r.verdict)))


@dataclass(frozen=True, slots=True)
class Segment:
    """Customers of one segment with a manager, and how many have that manager as a friend."""

    segment: str | None
    customers: int
    covered: int


def add_segments(parts: Iterable[Segment]) -> tuple[Segment, ...]:
    """Rows of the same segment added up; by segment, the customers without one last."""
    sums: dict[str | None, tuple[int, int]] = {}
    for part in parts:
        customers, covered = sums.get(part.segment, (0, 0))
        sums[part.segment] = (customers + part.customers, covered + part.covered)
    order = sorted(sums, key=lambda segment: (segment is None, segment or ""))
    return tuple(Segment(segment, *sums[segment]) for segment in order)


@dataclass(frozen=True, slots=True)
class Periods:
    """The same figures for the day, for the day before and for the month up to the day."""

    day: Figures = Figures()
    before: Figures = Figures()
    month: Figures = Figures()
    coverage: tuple[Segment, ...] = ()

    @property
    def covered(self) -> Segment:
        """All segments together."""
        return Segment(
            None,
            sum(s.customers for s in self.coverage),
            sum(s.covered for s in self.coverage),
        )


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A branch; branch_id None stands for the staff whose branch nobody has told."""

    branch_id: str | None
    name: str | None
    periods: Periods


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A staff member, of the branch as now known (in a sealed month: as at the seal)."""

    staff_id: str
    name: str | None
    branch_id: str | None
    periods: Periods


@dataclass(frozen=True, slots=True)
class TrendDay:
    """Raw and counted adds of one day."""

    day: date
    adds: int
    valid: int


@dataclass(frozen=True, slots=True)
class Revision:
    """`count` adds of earlier days went from one verdict to another since yesterday's end."""

    old_verdict: str
    new_verdict: str
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """The report of `date` for the bank, or for `chosen` branches of it.

    as_of: in the bank's zone; None before the first event. total: of the chosen branches, or
    the bank again. branches: the chosen ones, or all, by id, the one without an id last. staff:
    those of these branches, by id; empty where the caller did not ask for them.
    """

    date: date
    as_of: datetime | None
    timezone: str
    sealed: bool
    chosen: tuple[str | None, ...]
    bank: Periods
    total: Periods
    branches: tuple[BranchRow, ...]
    staff: tuple[StaffRow, ...]
    trend: tuple[TrendDay, ...] = ()
    revisions: tuple[Revision, ...] = field(default=())

    @property
    def only(self) -> BranchRow | None:
        """The branch, where the report is about a single one."""
        return self.branches[0] if len(self.chosen) == 1 and len(self.branches) == 1 else None
