"""The rules of the contract's section 3, in its order: one small file each.

``RULES`` are the ledger's, judged by one customer's side; ``OUT_OF_PROVINCE`` is the staff stage's.
Every rule is judged on its own; the first that applies gives the verdict.
"""

from collections.abc import Sequence

from pipeline.core.rules import (
    duplicate_identity,
    employee,
    fake,
    no_account,
    not_first_time,
    not_own_customer,
    out_of_province,
    removed_early,
    transferred,
    unverified,
)
from pipeline.core.rules.base import AddView, Rule, Verdict

__all__ = ["ALL_RULES", "RULES_VERSION", "find_rule", "reasons_for", "verdict_of"]

RULES_VERSION = "2"
"""Version of the rules' and detectors' code; a new one may judge the same events otherwise."""

_BEFORE_FAKE = (transferred.RULE, not_first_time.RULE)
_AFTER_FAKE = (
    employee.RULE,
    duplicate_identity.RULE,
    removed_early.RULE,
    unverified.RULE,
    no_account.RULE,
    not_own_customer.RULE,
)
ALL_RULES: tuple[Rule, ...] = (*_BEFORE_FAKE, fake.RULE, *_AFTER_FAKE, out_of_province.RULE)
_BY_CODE = {rule.code: rule for rule in ALL_RULES}


def find_rule(code: str) -> Rule:
    """The rule that gives this reason code."""
    return _BY_CODE["fake_*" if code.startswith("fake_") else code]


def reasons_for(add: AddView) -> list[str]:
    """The codes that apply by the customer's side alone, in the contract's order."""
    reasons = [rule.code for rule in _BEFORE_FAKE if rule.applies(add)]
    if add.families:
        reasons += fake.codes(add)
    reasons += [rule.code for rule in _AFTER_FAKE if rule.applies(add)]
    return reasons


def verdict_of(reasons: Sequence[str], *, overdue: bool = False) -> Verdict:
    """The first reason's verdict; ``overdue``: *as of* is later than the add's pending_until."""
    if not reasons:
        return "valid"
    if reasons[0] == unverified.RULE.code:
        return "invalid" if overdue else "pending"
    return find_rule(reasons[0]).verdict
