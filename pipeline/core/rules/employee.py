"""employee: the verified bank customer works for the bank."""

from pipeline.core.records import Who
from pipeline.core.rules.base import AddView, Example, Rule, verified, view


def applies(add: AddView) -> bool:
    return add.who is not None and add.who.employee and not add.policy.allow_employees


_EMPLOYEE = Who("b1", known=True, employee=True)

RULE = Rule(
    code="employee",
    verdict="invalid",
    applies=applies,
    severity="warning",
    runbook_zh="该客户是本行员工，不计入业绩。",
    runbook_en="The customer is an employee of the bank and does not count.",
    examples=(
        Example("nobody verified", view(), False),
        Example("a customer", view(verification=verified(), who=Who("b1", known=True)), False),
        Example("an employee", view(verification=verified(), who=_EMPLOYEE), True),
        Example(
            "an employee where they count",
            view(verification=verified(), who=_EMPLOYEE, policy={"allow_employees": True}),
            False,
        ),
    ),
)
