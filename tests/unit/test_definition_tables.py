"""The definition on its own: the tables by day, branch and segment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.definition.bank import MANAGER, NOON, Bank, added, moved, removed, verified
from tests.definition.build import line
from tests.definition.cases import ANSWERED, COVERED, conversation


def test_a_day_of_a_staff_member() -> None:
    who: dict[str, Any] = {"staff_id": "S1", "customer_id": "C1"}
    sale: dict[str, Any] = {**who, "bank_customer_id": "K1", "product": "fund", "amount_fen": 700}
    task: dict[str, Any] = {"staff_id": "S1", "task_id": "T"}
    found = Bank(
        added(), verified(), removed("2026-11-10T15:59:59.999999Z"), removed(NOON, by="transfer"),
        line("moment.published", NOON, "1", staff_id="S1", moment_id="M", advert=True),
        line("moment.published", NOON, "2", staff_id="S1", moment_id="N", advert=False),
        line("moment.reacted", NOON, "3", **who, moment_id="M", kind="like"),
        line("group.joined", NOON, "4", **who, group_id="G"),
        line("group.left", NOON, "5", **who, group_id="G"),
        line("link.opened", NOON, "6", **who, link_id="L", product="anything"),
        line("task.assigned", NOON, "7", **task, kind="moment", assigned_by="O"),
        line("task.executed", NOON, "8", **task, status="sent"),
        line("task.executed", NOON, "9", **task, status="failed"),
        line("sale.completed", NOON, "10", **sale),
        line("sale.completed", NOON, "11", **sale, interest_income_fen=5, fee_income_fen=-2),
    )  # fmt: skip
    row = {
        "day": "2026-11-10", "staff_id": "S1", "branch_id": "B1", "adds": 1, "invalid": 1,
        "verified": 1, "removed": 1, "moments": 2, "adverts": 1, "reactions": 1,
        "groups_joined": 1, "links_opened": 1, "tasks_assigned": 1, "tasks_executed": 1,
        "sales": 2, "amount_fen": 1400, "interest_income_fen": 5, "fee_income_fen": -2,
    }  # fmt: skip
    assert found.days("staff_daily") == [row]
    del row["staff_id"]
    assert found.days("branch_daily") == [row | {"staff_active": 1}]


def test_a_day_without_counts_has_no_row() -> None:
    left = line("group.left", NOON, "1", staff_id="S1", customer_id="C1", group_id="G")
    quiet = [removed(NOON, by="transfer"), moved(NOON), verified(staff_id="S1"), left]
    assert Bank(*quiet).days("staff_daily") == []


@pytest.mark.parametrize(("staff_wrote", "answered"), ANSWERED.items())
def test_an_answer_is_at_or_after_the_first_message_of_the_day(
    staff_wrote: str, answered: int
) -> None:
    found = Bank(*conversation(staff_wrote))
    day = next(row for row in found.days("staff_daily") if row["day"] == "2026-11-10")
    assert (day["customers_wrote"], day.get("customers_answered", 0)) == (2, answered)
    assert (day["messages_received"], day["messages_sent"]) == (4, 1 + (staff_wrote < "2026-11-11"))


def test_branch_days_keep_staff_without_a_branch() -> None:
    found = Bank(added(), added(staff="S2"), added(staff="S3"), added(staff="S4"),
                 staff=[MANAGER, MANAGER | {"staff_id": "S2"}])  # fmt: skip
    rows = [(r["branch_id"], r["staff_active"], r["adds"]) for r in found.days("branch_daily")]
    assert rows == [("B1", 2, 2), (None, 2, 2)]


@pytest.mark.parametrize(("events", "covered"), COVERED)
def test_a_customer_is_covered_by_a_friendship_with_the_manager(
    events: list[bytes], covered: int
) -> None:
    found = Bank(*events).rows("FROM d_segment_coverage")
    assert found == [("S1", None, "B1", 1, covered)]


def test_segments_of_managers() -> None:
    rows = [
        {"bank_customer_id": "K1", "manager_staff_id": "S1", "segment": "gold"},
        {"bank_customer_id": "K2", "manager_staff_id": "S1", "segment": "gold", "employee": False},
        {"bank_customer_id": "K3", "manager_staff_id": "S1", "segment": "", "tags": ["a"]},
        {"bank_customer_id": "K4", "manager_staff_id": "S1", "segment": "gold", "employee": True},
        {"bank_customer_id": "K5", "segment": "gold", "previous_manager_staff_id": "S1"},
        {"bank_customer_id": "K6", "manager_staff_id": "S2", "manager_since": "2099-01-01"},
        {"bank_customer_id": "K7", "manager_staff_id": "S1", "segment": "gold"},
        {"bank_customer_id": "K7", "manager_staff_id": 1},  # a bad field: the earlier row stays
    ]
    found = Bank(customers=rows).rows("FROM d_segment_coverage ORDER BY ALL")
    assert found == [("S1", "gold", "B1", 3, 0), ("S1", None, "B1", 1, 0), ("S2", None, None, 1, 0)]
