"""Alerts in a database: rows in, tables out, as of decides what still fires."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.alerts import alerts
from pipeline.core.detectors.pools import drip_alert
from pipeline.core.errors import TruefriendError
from tests.report_database import SHANGHAI, Database, database

AS_OF = datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)
TEN = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)  # when every add is made
POOL, BUYER, OLD = "a" * 31 + "1", "a" * 31 + "2", "b" * 32


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("alerts") / "bank.duckdb"
    with database(path) as made:
        made.as_of(AS_OF)
        made.add("S1", "C1", verdict="fake", reasons=("fake_lockstep", "unverified"))
        made.add("S2", "C1", verdict="excluded", reasons=("not_first_time", "fake_lockstep"))
        made.add("S1", "C1x")
        made.add("S1", "C2", day=TEN.date() - timedelta(days=3))
        dismissed = made.add("S1", "C3")
        made.connection.execute(
            "INSERT INTO cases VALUES (?, 'dismissed', 'wang', now(), NULL)", [dismissed]
        )
        _alert(made, POOL, "critical", TEN, TEN + timedelta(days=1), "pool 1", "核对来源",
               customers=25, adds=60, staff=2, members=["C1", "C2", "C3", "C9\x1b[2J"],
               staff_ids=["S1", "S2"])  # fmt: skip
        _alert(made, BUYER, "warning", TEN, None, "staff S1", "与员工沟通", customers=15, adds=15,
               staff=1, members=["C1"], staff_ids=["S1"])  # fmt: skip
        _alert(made, OLD, "info", TEN - timedelta(days=2), AS_OF - timedelta(microseconds=1),
               "pool 0", "核对来源", adds="many", note="n")  # fmt: skip
    return path


def _alert(
    bank: Database,
    fingerprint: str,
    severity: str,
    start: datetime,
    end: datetime | None,
    key: str,
    runbook: str,
    **evidence: object,
) -> None:
    bank.connection.execute(
        "INSERT INTO alerts VALUES (?, ?, ?, 'firing', ?, ?, ?, ?, ?, ?)",
        [fingerprint, key, severity, start, end, f"概要 {key}", f"about {key}",
         json.dumps(evidence), runbook],
    )  # fmt: skip


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(alerts, list(map(str, arguments)), catch_exceptions=False)


def test_the_list_in_english(bank: Path) -> None:
    assert (
        run("list", "--db", bank, "--lang", "en").stdout
        == """\
3 alerts, 2 of them firing; as of 2026-11-20 12:00

Alert     Severity  Status    Started           About     Adds  Customers  Staff members
aaaaaaaa  critical  firing    2026-11-20 10:00  pool 1      60         25              2
aaaaaaaa  warning   firing    2026-11-20 10:00  staff S1    15         15              1
bbbbbbbb  info      resolved  2026-11-18 10:00  pool 0       –          –              –

What to do
  核对来源
  与员工沟通
"""
    )


def test_the_list_in_chinese_of_those_that_fire(bank: Path) -> None:
    text = run("list", "--db", bank, "--status", "resolved").stdout
    assert text.splitlines()[0] == "告警 1 条，其中未解除 0 条；数据截至 2026-11-20 12:00"
    assert text.splitlines()[3].split() == [
        "bbbbbbbb", "提示", "已解除", "2026-11-18", "10:00", "pool", "0", "–", "–", "–",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), [POOL, BUYER, OLD]),
        (("--status", "firing"), [POOL, BUYER]),
        (("--status", "resolved"), [OLD]),
        (("--severity", "warning"), [BUYER]),
        (("--status", "resolved", "--severity", "warning"), []),
    ],
)
def test_which_are_listed(bank: Path, options: tuple[str, ...], expected: list[str]) -> None:
    found = json.loads(run("list", "--db", bank, "--json", *options).stdout)
    assert found["as_of"] == "2026-11-20T12:00:00+08:00"
    assert [one["fingerprint"] for one in found["alerts"]] == expected


def test_one_alert_with_its_members(bank: Path) -> None:
    assert (
        run("show", POOL, "--db", bank, "--lang", "en").stdout
        == """\
