"""Why an add has its verdict: literal events in, literal sentences out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from pipeline.cli.explain import command
from pipeline.core.errors import WrongUse
from pipeline.core.ids import add_id
from pipeline.core.rules import ALL_RULES
from sinks.duckdb.database import writing
from tests.database_maker import Database, added, line, removed, verified

DAY = "2026-11-10"
SIGNED = [added("S1", "C1", DAY), verified("C1", "K1", DAY)]


def explain(bank: Database, *options: str, staff: str = "S1", customer: str = "C1") -> str:
    arguments = [staff, customer, "--db", str(bank.path), *options]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def told(bank: Database, lang: str = "en", **pair: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(explain(bank, "--json", "--lang", lang, **pair))
    return found


def whys(bank: Database, **pair: str) -> dict[str, str]:
    return {rule["code"]: rule["why"] for rule in told(bank, **pair)["rules"]}


@pytest.fixture
def bank(tmp_path: Path) -> Database:
    return Database(tmp_path)


def test_a_removed_add_in_english(bank: Database) -> None:
    bank.replay(*SIGNED, removed("S1", "C1", "2026-11-12"))
    assert (
        explain(bank, "--lang", "en")
        == """\
Staff member S1, customer C1: Invalid (Removed again within days)
As of 2026-11-12 12:00:00 (Asia/Shanghai)
Policy default, rules version 2

The events that decide
  2026-11-10 12:00:00  added as a contact (friend.added a2026-11-10S1C1)
  2026-11-10 12:00:00  verified (identity.verified v2026-11-10C1)
  2026-11-12 12:00:00  removed (friend.removed r2026-11-12S1C1)

The rules, in order; the first that applies decides
  · transferred         WeCom's add_way is 1, and no handover came before the add.
  · not_first_time      It is the customer's first add in the bank.
  · fake_*              There is no evidence of a fake account.
  · employee            Bank customer K1 is no employee.
  · duplicate_identity  No other account was verified as bank customer K1 before.
  ✗ removed_early       Removed at 2026-11-12 12:00:00, within 7 × 24 hours of the add.
  · unverified          Verified at 2026-11-10 12:00:00 as bank customer K1.
  · no_account          The account was opened on 2020-01-01, in time for the add's month.
  · not_own_customer    On the add's day bank customer K1 was this staff member's.
  · out_of_province     Not asked: the customer's province is not known.

What would cure it
  The friendship ended before the days it must last; the add does not count.

How the verdict came about
  Invalid (Removed again within days); by the event friend.removed r2026-11-12S1C1 \
of 2026-11-12 12:00:00
"""
    )


def test_a_valid_add_in_chinese(bank: Database) -> None:
    bank.replay(added("S1", "C1", DAY, province="广东"), verified("C1", "K1", "2026-11-11"))
    assert (
        explain(bank)
        == """\
员工 S1，客户 C1：有效
数据截至 2026-11-11 12:00:00（Asia/Shanghai）
政策 default，规则版本 2

起决定作用的事件
  2026-11-10 12:00:00  添加为好友（friend.added a2026-11-10S1C1）
  2026-11-11 12:00:00  认证（identity.verified v2026-11-11C1）

各项规则（按顺序，第一个成立的决定判定）
  · transferred         企业微信 add_way 为 1，添加之前没有转交。
  · not_first_time      这是该客户在本行的首次添加。
  · fake_*              没有虚假账号的证据。
  · employee            银行客户 K1 不是本行员工。
  · duplicate_identity  此前没有其他微信号认证为银行客户 K1。
  · removed_early       添加后 7 × 24 小时内，员工和客户都没有删除好友。
  · unverified          于 2026-11-11 12:00:00 认证为银行客户 K1。
  · no_account          账户于 2020-01-01 开立，不晚于添加当月。
  · not_own_customer    添加当日，银行客户 K1 归属此员工。
  · out_of_province     客户在员工所在省份 广东。

判定的变化过程
  有效; 因 2026-11-11 12:00:00 的事件 identity.verified v2026-11-11C1
