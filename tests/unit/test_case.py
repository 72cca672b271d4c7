"""People's decisions in a database: what they change, and that none of them is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.case import case
from pipeline.cli.explain import command as explain
from pipeline.core.errors import TruefriendError
from pipeline.core.ids import add_id
from pipeline.core.ledger.account import Account
from pipeline.core.records import Signal
from sinks.duckdb.database import writing
from sinks.duckdb.state import Notes
from tests.database_maker import Database, added, message, verified
from tests.promise import promised
from topics.times import parse_time

DAY = "2026-11-10"
SIGNED = [added("S1", "C1", DAY), verified("C1", "K1", DAY)]
ONE = add_id("S1", "C1")
POLICY = """\
version = "p"
effective_from = 2026-01-01
[fake]
prior = -3900000
weights.fake_lockstep = 7500000
weights.lawful_contact = 0
weights.fake_throwaway = 0
caps.fake_lockstep = 9000000
"""
FAKE = ("fake", ["fake_lockstep"])
VALID: tuple[str, list[str]] = ("valid", [])


@pytest.fixture
def bank(tmp_path: Path) -> Database:
    """The add S1/C1 is valid; a signal against it lies in the ledger, not yet judged."""
    made = Database(tmp_path)
    made.replay(*SIGNED, policy=POLICY)
    suspect(made, "S1", "C1")
    return made


def suspect(bank: Database, staff_id: str, customer_id: str) -> None:
    """Has the customer's account hold a signal, as the ledger would keep it."""
    begin, end = parse_time(f"{DAY}T11:00:00+08:00"), parse_time(f"{DAY}T12:10:00+08:00")
    where = "stage = 'ledger' AND key = ?"
    with writing(bank.path, "UTC") as connection:
        rows = connection.execute(
            f"SELECT kind, sub, value FROM internal.state WHERE {where}", [customer_id]
        ).fetchall()
        account = Account()
        account.load(rows)
        account.take_signal(
            Signal("sig", "fake_lockstep", customer_id, staff_id, 1.0, begin, end, '{"others":9}')
        )
        for stage, key, kind, sub, value in list(account.changed_rows(customer_id)):
            connection.execute(
                f"DELETE FROM internal.state WHERE {where} AND kind = ? AND sub = ?",
                [customer_id, kind, sub],
            )
            connection.execute(
                "INSERT INTO internal.state VALUES (?, ?, ?, ?, ?, 1)",
                [stage, key, kind, sub, value],
            )


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(case, list(map(str, arguments)), catch_exceptions=False)


def decide(bank: Database, what: str, *which: str, by: str = "wang", note: str = "n") -> str:
    result = run(what, *which, "--by", by, "--note", note, "--db", bank.path, "--lang", "en")
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def decisions(bank: Database, *which: str) -> list[dict[str, Any]]:
    result = run("list", *which, "--db", bank.path, "--json")
    found: list[dict[str, Any]] = json.loads(result.stdout)["decisions"]
    return found


def verdict(bank: Database) -> tuple[str, list[str]]:
    [(word, reasons)] = bank.rows(f"SELECT verdict, reasons FROM adds WHERE add_id = '{ONE}'")
    return word, reasons


def test_the_last_decision_counts_and_all_are_kept(bank: Database) -> None:
    assert decide(bank, "confirm", ONE, note="同一批") == (
        "Kept. Staff member S1, customer C1: Valid → Fake (Lockstep: same staff, same minutes).\n"
    )
    assert verdict(bank) == FAKE
    assert decide(bank, "dismiss", "S1", "C1", by="li", note="到店核实") == (
        "Kept. Staff member S1, customer C1: Fake (Lockstep: same staff, same minutes) → Valid.\n"
    )
    assert verdict(bank) == VALID
    assert bank.rows('SELECT add_id, decision, "by", note FROM cases') == [
        (ONE, "dismissed", "li", "到店核实")
    ]
    told = [(one["decision"], one["by"], one["note"], one["counts"]) for one in decisions(bank)]
    assert told == [
        ("confirmed", "wang", "同一批", False),
        ("dismissed", "li", "到店核实", True),
    ]
    assert decide(bank, "confirm", ONE).endswith(
        "Valid → Fake (Lockstep: same staff, same minutes).\n"
    )
    assert [one["counts"] for one in decisions(bank, "S1", "C1")] == [False, False, True]
    assert decisions(bank, "S1", "C2") == []


