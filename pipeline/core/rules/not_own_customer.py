"""not_own_customer: another staff member manages the verified bank customer, or nobody does."""

from pipeline.core.policy import Policy
from pipeline.core.records import Who
from pipeline.core.rules.base import AddView, Example, Rule, verified, view


def applies(add: AddView) -> bool:
    """The manager on the add's day is someone else, or nobody where that is not allowed.

    The staff member's role is not known here: the staff stage asks ``judges`` for it.
    """
    if add.verification is None or not add.policy.own_customer_required:
        return False
    manager = add.who.manager_on(add.day) if add.who is not None else None
    if manager is None:
        return not add.policy.own_customer_allow_unassigned
    return manager != add.staff_id


def judges(role: str | None, policy: Policy) -> bool:
    """Whether staff of this role are judged by it; None: the role is not known, and they are."""
    return role is None or role in policy.own_customer_roles


_MINE = Who("b1", True, manager="s1")
_CHANGED = Who("b1", True, manager="s1", manager_since=20_401, previous_manager="s2")

RULE = Rule(
    code="not_own_customer",
    verdict="invalid",
    applies=applies,
    severity="info",
    runbook_zh="该客户在添加当日不归属此员工；如归属有误，请更正 CRM。",
    runbook_en="The customer was not this staff member's on that day; correct the CRM if it errs.",
    examples=(
        Example("not verified: not judged", view(), False),
        Example("the own customer", view(verification=verified(), who=_MINE), False),
        Example(
            "a colleague's", view(verification=verified(), who=Who("b1", True, manager="s2")), True
        ),
        Example(
            "a colleague's until the next day", view(verification=verified(), who=_CHANGED), True
        ),
        Example(
            "the own from today", view(verification=verified(), who=_CHANGED, day=20_401), False
        ),
        Example("nobody's", view(verification=verified(), who=Who("b1", True)), True),
        Example(
            "nobody's where that is allowed",
            view(
                verification=verified(),
                who=Who("b1"),
                policy={"own_customer_allow_unassigned": True},
            ),
            False,
        ),
        Example(
            "where it is not required",
            view(verification=verified(), policy={"own_customer_required": False}),
            False,
        ),
    ),
)