"""
    )


MOVED = line("friend.transferred", "2026-11-09", "t", from_staff_id="S9", to_staff_id="S1",
             customer_id="C1", result="success")  # fmt: skip
UNKNOWN = verified("C1", "K8", DAY)

# Events, policy, changes of K1's row, the rule and its sentence.
WHY: dict[str, tuple[list[bytes], str, dict[str, Any], str, str]] = {
    "way 202": ([added("S1", "C1", DAY, add_way=202)], "", {}, "transferred",
        "WeCom's add_way is 202: the customer was handed over."),
    "handed over": ([*SIGNED, MOVED], "", {}, "transferred",
        "A colleague handed the customer over at 2026-11-09 12:00:00, not after the add."),
    "a colleague was first": ([*SIGNED, added("S2", "C1", "2026-11-01")], "", {}, "not_first_time",
        "Staff member S2 added the customer before, at 2026-11-01 12:00:00."),
    "each staff member's first": (
        [*SIGNED, added("S2", "C1", "2026-11-01")], '[first_time]\nscope = "staff"', {},
        "not_first_time",
        "Not asked: first_time.scope is staff, each staff member's first counts."),
    "an employee": (SIGNED, "", {"employee": True}, "employee",
        "Bank customer K1 is an employee of the bank."),
    "an employee, allowed": (SIGNED, "allow_employees = true", {"employee": True}, "employee",
        "Bank customer K1 is an employee, which allow_employees lets pass."),
    "no row": ([added("S1", "C1", DAY), UNKNOWN], "", {}, "employee",
        "The CRM has no row of bank customer K8."),
    "nobody knows": ([added("S1", "C1", DAY)], "", {}, "employee",
        "Not asked: the customer is not verified."),
    "a second account": ([*SIGNED, verified("C2", "K1", "2026-11-01")], "", {},
        "duplicate_identity",
        "Account C2 was verified as bank customer K1 before, at 2026-11-01 12:00:00."),
    "a second account, allowed": (
        [*SIGNED, verified("C2", "K1", "2026-11-01")], "allow_shared_identity = true", {},
        "duplicate_identity",
        "Account C2 was verified before, which allow_shared_identity lets pass."),
    "kept long enough": (SIGNED, "keep_days = 3", {}, "removed_early",
        "No removal by staff or customer within 3 × 24 hours of the add."),
    "pending": ([added("S1", "C1", DAY)], "verify_within_days = 5", {}, "unverified",
        "Not verified yet; a verification until 2026-11-15 12:00:00 keeps it in time."),
    "excluded, and there is time": (
        [added("S1", "C1", DAY), added("S2", "C1", "2026-11-01")], "", {}, "unverified",
        "Not verified yet; a verification until 2026-12-10 12:00:00 keeps it in time."),
    "removed, and there is time": (
        [added("S1", "C1", DAY), removed("S1", "C1", "2026-11-11")], "", {}, "unverified",
        "Not verified yet; a verification until 2026-12-10 12:00:00 keeps it in time."),
    "the last moment": (
        [added("S1", "C1", DAY), removed("S1", "C1", DAY), added("S1", "C2", "2026-12-10")], "",
        {}, "unverified",
        "Not verified yet; a verification until 2026-12-10 12:00:00 keeps it in time."),
    "removed, and overdue": (
        [added("S1", "C1", DAY), removed("S1", "C1", DAY), added("S1", "C2", "2026-12-11")], "",
        {}, "unverified", "Not verified, and the time for it was over at 2026-12-10 12:00:00."),
    "overdue": ([added("S1", "C1", DAY), added("S1", "C2", "2026-12-20")], "", {}, "unverified",
        "Not verified, and the time for it was over at 2026-12-10 12:00:00."),
    "not required": ([added("S1", "C1", DAY)], "[verification]\nrequired = false", {},
        "unverified", "Not asked: the policy requires no verification."),
    "opened too late": (SIGNED, "", {"account_opened_on": "2026-12-01"}, "no_account",
        "The account was opened on 2026-12-01, after the add's month."),
    "no opening day": (SIGNED, "", {"account_opened_on": None}, "no_account",
        "The CRM has no opening day for the account of K1."),
    "no account required": (SIGNED, "[account]\nrequired = false", {}, "no_account",
        "Not asked: the policy requires no account."),
    "a colleague's": (SIGNED, "", {"manager_staff_id": "S2"}, "not_own_customer",
        "On the add's day bank customer K1 was S2's."),
    "nobody's": (SIGNED, "", {"manager_staff_id": None}, "not_own_customer",
        "On the add's day bank customer K1 had no manager."),
    "nobody's, allowed": (SIGNED, "[own_customer]\nallow_unassigned = true",
        {"manager_staff_id": None}, "not_own_customer",
        "Bank customer K1 had no manager, which own_customer.allow_unassigned lets pass."),
    "of another role": (SIGNED, '[own_customer]\nroles = ["head"]', {}, "not_own_customer",
        "Not asked: staff of the role manager are not judged by it."),
    "own customers not required": (SIGNED, "[own_customer]\nrequired = false", {},
        "not_own_customer", "Not asked: the policy does not require own customers."),
    "out of the province": (
        [added("S1", "C1", DAY, province="湖南"), verified("C1", "K1", DAY)], "", {},
        "out_of_province", "湖南 is not 广东: number 1 of the month's adds out of the province, "
        "where 0 in it allow 0 (limit 0.2)."),
    "no bound": (
        [added("S1", "C1", DAY, province="湖南"), verified("C1", "K1", DAY)],
        '[out_of_province]\nlimit = "1"', {}, "out_of_province",
        "湖南 is not 广东, but the limit 1 sets no bound."),
    "an earlier reason": ([added("S1", "C1", DAY, province="湖南")], "", {}, "out_of_province",
        "Not asked: an earlier reason applies."),
    "staff of an unknown province": (
        [added("S9", "C1", DAY, province="湖南")], "", {}, "out_of_province",
        "Not asked: the staff member's province is not known."),
}  # fmt: skip


@pytest.mark.parametrize("name", WHY)
def test_why(bank: Database, name: str) -> None:
    events, policy, changes, code, sentence = WHY[name]
    bank.customer("K1", **changes)
    head = 'version = "p"\neffective_from = 2026-01-01\n'
    bank.replay(*events, policy=f"{head}{policy}\n")
    staff = "S9" if name.startswith("staff of") else "S1"
    assert whys(bank, staff=staff)[code] == sentence


def test_the_rules_are_all_there_in_order_and_mark_those_that_apply(bank: Database) -> None:
    bank.replay(added("S1", "C1", DAY), removed("S1", "C1", "2026-11-12"))
    found = told(bank)
    assert [rule["code"] for rule in found["rules"]] == [rule.code for rule in ALL_RULES]
    assert [rule["codes"] for rule in found["rules"] if rule["codes"]] == [
        ["removed_early"],
        ["unverified"],
    ]
    assert [cure["code"] for cure in found["cures"]] == ["removed_early", "unverified"]
    assert (found["verdict"], found["reasons"]) == ("invalid", ["removed_early", "unverified"])


def test_an_add_that_may_still_be_verified_is_not_called_late(bank: Database) -> None:
    bank.replay(added("S1", "C1", DAY), removed("S1", "C1", "2026-11-12"))
    assert [told(bank, lang)["verdict_words"] for lang in ("en", "zh")] == [
        "Invalid (Removed again within days, Not verified)",
        "无效（添加后几天内即被删除、未认证）",
    ]
    assert "已于" not in explain(bank)


def test_sealed_while_there_was_time_or_after(bank: Database) -> None:
    bank.replay(added("S1", "C1", "2026-11-02"), removed("S1", "C1", "2026-11-03"),
                added("S1", "C2", "2026-11-20"), removed("S1", "C2", "2026-11-21"),
                as_of="2026-12-10")  # fmt: skip
    bank.close("2026-11")
    assert whys(bank)["unverified"] == (
        "Not verified, and the time for it was over at 2026-12-02 12:00:00."
    )
    bank.replay(as_of="2027-02-01")
    assert whys(bank, customer="C2")["unverified"] == "Not verified when the month was sealed."


def test_one_cure_for_all_kinds_of_fakes(bank: Database) -> None:
    bank.replay(*SIGNED)
    fakes = ["fake_burst", "fake_lockstep", "fake_throwaway"]
    with writing(bank.path, "UTC") as connection:
        connection.execute("UPDATE adds SET verdict = 'fake', reasons = ?", [fakes])
    assert explain(bank, "--lang", "en").count("Probably a fake add: look at the evidence") == 1
    assert [cure["code"] for cure in told(bank)["cures"]] == fakes


def test_a_signal_and_a_dismissed_case(bank: Database) -> None:
    bank.replay(*SIGNED)
    evidence = [
        {"signal_id": "s", "code": "fake_burst", "score": 1.0, "weight": 2_500_000,
         "detail": {"adds": 40, "minutes": 10}}
    ]  # fmt: skip
    one = add_id("S1", "C1")
    with writing(bank.path, "UTC") as connection:
        connection.execute("UPDATE adds SET fake_score = 0.97, evidence = ?",
                           [json.dumps(evidence)])  # fmt: skip
        connection.execute(
            "INSERT INTO cases VALUES (?, 'dismissed', 'wang', '2026-11-20 01:00:00Z', '到店')",
            [one],
        )
    found = told(bank)
    assert found["rules"][2] == {
        "code": "fake_*",
        "codes": [],
        "why": "The fake score 0.970000 reaches the threshold 0.95, but wang dismissed the case at "
        "2026-11-20 09:00:00.",
    }
    assert found["evidence"][0]["words"] == (
        "Sudden burst of adds: score 1.0, weight 2.500000 (adds = 40, minutes = 10)"
    )
    assert found["case"]["words"] == "wang dismissed the case at 2026-11-20 09:00:00: 到店"


def test_a_sealed_month_and_what_came_after(bank: Database) -> None:
    bank.replay(added("S1", "C1", "2026-11-20"), as_of="2026-12-01")
    bank.close("2026-11")
    bank.replay(verified("C1", "K1", "2026-12-05"))
    text = explain(bank, "--lang", "en")
    assert "The month 2026-11 is sealed: the verdict stays." in text
    assert "unverified          Not verified when the month was sealed." in text
    assert "Pending (Not verified yet, may still count) → Invalid (Not verified in time); " in text
    assert "by the seal of 2026-11" in text
    assert text.endswith(
        "After the seal\n  identity.verified v2026-12-05C1 of 2026-12-05 12:00:00 came after the "
        "seal; it would be: Valid\n"
    )


def test_every_cause_in_words(bank: Database) -> None:
    causes = [
        {"event": {"source": "w", "id": "e1", "type": "friend.added", "time": 1794283200000000}},
        {"reference": "customers/K1"}, {"policy": "2026-11"}, {"signal": "s1"}, {"case": "c"},
        {"time": "2026-12-10T04:00:00Z"}, {"month": "2026-11"}, {"resumed": 2}, {},
        {"new": 1},
    ]  # fmt: skip
    bank.replay(*SIGNED)
    one = add_id("S1", "C1")
    with writing(bank.path, "UTC") as connection:
        connection.execute("DELETE FROM verdict_changes")
        for seq, cause in enumerate(causes):
            connection.execute(
                "INSERT INTO verdict_changes VALUES (?, ?, 1, ?, 'pending', 'valid', "
                "['unverified'], [], NULL)",
                [seq, one, msgspec.json.encode(cause).decode()],
            )
    said = [row["words"].partition("; ")[2] for row in told(bank)["history"]]
    assert said == [
        "by the event friend.added e1 of 2026-11-10 12:00:00", "by the reference row customers/K1",
        "by policy 2026-11", "by the signal s1", "by the decision on its case",
        "by time: the days to verify in were over", "by the seal of 2026-11",
        "by a run that went on from where another stopped", "–", '{"new": 1}',
    ]  # fmt: skip


def test_an_add_that_came_after_the_seal(bank: Database) -> None:
    bank.replay(added("S1", "C2", "2026-10-20"), as_of="2026-11-01")
    bank.close("2026-10")
    bank.replay(added("S1", "C1", "2026-10-21"), as_of="2026-11-02")
    said = (
        f"There is no add of customer 'C1' by staff member 'S1' in {bank.path}: their friend.added "
        "'a2026-10-21S1C1' of 2026-10-21T12:00:00+08:00 came after 2026-10 was sealed, and stands "
        "in late_events."
    )
    with pytest.raises(WrongUse, match=f"^{re.escape(said)}$"):
        explain(bank)


@pytest.mark.parametrize("customer", ["C2", "", "\udcff", "'; DROP TABLE adds"])
def test_no_such_add(bank: Database, customer: str) -> None:
    bank.replay(*SIGNED)
    with pytest.raises(WrongUse, match="There is no add of customer"):
        explain(bank, customer=customer)


def test_ids_cannot_command_the_terminal(bank: Database) -> None:
    bank.replay(added("S1", "C\x1b[2J\u202e", DAY))
    text = explain(bank, customer="C\x1b[2J\u202e")
    assert "\x1b" not in text
    assert "\u202e" not in text