about pool 1

Alert: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1
About: pool 1
Severity: critical
Status: firing
Started: 2026-11-20 10:00:00
Ended: 2026-11-21 10:00:00
Adds: 60
Customers: 25
Staff members: 2
What to do: 核对来源

Members
Staff member  Customer  Added at          Verdict                                   Case       Score
S1            C1        2026-11-20 10:00  Fake (Lockstep: same staff, same                     0.000
                                          minutes)
S2            C1        2026-11-20 10:00  Excluded (Already a colleague's contact,             0.000
                                          Lockstep: same staff, same minutes)
–             C2        –                 no add
S1            C3        2026-11-20 10:00  Valid                                     dismissed  0.000
–             C9 [2J    –                 no add

… and 57 more
"""
    )


def test_a_staff_member_s_alert_is_about_that_staff_member_s_adds(bank: Path) -> None:
    found = json.loads(
        run("show", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2", "--db", bank, "--json").stdout
    )
    assert [(one["staff_id"], one["customer_id"], one["verdict"]) for one in found["members"]] == [
        ("S1", "C1", "fake")
    ]


def test_what_else_the_evidence_says(bank: Path) -> None:
    lines = run("show", "bb", "--db", bank).stdout.splitlines()
    assert lines[:6] == [
        "概要 pool 0", "", f"告警：{OLD}", "对象：pool 0", "级别：提示", "状态：已解除",
    ]  # fmt: skip
    assert lines[-2:] == ["note：n", "处置建议：核对来源"]


def test_in_one_language(tmp_path: Path) -> None:
    runbook = drip_alert(["C1"], ["S1"], 1, 0, 0).runbook
    path = tmp_path / "bank.duckdb"
    with database(path) as made:
        made.as_of(AS_OF)
        _alert(made, POOL, "critical", TEN, None, "pool 1", runbook, groups=12)
    zh, en = ("list", "--db", path), ("list", "--db", path, "--lang", "en")
    advice = {
        "zh": "同一家企业的员工也会如此：先核对这些客户是否同属一家企业，再看来源与设备；"
        "本告警不是判定依据。",
        "en": "People of one firm look like this too: see first whether these customers belong to "
        "one, then where they come from; this alert is no verdict.",
    }
    assert [run(*one).stdout.splitlines()[-1] for one in (zh, en)] == [
        f"  {advice['zh']}", f"  {advice['en']}"
    ]  # fmt: skip
    assert run("show", POOL, "--db", path).stdout.splitlines()[-2:] == [
        "关联组数：12", f"处置建议：{advice['zh']}"
    ]  # fmt: skip
    assert run("show", POOL, "--db", path, "--lang", "en").stdout.splitlines()[-2:] == [
        "Groups in common: 12", f"What to do: {advice['en']}"
    ]  # fmt: skip


WRONG = {"aaaa": "Several alerts begin with aaaa", "c": "There is no alert c", "a%": "no alert a%"}


@pytest.mark.parametrize("name", WRONG)
def test_no_such_alert(bank: Path, name: str) -> None:
    with pytest.raises(TruefriendError, match=WRONG[name]) as stopped:
        run("show", name, "--db", bank)
    assert stopped.value.exit_code == 2


def test_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TRUEFRIEND_DB", raising=False)
    result = run("list")
    assert (result.exit_code, "Missing option '--db'" in result.stderr) == (2, True)
    with pytest.raises(TruefriendError, match="There is no database"):
        run("show", "a", "--db", tmp_path / "none")


def test_no_alerts(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    with database(path) as made:
        made.as_of(None)
    assert run("list", "--db", path, "--lang", "en").stdout == (
        "0 alerts, 0 of them firing; as of –\n"
    )
