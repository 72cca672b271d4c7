"""unverified: nobody knows which bank customer this is (yet)."""

from pipeline.core.rules.base import AddView, Example, Rule, verified, view
from topics.times import DAY_US


def applies(add: AddView) -> bool:
    return add.verification is None and add.policy.verification_required


def pending_until(add: AddView) -> int:
    """added_at + verify_within_days * 24 h: pending while *as of* is not later."""
    return add.added.time + add.policy.verify_within_days * DAY_US


RULE = Rule(
    code="unverified",
    verdict="pending",
    applies=applies,
    severity="info",
    runbook_zh="客户尚未认证：请引导其通过 H5 表单或手机银行完成认证。",
    runbook_en="The customer is not verified: lead them to the H5 form or the bank's app.",
    examples=(
        Example("not verified", view(), True),
        Example("verified before the add", view(verification=verified(-1)), False),
        Example("verified months later", view(verification=verified(90 * DAY_US)), False),
        Example("where none is required", view(policy={"verification_required": False}), False),
    ),
)
