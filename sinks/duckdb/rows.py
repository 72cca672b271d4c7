"""Decisions as Arrow tables in the columns of ``adds``, so that whole batches go into DuckDB."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from pipeline.core.calendar import Calendar, month_text
from pipeline.core.facts import facts
from pipeline.core.policy import PolicySet
from pipeline.core.rules import RULES_VERSION, verdict_of
from pipeline.core.staff import Decision
from topics.times import DAY_US

__all__ = ["DECISIONS", "AddRows"]

_TIME = pa.timestamp("us", tz="UTC")
DECISIONS = pa.schema(
    [
        ("add_id", pa.string()),
        ("staff_id", pa.string()),
        ("customer_id", pa.string()),
        ("bank_customer_id", pa.string()),
        ("added_at", _TIME),
        ("verified_at", _TIME),
        ("province", pa.string()),
        ("verdict", pa.string()),
        ("reasons", pa.list_(pa.string())),
        ("fake_score", pa.float64()),
        ("evidence", pa.string()),
        ("policy_version", pa.string()),
        ("pending_until", _TIME),
        ("facts", pa.string()),
        ("rules_version", pa.string()),
        ("day", pa.date32()),
        ("month", pa.string()),
        ("add_way", pa.int64()),
        # Not of the table: what brought the row about (JSON), whether it is taken back.
        ("cause", pa.string()),
        ("retracted", pa.bool_()),
        ("changed", pa.bool_()),  # the reasons are other than before
    ]
)


class AddRows:
    """Turns decisions into rows, with the verdict as *as of* (microseconds) has it."""

    def __init__(self, calendar: Calendar, policies: PolicySet, as_of: int) -> None:
        self._calendar = calendar
        self._as_of = as_of
        self._policies = policies.by_version

    def row(self, decision: Decision) -> tuple[Any, ...]:
        """In the schema ``DECISIONS``."""
        candidate = decision.candidate
        outcome = decision.new
        policy = self._policies[candidate.policy_version]
        added = candidate.added.time
        pending_until = added + policy.verify_within_days * DAY_US
        verification, who = candidate.verification, candidate.who
        reasons = outcome.reasons if outcome is not None else []
        return (
            decision.add_id,
            candidate.staff_id,
            candidate.customer_id,
            who.bank_customer_id if who is not None else None,
            added,
            verification.time if verification is not None else None,
            candidate.province,
            verdict_of(reasons, overdue=self._as_of > pending_until),
            reasons,
            candidate.fake_score,
            candidate.evidence,
            candidate.policy_version,
            pending_until,
            facts(candidate, outcome, policy, self._calendar) if outcome is not None else None,
            RULES_VERSION,
            self._calendar.day(added),
            month_text(candidate.month),
            candidate.add_way,
            decision.cause,
            outcome is None,
            decision.old is None or decision.old.reasons != reasons,
        )
