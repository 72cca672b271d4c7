"""What a rule is, and what it sees of an add."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from pipeline.core.policy import DEFAULT_POLICY, Policy
from pipeline.core.records import Pair, Verification, Who
from topics.events import EventRef
from topics.times import DAY_US

__all__ = ["AddView", "Example", "Rule", "Verdict", "view"]

Verdict = Literal["valid", "pending", "invalid", "fake", "excluded"]


@dataclass(slots=True)
class AddView:
    """All that the ledger's rules may look at: one add and its customer's side.

    ``day`` and ``month`` are the bank's, ``removals`` those by staff or customer in order,
    ``earlier_add`` is the customer's first add where this is a later one, ``families`` the fake
    codes whose evidence reached the threshold.
    """

    staff_id: str
    pair: Pair
    added: EventRef
    day: int
    month: int
    policy: Policy
    removals: Sequence[EventRef] = ()
    earlier_add: EventRef | None = None
    verification: Verification | None = None
    who: Who | None = None
    families: Sequence[str] = ()
    dismissed: bool = False


class Example(NamedTuple):
    """A rule's example: an add and whether the rule applies to it."""

    name: str
    view: AddView
    applies: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason code: when it applies, what follows, and what to do about it."""

    code: str
    verdict: Verdict
    applies: Callable[[AddView], bool]
    severity: Literal["info", "warning", "critical"]
    runbook_zh: str
    runbook_en: str
    examples: Sequence[Example] = field(default=(), repr=False)


_DAY = 20_400  # 2025-11-08
_NOON = _DAY * DAY_US + 4 * 3_600_000_000  # noon in Shanghai
_BASE = AddView(
    staff_id="s1",
    pair=Pair(added=EventRef(_NOON, "e1", "wecom"), add_way=1),
    added=EventRef(_NOON, "e1", "wecom"),
    day=_DAY,
    month=2025 * 12 + 10,
    policy=DEFAULT_POLICY,
)


def view(*, after: int = 0, policy: dict[str, Any] | None = None, **changes: Any) -> AddView:
    """An add for an example: ``after`` microseconds later than noon, with these changes."""
    changed = replace(_BASE, **changes)
    if policy:
        changed.policy = replace(DEFAULT_POLICY, **policy)
    if after:
        changed.added = EventRef(_NOON + after, "e1", "wecom")
    return changed


def ref(offset_us: int = 0, event_id: str = "e0") -> EventRef:
    """An event for an example, ``offset_us`` after the example's add."""
    return EventRef(_NOON + offset_us, event_id, "wecom")


def verified(offset_us: int = 0, bank_customer_id: str = "b1") -> Verification:
    """A verification for an example, ``offset_us`` after the example's add."""
    return Verification(ref(offset_us, "v1"), bank_customer_id)
