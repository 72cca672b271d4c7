"""removed_early: the friendship ended within the days that it must last."""

from pipeline.core.rules.base import AddView, Example, Rule, ref, view
from topics.events import EventRef
from topics.times import DAY_US


def deciding(add: AddView) -> EventRef | None:
    """The first removal by staff or customer with 0 <= its time - added_at <= keep_days * 24 h."""
    start = add.added.time
    end = start + add.policy.keep_days * DAY_US
    for removal in add.removals:
        if start <= removal.time <= end:
            return removal
    return None


def applies(add: AddView) -> bool:
    return bool(add.removals) and deciding(add) is not None


RULE = Rule(
    code="removed_early",
    verdict="invalid",
    applies=applies,
    severity="warning",
    runbook_zh="添加后在规定天数内被删除，不计入业绩。",
    runbook_en="The friendship ended before the days it must last; the add does not count.",
    examples=(
        Example("never removed", view(), False),
        Example("removed before the add", view(removals=[ref(-1)]), False),
        Example("removed at once", view(removals=[ref(0)]), True),
        Example("removed after exactly 7 days", view(removals=[ref(7 * DAY_US)]), True),
        Example("removed a microsecond later", view(removals=[ref(7 * DAY_US + 1)]), False),
        Example(
            "0 days: only the very instant",
            view(removals=[ref(1)], policy={"keep_days": 0}),
            False,
        ),
    ),
)
