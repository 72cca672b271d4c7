"""What ``verdict_changes.cause`` names: the event, row, policy or case that changed the verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.core.ids import add_id
from tests.database_maker import Database, added, removed, verified

ONE = add_id("S1", "C1")
POLICY = 'version = "{}"\neffective_from = {}\n{}\n'


def causes(bank: Database, one: str = ONE) -> list[tuple[str, list[str], dict[str, Any]]]:
    """(new verdict, its reasons, cause) of the add's changes, in order."""
    rows = bank.rows(
        "SELECT new_verdict, new_reasons, cause FROM verdict_changes "
        f"WHERE add_id = '{one}' ORDER BY seq"
    )
    return [(verdict, reasons, json.loads(cause)) for verdict, reasons, cause in rows]


def event_ids(bank: Database, one: str = ONE) -> list[str]:
    return [cause["event"]["id"] for _, _, cause in causes(bank, one)]


def test_a_removal_is_not_laid_to_another_staff_members_add(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(added("S1", "C1", "2026-11-10"), verified("C1", "K1", "2026-11-10"))
    bank.replay(removed("S1", "C1", "2026-11-12"), added("S2", "C1", "2026-11-14"))
    assert event_ids(bank) == ["v2026-11-10C1", "r2026-11-12S1C1"]
    assert event_ids(bank, add_id("S2", "C1")) == ["a2026-11-14S2C1"]


def test_the_first_row_is_not_laid_to_another_pairs_removal(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(
        verified("C1", "K1", "2026-11-09"),
        added("S1", "C1", "2026-11-10"),
        added("S2", "C1", "2026-11-11"),
        removed("S2", "C1", "2026-11-12"),
    )
    assert event_ids(bank) == ["a2026-11-10S1C1"]
    assert event_ids(bank, add_id("S2", "C1")) == ["r2026-11-12S2C1"]


def test_a_second_verification_changes_nothing_and_causes_nothing(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(added("S1", "C1", "2026-11-10"), verified("C1", "K1", "2026-11-10"))
    bank.replay(removed("S1", "C1", "2026-11-12"), verified("C1", "K2", "2026-11-14"))
    assert event_ids(bank) == ["v2026-11-10C1", "r2026-11-12S1C1"]


def test_an_earlier_add_elsewhere_is_the_cause_for_all_later_ones(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(added("S1", "C1", "2026-11-10"), verified("C1", "K1", "2026-11-10"))
    bank.replay(added("S2", "C1", "2026-11-02"))
    assert [change[:2] for change in causes(bank)][-1] == ("excluded", ["not_first_time"])
    assert event_ids(bank)[-1] == "a2026-11-02S2C1"


def test_a_staff_row_is_named_with_its_key(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(
        added("S1", "C1", "2026-11-10", province="广东"), verified("C1", "K1", "2026-11-10")
    )
    bank.staff("S1", role="manager", branch_id="B1", province="北京")
    bank.replay()
    assert causes(bank)[-1][1:] == (["out_of_province"], {"reference": "staff/S1"})


def test_of_several_policies_it_is_the_one_that_judges_now(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.customer("K1", employee=True)
    bank.replay(added("S1", "C1", "2026-11-11"), verified("C1", "K1", "2026-11-11"))
    early = POLICY.format("p1", "2026-11-11", "allow_employees = true")
    late = POLICY.format("p2", "2026-11-12", "keep_days = 3")
    bank.replay(policies=[early, late])
    assert [change[:2] for change in causes(bank)] == [("invalid", ["employee"]), ("valid", [])]
    assert causes(bank)[-1][2] == {"policy": "p1"}
