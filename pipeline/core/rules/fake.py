"""fake_*: detectors' evidence against the add reached the policy's threshold.

The codes are the families of evidence; what they mean stands with their detectors. Their order in
``reasons`` is that of ``CODES``, then others by code point.
"""

from collections.abc import Iterable

from pipeline.core.detectors.base import CODES
from pipeline.core.rules.base import AddView, Example, Rule, view

_RANK = {code: rank for rank, code in enumerate(CODES)}


def codes(add: AddView) -> list[str]:
    """The fake codes of an add, in the contract's order; none where its case is dismissed."""
    return [] if add.dismissed else in_order(add.families)


def in_order(families: Iterable[str]) -> list[str]:
    return sorted(families, key=lambda code: (_RANK.get(code, len(CODES)), code))


RULE = Rule(
    code="fake_*",
    verdict="fake",
    applies=lambda add: bool(codes(add)),
    severity="critical",
    runbook_zh="疑似虚假添加：请在案件中查看证据，核实后确认或驳回。",
    runbook_en="Probably a fake add: look at the evidence, then confirm or dismiss the case.",
    examples=(
        Example("no evidence", view(), False),
        Example("evidence over the threshold", view(families=("fake_burst",)), True),
        Example("dismissed by a person", view(families=("fake_burst",), dismissed=True), False),
    ),
)
