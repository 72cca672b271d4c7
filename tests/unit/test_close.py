"""Sealing a month, seen from outside: what freezes, what still counts, what is recorded as late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import PolicyError, TruefriendError, WrongUse
from pipeline.core.ledger.account import Account
from pipeline.core.ledger.memory import FOREVER
from sinks.duckdb.database import writing
from sinks.duckdb.state import Notes
from tests.database_maker import Database, added, line, message, removed, verified

NOV_END = "2026-12-01T00:00:00+08:00"
CLOSED = "2026-11"


def sealed_november(folder: Path, *events: bytes, **reference: Any) -> Database:
    """A database whose November is sealed, as of the first instant of December."""
    bank = Database(folder, **reference)
    bank.replay(*events, as_of=NOV_END)
    bank.close(CLOSED)
    return bank


@pytest.fixture
def bank(tmp_path: Path) -> Database:
    """S1 and S2 with November adds: C1 valid, C2 pending and so invalid at the seal."""
    return sealed_november(
        tmp_path,
        added("S1", "C1", "2026-11-10"),
        verified("C1", "K1", "2026-11-10"),
        added("S1", "C2", "2026-11-20"),
        message("S1", "C1", "2026-11-11"),
    )


def test_what_was_pending_is_invalid_with_its_cause(bank: Database) -> None:
    assert bank.verdicts() == {"S1/C1": "valid", "S1/C2": "invalid unverified"}
    assert bank.rows(
        "SELECT cause, old_verdict, new_verdict, old_reasons, new_reasons FROM verdict_changes "
        "ORDER BY seq DESC LIMIT 1"
    ) == [('{"month":"2026-11"}', "pending", "invalid", ["unverified"], ["unverified"])]
    assert bank.rows("SELECT month, epoch_us(sealed_as_of) FROM months") == [
        ("2026-11", 1796054400000000)
    ]


def test_the_revision_of_an_expired_add_grows(bank: Database) -> None:
    assert bank.rows(
        "SELECT v.revision = a.revision, v.revision > 4294967296 FROM adds a "
        "JOIN verdict_changes v USING (add_id) WHERE customer_id = 'C2' ORDER BY seq"
    ) == [(False, True), (True, True)]


def test_only_what_an_open_month_needs_is_dropped(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(
        added("S1", "C1", "2026-11-10"),
        message("S1", "C1", "2026-11-11"),
        message("S1", "C1", "2026-12-02"),
    )
    bank.close(CLOSED)
    ((key, value),) = bank.rows("SELECT key, value FROM internal.state WHERE stage = 'ledger'")
    account = Account()
    account.load([("account", "", value)])
    assert key == "C1"
    assert {month: len(ids) for month, ids in account.tails().items()} == {FOREVER: 16, 24323: 16}
    assert account.pairs["S1"].added is not None
    assert account.pairs["S1"].talk is not None
    assert account.pairs["S1"].talk[::3] == [20789]  # 2026-12-02
    assert bank.rows("SELECT day::VARCHAR FROM internal.rolling") == [("2026-12-02",)]


def test_reports_are_the_same_before_and_after(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(
        added("S1", "C1", "2026-11-10"),
        verified("C1", "K1", "2026-11-10"),
        removed("S1", "C1", "2026-11-30"),
        message("S1", "C1", "2026-12-02"),
    )
    before = bank.days("staff_daily"), bank.days("branch_daily")
    bank.close(CLOSED)
    assert (bank.days("staff_daily"), bank.days("branch_daily")) == before


# An event after the seal: what becomes of it, and its rows of late_events as (add, verdict).
LATE: dict[str, tuple[list[bytes], dict[str, int], list[tuple[Any, ...]]]] = {
    "a message": ([message("S1", "C1", "2026-11-12")], {"late": 1}, [(None, None)]),
    "a message that was counted: its id is forgotten": (
        [message("S1", "C1", "2026-11-11")], {"late": 1}, [(None, None)]),
    "a message of the open month": ([message("S1", "C1", "2026-12-02")], {"applied": 1}, []),
    "an event that counts nothing": (
        [line("customer.active", "2026-11-12", "x", bank_customer_id="K1", kind="login")],
        {"applied": 1}, []),
    "an add": ([added("S2", "C3", "2026-11-12")], {"late": 1}, [("S2/C3", "invalid")]),
    "an add that is verified": (
        [added("S2", "C3", "2026-11-12"), verified("C3", "K3", "2026-11-12")], {"late": 2},
        [("S2/C3", "valid"), ("S2/C3", "valid")]),
    "an add before a sealed one of the customer": (
        [added("S2", "C1", "2026-11-09")], {"late": 1},
        [("S1/C1", "excluded"), ("S2/C1", "invalid")]),
    "the same add twice": (
        [added("S2", "C3", "2026-11-12"), added("S2", "C3", "2026-11-12")],
        {"late": 1, "duplicates": 1}, [("S2/C3", "invalid")]),
    "an add's copy": ([added("S1", "C1", "2026-11-10")], {"duplicates": 1}, []),
    "a second friend.added": ([added("S1", "C1", "2026-11-25")], {"applied": 1}, []),
    "an earlier friend.added": (
        [added("S1", "C1", "2026-11-05")], {"late": 1}, [("S1/C1", "valid")]),
    "a verification that would cure": (
        [verified("C2", "K2", "2026-12-05")], {"late": 1}, [("S1/C2", "valid")]),
    "a verification's copy": ([verified("C1", "K1", "2026-11-10")], {"duplicates": 1}, []),
    "a later verification": ([verified("C1", "K2", "2026-12-05")], {"applied": 1}, []),
    "an earlier one as somebody else": (
        [verified("C1", "K9", "2026-11-01")], {"late": 1}, [("S1/C1", "invalid")]),
    "another's earlier one of the bank number": (
        [verified("C9", "K1", "2026-11-01")], {"late": 1}, [("S1/C1", "invalid")]),
    "another's later one of the bank number": (
        [verified("C9", "K1", "2026-11-11")], {"applied": 1}, []),
    "another's earlier one, then its open add": (
        [verified("C9", "K1", "2026-11-01"), added("S1", "C9", "2026-12-01")],
        {"late": 1, "applied": 1}, [("S1/C1", "invalid")]),
    "a removal within 7 days": (
        [removed("S1", "C1", "2026-11-12")], {"late": 1}, [("S1/C1", "invalid"), (None, None)]),
    "a removal later in the month": (
        [removed("S1", "C1", "2026-11-29")], {"late": 1}, [(None, None)]),
    "a transfer before the add": (
        [line("friend.transferred", "2026-11-09", "t", from_staff_id="S9", to_staff_id="S1",
              customer_id="C1", result="success")],
        {"late": 1}, [("S1/C1", "excluded")]),
    "an add of a month before without any event": (
        [added("S2", "C3", "2026-09-12")], {"late": 1}, [("S2/C3", "invalid")]),
    "a message of a month before without any event": (
        [message("S1", "C1", "2026-09-12")], {"late": 1}, [(None, None)]),
}  # fmt: skip


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("name", LATE)
def test_late_events(bank: Database, name: str, shards: int) -> None:
    events, counts, late = LATE[name]
    before = bank.frozen()
    summary = bank.replay(*events, shards=shards)
    got = {"applied": summary.applied, "late": summary.late, "duplicates": summary.duplicates}
    assert got == {"applied": 0, "late": 0, "duplicates": 0, **counts}
    assert sorted(bank.late(), key=str) == sorted(late, key=str)
    assert bank.frozen() == before
    assert (
        bank.rows("SELECT month FROM months WHERE sealed_as_of IS NULL AND month < '2026-12'") == []
    )


def test_a_late_row_names_its_event(bank: Database) -> None:
    bank.replay(verified("C9", "K1", "2026-11-01"), added("S2", "C9", "2026-12-01"))
    assert bank.rows(
        "SELECT seq, event_id, source, type, epoch_us(time), month, verdict FROM late_events"
    ) == [
        (1, "v2026-11-01C9", "wecom/ww1", "identity.verified", 1793505600000000, "2026-11",
         "invalid")
    ]  # fmt: skip


def test_a_removal_in_december_is_late_and_still_counts_there(tmp_path: Path) -> None:
    bank = sealed_november(
        tmp_path, added("S1", "C1", "2026-11-28"), verified("C1", "K1", "2026-11-28")
    )
    before = bank.frozen()
    summary = bank.replay(removed("S1", "C1", "2026-12-03"))
    assert (summary.applied, summary.late) == (0, 1)
    assert bank.late() == [("S1/C1", "invalid")]
    assert bank.rows("SELECT day::VARCHAR, removed FROM staff_daily WHERE removed > 0") == [
        ("2026-12-03", 1)
    ]
    assert bank.frozen() == before


def test_an_open_add_whose_first_friend_added_is_in_the_sealed_month_vanishes(
    bank: Database,
) -> None:
    bank.replay(added("S2", "C3", "2026-12-05"), verified("C3", "K3", "2026-12-05"))
    assert bank.verdicts()["S2/C3"] == "valid"
    before = bank.frozen()
    summary = bank.replay(added("S2", "C3", "2026-11-05"))
    assert (summary.late, bank.late()) == (1, [("S2/C3", "valid")])
    assert "S2/C3" not in bank.verdicts()
    assert bank.rows(
        "SELECT old_verdict, new_verdict FROM verdict_changes ORDER BY seq DESC LIMIT 1"
    ) == [("valid", None)]
    assert bank.frozen() == before


def test_a_late_add_still_counts_for_open_months(bank: Database) -> None:
    bank.replay(added("S2", "C3", "2026-12-05"), verified("C3", "K3", "2026-12-05"))
    bank.replay(added("S1", "C3", "2026-11-05"))
    assert bank.verdicts()["S2/C3"] == "excluded not_first_time"


def test_a_late_verification_still_counts_for_open_months(bank: Database) -> None:
    bank.replay(added("S2", "C2", "2026-12-05"))
    assert bank.verdicts()["S2/C2"] == "excluded not_first_time unverified"
    bank.replay(verified("C2", "K3", "2026-12-06"))
    assert bank.verdicts()["S2/C2"] == "excluded not_first_time"
    assert bank.verdicts()["S1/C2"] == "invalid unverified"


def test_the_province_ratio_of_a_sealed_month(tmp_path: Path) -> None:
    """Four adds in the province allow one outside; a late removal of one of them takes it back."""
    events = [
        event
        for n in range(5)
        for event in (
            added("S1", f"C{n}", f"2026-11-1{n}", province="湖南" if n == 4 else "广东"),
            verified(f"C{n}", f"K1{n}", f"2026-11-1{n}"),
        )
    ]
    bank = sealed_november(tmp_path, *events, accounts=[f"K1{n}" for n in range(5)])
    assert set(bank.verdicts().values()) == {"valid"}
    before = bank.frozen()
    bank.replay(removed("S1", "C0", "2026-11-12"))
    assert sorted(bank.late(), key=str) == [
        ("S1/C0", "invalid"), ("S1/C4", "invalid"), (None, None)
    ]  # fmt: skip
    assert bank.frozen() == before


def test_reference_rows_change_no_sealed_row(bank: Database) -> None:
    before = bank.frozen()
    bank.staff("S1", branch_id="B9", role="teller", province="湖南")
    bank.customer("K1", employee=True)
    bank.replay(message("S1", "C1", "2026-12-02"))
    assert bank.frozen() == before
    assert bank.late() == []
    assert bank.rows("SELECT day::VARCHAR, branch_id FROM branch_daily ORDER BY day") == [
        ("2026-11-10", "B1"), ("2026-11-11", "B1"), ("2026-11-20", "B1"), ("2026-12-02", "B9"),
    ]  # fmt: skip


def test_a_change_of_staff_is_not_laid_to_a_later_event(tmp_path: Path) -> None:
    """K3 is S2's, which does not matter to a teller: but C1's add came when S1 was a manager."""
    bank = sealed_november(
        tmp_path, added("S1", "C1", "2026-11-10"), verified("C1", "K3", "2026-11-10")
    )
    bank.staff("S1", branch_id="B1", role="teller", province="广东")
    bank.replay(message("S1", "C1", "2026-12-02"))
    bank.replay(added("S1", "C7", "2026-11-12"))
    assert bank.verdicts() == {"S1/C1": "invalid not_own_customer"}
    assert bank.late() == [("S1/C7", "invalid")]


def test_a_policy_before_the_end_of_a_sealed_month_is_refused(bank: Database) -> None:
    before = bank.frozen()
    with pytest.raises(PolicyError, match="2026-11, which is sealed"):
        bank.replay(policy='version = "p"\neffective_from = 2026-11-30\n')
    bank.replay(policy='version = "p"\neffective_from = 2026-12-01\nkeep_days = 1\n')
    assert bank.frozen() == before


def test_a_policy_of_a_sealed_month_may_be_given_again(tmp_path: Path) -> None:
    policy = 'version = "p"\neffective_from = 2026-11-01\n'
    bank = Database(tmp_path)
    bank.replay(added("S1", "C1", "2026-11-10"), as_of=NOV_END, policy=policy)
    bank.close(CLOSED)
    bank.replay(added("S1", "C1", "2026-12-10"), policy=policy)
    with pytest.raises(PolicyError):
        bank.replay(added("S1", "C1", "2026-12-11"), policy=f"{policy}keep_days = 1\n")


def test_time_expires_no_sealed_row(bank: Database) -> None:
    before = bank.frozen()
    bank.replay(as_of="2027-03-01")
    assert bank.frozen() == before


def test_two_months_in_order(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(
        added("S1", "C1", "2026-11-10"), added("S1", "C2", "2026-12-10"), as_of="2027-02-01"
    )
    with pytest.raises(WrongUse, match="truefriend close --month 2026-11"):
        bank.close("2026-12")
    assert bank.close("2026-11").expired == 0  # 30 days were over
    assert bank.close("2026-11").already
    assert not bank.close("2026-12").already
    assert bank.close("2026-10").already  # lies before
    assert not bank.close("2027-01").already  # nothing in it
    assert bank.rows("SELECT month FROM months WHERE sealed_as_of IS NULL") == []


def test_late_for_one_sealed_month_after_another(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(
        added("S1", "C1", "2026-11-10"), added("S1", "C2", "2026-12-10"), as_of="2027-02-01"
    )
    bank.close("2026-11")
    bank.close("2026-12")
    before = bank.frozen()
    assert bank.replay(added("S1", "C2", "2026-11-20")).late == 1
    assert bank.rows("SELECT month, verdict FROM late_events") == [("2026-11", "invalid")]
    assert bank.frozen() == before


@pytest.mark.parametrize(
    "month", ["2026-1", "2026-13", "november", "2026-11-01", "", "２０２６-11"]
)
def test_what_is_no_month(bank: Database, month: str) -> None:
    with pytest.raises(WrongUse, match="give one as 2026-11"):
        bank.close(month)


def test_a_month_that_has_not_ended(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay()
    with pytest.raises(WrongUse, match="no event"):
        bank.close("2026-11")
    bank.replay(added("S1", "C1", "2026-11-10"), as_of="2026-11-30T23:59:59.999998+08:00")
    with pytest.raises(WrongUse, match="2026-11 has not ended"):
        bank.close("2026-11")
    bank.replay(as_of="2026-11-30")
    assert bank.close("2026-11").adds == {"invalid": 1}


def test_an_unfinished_replay_comes_first(bank: Database) -> None:
    bank.replay(as_of="2027-01-01")
    with writing(bank.path, "UTC") as connection:
        Notes(connection).set("unfinished", {"epoch": 9})
    with pytest.raises(TruefriendError, match="stopped before its end") as caught:
        bank.close("2026-12")
    assert caught.value.exit_code == 1
