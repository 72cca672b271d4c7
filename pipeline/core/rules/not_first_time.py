"""not_first_time: the customer was some staff member's friend before."""

from pipeline.core.rules.base import AddView, Example, Rule, ref, view


def applies(add: AddView) -> bool:
    """An earlier add of the same customer, whatever its verdict; never with scope "staff"."""
    return add.earlier_add is not None and add.policy.first_time_scope == "bank"


RULE = Rule(
    code="not_first_time",
    verdict="excluded",
    applies=applies,
    severity="info",
    runbook_zh="该客户此前已是本行员工的好友，只计第一次添加。",
    runbook_en="The customer was a friend of this bank's staff before; only the first add counts.",
    examples=(
        Example("the customer's first add", view(), False),
        Example("a colleague was first", view(earlier_add=ref(-1)), True),
        Example(
            "a colleague was first, each staff member counts for himself",
            view(earlier_add=ref(-1), policy={"first_time_scope": "staff"}),
            False,
        ),
    ),
)
