"""What all partitions of a worker share: calendar, policies, cases, sealed months."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.core.calendar import Calendar
from pipeline.core.ledger.fold import Look
from pipeline.core.ledger.judge import Judge
from pipeline.core.ledger.stage import NEVER
from pipeline.core.policy import PolicySet
from pipeline.stream.stages.records import Route

__all__ = ["Context"]


@dataclass(slots=True)
class Context:
    """``hot`` is how many accounts a partition may keep unpacked, ``hot_facts`` how many facts,
    ``hot_subjects`` how many of the detectors' subjects.

    A new policy, case or sealed month makes a new context: see ``renewed``.
    """

    calendar: Calendar
    route: Route
    look: Look
    policies: PolicySet = field(default_factory=PolicySet)
    dismissed: frozenset[str] = frozenset()
    sealed_through: int = NEVER
    hot: int = 10_000
    hot_facts: int = 50_000
    hot_subjects: int = 20_000
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self.judge = Judge(self.calendar, self.policies, self.dismissed)
