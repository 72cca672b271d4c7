"""no_account: verified, but no account was opened by the end of the add's month."""

from pipeline.core.calendar import last_day_of
from pipeline.core.records import Who
from pipeline.core.rules.base import AddView, Example, Rule, verified, view


def applies(add: AddView) -> bool:
    """account_opened_on (or the CRM's row) is missing or after the last day of the month."""
    if add.verification is None or not add.policy.account_required:
        return False
    opened = add.who.account_opened_on if add.who is not None else None
    return opened is None or opened > last_day_of(add.month)


_LAST = last_day_of(2025 * 12 + 10)

RULE = Rule(
    code="no_account",
    verdict="invalid",
    applies=applies,
    severity="info",
    runbook_zh="客户在添加当月末仍未开户；开户日期更新后自动恢复。",
    runbook_en="No account by the end of the add's month; a corrected opening date cures it.",
    examples=(
        Example("not verified: not judged", view(), False),
        Example("the CRM has no row", view(verification=verified(), who=Who("b1")), True),
        Example(
            "opened on the month's last day",
            view(verification=verified(), who=Who("b1", True, account_opened_on=_LAST)),
            False,
        ),
        Example(
            "opened a day later",
            view(verification=verified(), who=Who("b1", True, account_opened_on=_LAST + 1)),
            True,
        ),
        Example(
            "where none is required",
            view(verification=verified(), policy={"account_required": False}),
            False,
        ),
    ),
)
