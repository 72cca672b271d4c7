"""What a detector is: what it reads, how strong its evidence is, and what to say about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.core.detectors.levels import Level
from pipeline.core.detectors.members import Traits

__all__ = [
    "CAP",
    "CAPS",
    "CODES",
    "FULL",
    "LEAST_OTHERS",
    "LOOKS",
    "MANNERS",
    "TOGETHER",
    "CustomerDetector",
    "GroupDetector",
    "TraitsExample",
    "score_of",
]

FULL = 13_000_000
"""Points, in millionths of log-odds, of a signal of score 1. The policy's default weight of every
code; a policy may weigh a code otherwise."""

CAP = 7_500_000
"""No family adds more, however many its signals: less than what makes a fake alone. The policy's
default cap of every code but these:"""

CAPS = {"fake_lockstep": FULL}
"""Haste is decisive by itself."""

TOGETHER = {"fake_lockstep": CAP}
"""What signals of a code count together at most, unless a single one counts more: without haste the
pairs of staff that a customer shares with others decide nothing alone, however many they are."""


CODES = (
    "fake_lockstep",
    "fake_burst",
    "fake_shared_device",
    "fake_ring",
    "fake_reward_hunter",
    "fake_throwaway",
)
"""Families of evidence in the order in which the contract names them."""

LEAST_OTHERS = {"s": 5, "p": 3, "d": 5, "i": 5, "b": 5}
"""Kind of subject to how many others a customer must be with before there is any evidence: links
join families of up to five people, two staff some colleague's friends."""


MANNERS = ("", "-hurried")
"""Endings of tables: a customer is not hurried, or is (two adds within a minute). Each has its own,
for the same company says more of one who acts like a script."""


LOOKS = (
    "several", "many", "removed", "stranger", "wrote", "elsewhere", "shared", "hurried", "instant",
    "sound",
)  # fmt: skip
"""The counts that say how a group's people look, where who they are is all that tells."""


def score_of(points: int) -> float:
    """A signal's score, 0 to 1: to six decimals, as policies weigh it."""
    return round(min(points, FULL) / FULL, 6)


@dataclass(frozen=True, slots=True)
class GroupDetector:
    """Evidence from the other customers in a cell of a subject.

    ``kinds`` are the kinds of subjects it reads, ``parts`` the counts whose shares matter beside
    the size. ``of_add``: it speaks of the add at this staff member, not of the customer's month.
    The first stratum reads facts alone; the second reads suspicion too, and nothing reads it.
    """

    code: str
    kinds: str
    parts: tuple[str, ...]
    stratum: int = 1
    of_add: bool = False
    runbook_zh: str = ""
    runbook_en: str = ""

    def table(self, kind: str, scale: str, manner: str) -> str:
        return f"{self.code.removeprefix('fake_')}-{kind}-{scale}{manner}"


@dataclass(frozen=True, slots=True)
class TraitsExample:
    """An example of a customer detector: has this customer any evidence by it?"""

    name: str
    traits: Traits
    found: bool


@dataclass(frozen=True, slots=True)
class CustomerDetector:
    """Evidence from a customer's own month: ``level`` gives the parts' places in its lists."""

    code: str
    level: Callable[[Traits], Level]
    runbook_zh: str = ""
    runbook_en: str = ""
    examples: tuple[TraitsExample, ...] = field(default=(), repr=False)

    @property
    def table(self) -> str:
        return self.code.removeprefix("fake_")