def test_a_dismissed_add_stays_lawful_in_later_runs(bank: Database) -> None:
    decide(bank, "dismiss", ONE)
    bank.replay(message("S1", "C1", "2026-11-12"), added("S2", "C1", "2026-11-12"))
    assert verdict(bank) == VALID
    bank.replay(policy=POLICY.replace('"p"', '"q"').replace("2026-01-01", "2026-02-01"))
    assert verdict(bank) == VALID


def test_a_decision_is_what_a_line_of_cases_would_be(bank: Database, tmp_path: Path) -> None:
    decide(bank, "dismiss", ONE)
    [one] = decisions(bank)
    (tmp_path / "other").mkdir()
    other = Database(tmp_path / "other")
    other.replay(*SIGNED, policy=POLICY)
    suspect(other, "S1", "C1")
    row = {name: one[name] for name in ("add_id", "decision", "by", "at", "note")}
    other.replay(cases=[row])
    assert promised(other.path) == promised(bank.path)
    assert decisions(other) == decisions(bank)


def test_an_old_line_of_cases_does_not_undo_a_later_decision(bank: Database) -> None:
    old = {"add_id": ONE, "decision": "dismissed", "by": "a", "at": "2026-11-20T09:00:00+08:00"}
    bank.replay(cases=[old])
    assert verdict(bank) == VALID
    decide(bank, "confirm", ONE)
    assert verdict(bank) == FAKE
    bank.replay(cases=[old])
    assert verdict(bank) == FAKE
    bank.replay(cases=[old, {**old, "at": "2026-11-21T09:00:00+08:00"}])
    assert verdict(bank) == VALID


def test_every_line_of_cases_is_kept_once(tmp_path: Path) -> None:
    rows = [
        {"add_id": ONE, "decision": decision, "by": by, "at": f"2026-11-2{day}T09:00:00+08:00"}
        for day, (decision, by) in enumerate(
            [("confirmed", "a"), ("dismissed", "b"), ("confirmed", "c")]
        )
    ]
    bank = Database(tmp_path)
    bank.replay(*SIGNED, cases=rows[:2])
    bank.replay(cases=rows)
    assert [(one["by"], one["counts"], one["note"]) for one in decisions(bank)] == [
        ("a", False, None), ("b", False, None), ("c", True, None),
    ]  # fmt: skip
    assert bank.rows('SELECT decision, "by" FROM cases') == [("confirmed", "c")]


def test_nothing_else_moves(tmp_path: Path) -> None:
    """As of stays, and what was kept for later still waits."""
    bank = Database(tmp_path)
    bank.replay(*SIGNED, added("S1", "C2", "2026-11-25"), as_of="2026-11-20", policy=POLICY)
    before = bank.rows("SELECT as_of FROM report_state"), bank.verdicts(), bank.days("staff_daily")
    decide(bank, "dismiss", ONE)
    assert before == (
        bank.rows("SELECT as_of FROM report_state"), bank.verdicts(), bank.days("staff_daily"),
    )  # fmt: skip
    assert bank.rows("SELECT count(*) FROM internal.kept_events") == [(1,)]


def test_a_sealed_month_keeps_its_verdict(bank: Database) -> None:
    decide(bank, "confirm", ONE)
    bank.replay(as_of="2026-12-15")
    bank.close("2026-11")
    assert decide(bank, "dismiss", ONE) == (
        "Kept. The month of staff member S1's add of customer C1 is sealed: its verdict stays "
        "Fake (Lockstep: same staff, same minutes).\n"
    )
    assert verdict(bank) == FAKE
    assert [one["decision"] for one in decisions(bank)] == ["confirmed", "dismissed"]


def test_explain_says_who_when_and_why(bank: Database) -> None:
    decide(bank, "confirm", ONE, by="li", note="同一批")
    decide(bank, "dismiss", ONE, by="wang", note="到店核实")
    at = [one["at"][:19].replace("T", " ") for one in decisions(bank)]
    arguments = ["S1", "C1", "--db", str(bank.path), "--lang"]
    text = CliRunner().invoke(explain, [*arguments, "en"], catch_exceptions=False).stdout
    case_, earlier = text.index("\nCase\n"), text.index("\nEarlier decisions on the case\n")
    assert text[case_:].startswith(f"\nCase\n  wang dismissed the case at {at[1]}")
    assert text[earlier:].startswith(
        f"\nEarlier decisions on the case\n  li confirmed the case at {at[0]}"
    )
    assert (
        "fake_*              The fake score 0.973403 reaches the threshold 0.95, "
        f"but wang dismissed the case at {at[1]}"
    ) in text
    assert "by the decision on its case" in text
    text = CliRunner().invoke(explain, [*arguments, "zh"], catch_exceptions=False).stdout
    assert f"\n案件\n  wang 于 {at[1]}" in text
    assert "驳回了该案件：到店核实" in text


