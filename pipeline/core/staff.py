"""The staff stage: keyed by staff_id; the role, the province ratio, and the verdict at last.

It holds a staff member's adds by month as facts, and decides a month anew when one of them or the
staff member's row changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from pipeline.core.causes import resolved
from pipeline.core.fact_rows import STAFF, MonthRows
from pipeline.core.ids import add_id
from pipeline.core.policy import DEFAULT_POLICY, Policy, PolicySet
from pipeline.core.records import Candidate, Fact, Outcome, Retraction, StateRow
from pipeline.core.rules import not_own_customer, out_of_province
from topics.reference import Staff

__all__ = ["STAFF", "Decision", "StaffMonths"]

Month = tuple[str, int]
"""(staff_id, month)"""


class Decision(NamedTuple):
    """What became of an add: ``new`` None takes its row back, ``old`` None: it had none."""

    add_id: str
    month: int
    candidate: Candidate
    old: Outcome | None
    new: Outcome | None
    cause: str


class StaffMonths:
    """The facts of the staff months of interest: (staff_id, month) to customer_id to fact."""

    def __init__(self, policies: PolicySet) -> None:
        self._policies = policies.by_version
        self.months: dict[Month, dict[str, Fact]] = {}
        self._rows: dict[Month, MonthRows] = {}
        self._changed: dict[Month, dict[str, str]] = {}
        self._causes: dict[Month, str] = {}  # why months are decided of which no add changed
        self._reasoned: set[tuple[Month, str]] = set()  # changed in more than their evidence
        self._retracted: list[tuple[Month, str, Fact, str]] = []

    def load(self, rows: Iterable[tuple[str, int, str, bytes]]) -> None:
        """Takes (staff_id, month, customer_id, value) state rows in, all of a month at once."""
        by_month: dict[Month, list[tuple[str, bytes]]] = {}
        for staff_id, month, one, value in rows:
            by_month.setdefault((staff_id, month), []).append((one, value))
        for key, some in by_month.items():
            self.months[key] = self._month_rows(key).load(some)

    def take(self, message: Candidate | Retraction) -> None:
        """The ledger's news of an add; what is no news changes nothing."""
        key = (message.staff_id, message.month)
        facts = self.months.setdefault(key, {})
        one = message.customer_id
        if isinstance(message, Retraction):
            known = facts.pop(one, None)
            if known is not None:
                self._retracted.append((key, one, known, message.cause))
                self._changed.setdefault(key, {})
            return
        cause, message.cause = message.cause, ""
        known = facts.get(one)
        if known is None or not _same_but_evidence(known.candidate, message):
            self._reasoned.add((key, one))
        if known is None:
            facts[one] = Fact(message)
        elif known.candidate == message:
            return
        else:
            known.candidate = message
        self._changed.setdefault(key, {})[one] = cause

    def changed_staff(self) -> list[str]:
        """The staff members that have a month to decide."""
        return list({staff_id: None for staff_id, _ in self._changed})

    def size(self) -> int:
        """How many facts are held."""
        return sum(map(len, self.months.values()))

    def touch(self, key: Month, cause: str) -> None:
        """Decides the month again although no add changed: the staff row or a policy did."""
        self._changed.setdefault(key, {})
        self._causes[key] = cause

    def decide(self, staff: dict[str, Staff]) -> Iterator[Decision | StateRow]:
        """Decides every changed month; yields what changed and the state rows to keep."""
        for key, one, fact, why in self._retracted:
            yield self._month_rows(key).row(one, None)
            yield _decision(fact.candidate, fact.outcome, None, why)
        for key, causes in self._changed.items():
            yield from self._decide_month(key, staff.get(key[0]), causes)
        self._changed, self._retracted, self._reasoned, self._causes = {}, [], set(), {}

    def _decide_month(
        self, key: Month, staff: Staff | None, causes: dict[str, str]
    ) -> Iterator[Decision | StateRow]:
        facts, rows = self.months[key], self._month_rows(key)
        outcomes = self._outcomes(facts, staff)
        reasoned = self._reasoned
        default = next(
            (why for one, why in causes.items() if why and (key, one) in reasoned),
            self._causes.get(key, ""),
        )
        for one, fact in facts.items():
            old, new = fact.outcome, outcomes[one]
            if old == new and one not in causes:
                continue
            fact.outcome = new
            yield rows.row(one, fact)
            own = causes.get(one)
            if old != new and (key, one) not in reasoned:  # not by what happened to its evidence
                own = default or own
            yield _decision(fact.candidate, old, new, own or default)
        yield from rows.new_names()

    def _outcomes(self, facts: dict[str, Fact], staff: Staff | None) -> dict[str, Outcome]:
        role = staff.role if staff else None
        home = staff.province if staff else None
        outcomes = {}
        for one, fact in facts.items():
            reasons = list(fact.candidate.reasons)
            if not_own_customer.RULE.code in reasons and not not_own_customer.judges(
                role, self._policy(fact)
            ):
                reasons.remove(not_own_customer.RULE.code)
            outcomes[one] = Outcome(reasons, role, home)
        if home is not None:
            self._rank(facts, outcomes, home)
        return outcomes

    def _rank(self, facts: dict[str, Fact], outcomes: dict[str, Outcome], home: str) -> None:
        judged = [
            one
            for one, outcome in outcomes.items()
            if not outcome.reasons and facts[one].candidate.province is not None
        ]
        away = [one for one in judged if facts[one].candidate.province != home]
        away.sort(key=lambda one: (facts[one].candidate.added, one))
        inside = len(judged) - len(away)
        limits = [(one, self._policy(facts[one]).out_of_province_limit) for one in away]
        for ranked in out_of_province.rank(inside, limits):
            outcome = outcomes[ranked.name]
            outcome.inside, outcome.outside, outcome.rank = inside, len(away), ranked.rank
            if ranked.applies:
                outcome.reasons = [out_of_province.RULE.code]

    def _month_rows(self, key: Month) -> MonthRows:
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = MonthRows(*key)
        return rows

    def _policy(self, fact: Fact) -> Policy:
        return self._policies.get(fact.candidate.policy_version, DEFAULT_POLICY)


def _same_but_evidence(one: Candidate, other: Candidate) -> bool:
    """Whether nothing is otherwise that reasons may rest on: codes of evidence are reasons too."""
    if one.reasons != other.reasons:
        return False
    alike = msgspec.structs.replace(other, fake_score=one.fake_score, evidence=one.evidence)
    return one == alike


def _decision(
    candidate: Candidate, old: Outcome | None, new: Outcome | None, cause: str
) -> Decision:
    one = add_id(candidate.staff_id, candidate.customer_id)
    why = resolved(cause, candidate.policy_version, candidate.staff_id, candidate.customer_id)
    return Decision(one, candidate.month, candidate, old, new, why)
