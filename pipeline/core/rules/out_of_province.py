"""out_of_province: more friends from other provinces than the staff member's own explain.

Judged by the staff stage over a whole month of one staff member, among the adds without any
earlier code and with a known province: i of them inside the staff member's province; in order, the
k-th outside stays valid if k <= floor(i * L / (1 - L)) with its own policy's limit L.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from pipeline.core.rules.base import Rule


class Ranked(NamedTuple):
    """An add outside the province: its rank k among them and whether it is one too many."""

    name: str
    rank: int
    applies: bool


def allowed(inside: int, limit: Fraction) -> int | None:
    """How many adds outside ``inside`` adds inside allow; None: no bound. Exact integers."""
    if limit >= 1:
        return None
    return inside * limit.numerator // (limit.denominator - limit.numerator)


def rank(inside: int, outside: Iterable[tuple[str, Fraction]]) -> list[Ranked]:
    """Judges the adds outside, given in order as (name, limit)."""
    ranked = []
    for k, (name, limit) in enumerate(outside, 1):
        bound = allowed(inside, limit)
        ranked.append(Ranked(name, k, bound is not None and k > bound))
    return ranked


RULE = Rule(
    code="out_of_province",
    verdict="invalid",
    applies=lambda _: False,  # never by one add alone: see ``rank``
    severity="warning",
    runbook_zh="外省客户占比超过上限；如为正常业务，请补充本省客户或联系管理员。",
    runbook_en="More out-of-province friends than the limit allows; more in-province adds cure it.",
)
