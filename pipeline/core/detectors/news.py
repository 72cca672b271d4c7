"""What an account has to tell anew: the difference of what it told before and what it tells now."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.core.detectors.customers import Told
from pipeline.core.detectors.members import Member
from pipeline.core.detectors.open_months import OpenMonths
from pipeline.core.records import Signal

__all__ = ["FactRow", "changed_facts", "changed_signals"]

FactRow = tuple[str, str, Member | None]
"""(subject, customer_id, member; None: no more)"""


def changed_facts(
    customer_id: str, before: Told, after: Told, months: OpenMonths
) -> Iterator[FactRow]:
    """The facts that are new, other than before or no more, of subjects of open months."""
    old, new = before.facts, after.facts
    for subject, member in new.items():
        if old.get(subject) != member and months.has(subject):
            yield subject, customer_id, member
    for subject in old:
        if subject not in new and months.has(subject):
            yield subject, customer_id, None


def changed_signals(before: Told, after: Told, months: OpenMonths) -> Iterator[Signal]:
    """The customer's own signals that are new or other than before (score 0: no more), likewise."""
    old, new = before.signals, after.signals
    for name, signal in new.items():
        if old.get(name) != signal and months.include(signal.window_start):
            yield signal
    for name, signal in old.items():
        if name not in new and months.include(signal.window_start):
            yield signal.taken_back()
