"""Worlds with crowds: customers who come to the same staff in the same minutes, from few devices.

Under their policy little evidence makes a fake, so that verdicts hang on what detectors find.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.definition.reader import instant
from tests.property.names import BANK_CUSTOMERS, STAFF, Names
from tests.property.notation import Draft
from tests.property.reference_strategies import customer_rows, staff_rows
from tests.property.strategies import IP_TABLE, World, lines_of

__all__ = ["crowds"]

NAMES = Names(4, 0, 4)
NOON = instant("2026-11-15T04:00:00Z")
MONTHS_END = instant("2026-11-30T15:58:00Z")  # two minutes before it, in Shanghai
SECOND = 1_000_000
DAY = 86_400 * SECOND
IPS = ("10.0.0.1", "10.1.2.3", "8.8.8.8")
POLICY = """version = "p"
effective_from = 2026-01-01
verification.required = false
[fake]
prior = {prior}
threshold = {threshold}
"""


@st.composite
def crowds(draw: st.DrawFn) -> World:
    """Up to 14 customers, of whom most came together."""
    start = draw(st.sampled_from((NOON, NOON, MONTHS_END)))
    route = draw(st.lists(st.sampled_from(STAFF), min_size=1, max_size=4, unique=True))
    drafts: list[Draft] = []
    for number in range(draw(st.integers(4, 14))):
        drafts += draw(_visits(number, start, route))
    drafts = [
        draft._replace(source="wecom/1", id=f"e{number}") for number, draft in enumerate(drafts)
    ]
    prior, threshold = draw(st.sampled_from((("0", "0.5"), ("-1000000", "0.6"), ("0", "0.95"))))
    return World(
        lines=draw(lines_of(drafts)),
        customers=draw(customer_rows(NAMES)),
        staff=draw(staff_rows(NAMES)),
        policies=[POLICY.format(prior=prior, threshold=threshold)],
        ip_table=IP_TABLE,
    )


@st.composite
def _visits(draw: st.DrawFn, number: int, start: int, route: list[str]) -> list[Draft]:
    """One customer: its adds along the route, and what it does besides."""
    customer_id = f"C{number}"
    linked = {
        "ip": draw(st.sampled_from((*IPS, None))),
        "device_id": draw(st.sampled_from(("d1", "d1", "d2", None))),
        "province": draw(st.sampled_from(("广东", "湖南", None))),
    }
    begins = start + draw(st.sampled_from((0, 0, 1, 40, 300, 4_000, 90_000))) * SECOND
    apart = draw(st.sampled_from((2, 2, 60, 700))) * SECOND
    staff = route if draw(st.booleans()) else route[: draw(st.integers(1, len(route)))]
    drafts = []
    for place, staff_id in enumerate(staff):
        time = begins + place * apart
        who = {"staff_id": staff_id, "customer_id": customer_id}
        way = draw(st.sampled_from((1, 1, 1, 1, 202)))
        drafts.append(_draft("friend.added", time, {**who, "add_way": way, **linked}))
        if draw(st.integers(0, 2)) == 0:
            gone = time + draw(st.sampled_from((SECOND, 6 * DAY, 7 * DAY + 1)))
            drafts.append(_draft("friend.removed", gone, {**who, "by": "customer"}))
    return drafts + draw(_besides(customer_id, staff[0], begins, linked))


@st.composite
def _besides(
    draw: st.DrawFn, customer_id: str, staff_id: str, time: int, linked: dict[str, Any]
) -> list[Draft]:
    drafts = []
    later = draw(st.sampled_from((SECOND, DAY, 20 * DAY)))
    if draw(st.booleans()):
        said = {"customer_id": customer_id, "staff_id": staff_id, "method": "h5_form", **linked,
                "bank_customer_id": draw(st.sampled_from(BANK_CUSTOMERS))}  # fmt: skip
        drafts.append(_draft("identity.verified", time + later, said))
    if draw(st.integers(0, 3)) == 0:
        said = {"customer_id": customer_id, "staff_id": staff_id, "sender": "customer",
                "kind": "text"}  # fmt: skip
        drafts.append(_draft("message.sent", time + later, said))
    return drafts


def _draft(kind: str, time: int, data: dict[str, Any]) -> Draft:
    return Draft(kind, "", "", time, {name: one for name, one in data.items() if one is not None})
