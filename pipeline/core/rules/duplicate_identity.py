"""duplicate_identity: another account was verified as the same bank customer before."""

from pipeline.core.records import Owner, Who
from pipeline.core.rules.base import AddView, Example, Rule, ref, verified, view


def applies(add: AddView) -> bool:
    """Another customer_id's first verification names the same bank customer and is earlier."""
    return (
        add.who is not None and add.who.owner is not None and not add.policy.allow_shared_identity
    )


_SECOND = Who("b1", known=True, owner=Owner(ref(-5, "v0"), "c0"))

RULE = Rule(
    code="duplicate_identity",
    verdict="invalid",
    applies=applies,
    severity="warning",
    runbook_zh="同一银行客户已由另一个微信号认证，请核实是否一人多号。",
    runbook_en="Another account was verified as this bank customer before: check for one person "
    "with many accounts.",
    examples=(
        Example("the only account", view(verification=verified(), who=Who("b1")), False),
        Example("the second account", view(verification=verified(), who=_SECOND), True),
        Example(
            "the second account where they may share",
            view(verification=verified(), who=_SECOND, policy={"allow_shared_identity": True}),
            False,
        ),
    ),
)