def test_the_list_as_a_table(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    unknown = add_id("S9", "C9")
    rows = [
        {"add_id": unknown, "decision": "confirmed", "by": "a\x1b[2J",
         "at": "2026-11-20T01:00:00Z"},
        {"add_id": ONE, "decision": "dismissed", "by": "b", "at": "2026-11-21T01:00:00.5Z",
         "note": "[ok]"},
    ]  # fmt: skip
    bank.replay(*SIGNED, cases=rows)
    assert (
        run("list", "--db", bank.path, "--lang", "en").stdout
        == f"""\
   Decided at           Decision   By     Staff member  Customer  Note  Verdict now
*  2026-11-20 09:00:00  confirmed  a [2J  {unknown[:11]}…  –         –     no add
*  2026-11-21 09:00:00  dismissed  b      S1            C1        [ok]  Valid
"""
    )
    empty = Database(tmp_path, "empty.duckdb")
    empty.replay()
    assert run("list", "--db", empty.path).stdout == "还没有人对案件作出决定。\n"


def test_how_often_people_agree_with_a_detector(tmp_path: Path) -> None:
    bank = Database(tmp_path)
    customers = ["C1", "C2", "C3", "C4"]
    bank.replay(*(added("S1", name, DAY) for name in customers))
    found = [["fake_burst", "fake_ring", "fake_ring"], ["fake_ring"], ["fake_ring"], ["fake_burst"]]
    said = ["confirmed", "dismissed", "confirmed", None]
    with writing(bank.path, "UTC") as connection:
        for name, codes, decision in zip(customers, found, said, strict=True):
            evidence = [{"code": code, "signal_id": "s", "weight": 1} for code in codes]
            evidence.append({"code": "lawful_contact", "signal_id": "t", "weight": -1})
            one = add_id("S1", name)
            connection.execute(
                "UPDATE adds SET evidence = ? WHERE add_id = ?", [json.dumps(evidence), one]
            )
            if decision:
                connection.execute(
                    "INSERT INTO cases VALUES (?, ?, 'b', now(), NULL)", [one, decision]
                )
    assert bank.rows("FROM detector_precision ORDER BY code") == [
        ("fake_burst", 1, 0, 1.0),
        ("fake_ring", 2, 1, 2 / 3),
    ]


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no add named": ((), "Name one add"),
    "no add_id": (("S1",), "Name one add"),
    "three names": (("S1", "C1", "C2"), "Name one add"),
    "no UTF-8": (("S1", "\udcff"), "Name one add"),
    "an unknown pair": (("S1", "C7"), "There is no add"),
    "an unknown add_id": (("0" * 32,), "There is no add 0000"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use(bank: Database, name: str) -> None:
    which, sentence = WRONG[name]
    with pytest.raises(TruefriendError, match=sentence) as stopped:
        run("dismiss", *which, "--by", "b", "--note", "n", "--db", bank.path)
    assert stopped.value.exit_code == 2
    assert decisions(bank) == []


OPTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "nobody": (("--by", " ", "--note", "n", "--db", "x"), "--by is empty"),
    "no reason": (("--by", "b", "--db", "x"), "Missing option '--note'"),
    "an empty reason": (("--by", "b", "--note", "", "--db", "x"), "--note is empty"),
    "both places": (
        ("--by", "b", "--note", "n", "--db", "x", "--bootstrap-servers", "127.0.0.1:1"), "not both",
    ),
    "no place": (("--by", "b", "--note", "n"), "Missing option '--db'"),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_wrong_options(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUEFRIEND_DB", raising=False)
    options, sentence = OPTIONS[name]
    result = run("dismiss", ONE, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_a_database_that_cannot_take_it(bank: Database) -> None:
    with writing(bank.path, "UTC") as connection:
        Notes(connection).set("unfinished", {"epoch": 2})
    with pytest.raises(TruefriendError, match="stopped before its end") as stopped:
        decide(bank, "dismiss", ONE)
    assert stopped.value.exit_code == 1
    with writing(bank.path, "UTC") as connection:
        Notes(connection).set("unfinished", None)
        Notes(connection).set("stream", "t@k")
    with pytest.raises(TruefriendError, match="is filled by a stream") as stopped:
        decide(bank, "dismiss", ONE)
    assert stopped.value.exit_code == 2
    with pytest.raises(TruefriendError, match="There is no database") as stopped:
        run("dismiss", ONE, "--by", "b", "--note", "n", "--db", bank.folder / "none")
    assert stopped.value.exit_code == 2
    assert not (bank.folder / "none").exists()
