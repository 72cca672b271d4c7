"""transferred: the customer was handed over from a colleague, not won."""

from pipeline.core.records import History, Pair
from pipeline.core.rules.base import AddView, Example, Rule, ref, view
from topics.events import EventRef

TRANSFER_WAYS = (201, 202)
"""WeCom's add_way of customers assigned by the administrator or by inheritance."""


def applies(add: AddView) -> bool:
    """add_way 201 or 202, or a successful transfer to this staff member not after added_at."""
    if add.pair.add_way in TRANSFER_WAYS:
        return True
    transfer = add.pair.past().transfer
    return transfer is not None and transfer.time <= add.added.time


def _handed_over(at: EventRef) -> Pair:
    return Pair(history=History(transfer=at))


RULE = Rule(
    code="transferred",
    verdict="excluded",
    applies=applies,
    severity="info",
    runbook_zh="客户由同事转交，不计入新增。无需处理。",
    runbook_en="The customer was handed over by a colleague and is no new one. Nothing to do.",
    examples=(
        Example("a QR code's add", view(pair=Pair(add_way=1)), False),
        Example("assigned by the administrator", view(pair=Pair(add_way=202)), True),
        Example("inherited", view(pair=Pair(add_way=201)), True),
        Example("transferred at the add's instant", view(pair=_handed_over(ref(0))), True),
        Example("transferred a moment later", view(pair=_handed_over(ref(1))), False),
    ),
)
