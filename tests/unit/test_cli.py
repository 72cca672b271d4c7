"""The command line itself: help, unknown things, exit codes, and the whole way of `demo`."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from pipeline.cli.demo import LOG, MADE, command
from pipeline.cli.main import main
from pipeline.core.errors import WrongUse
from tests.database_maker import Database, added

COMMANDS = (
    "replay", "report", "explain", "close", "diff", "policy", "simulate", "demo", "evaluate",
    "case", "alerts",
)  # fmt: skip
SMALL = ("--days", "2", "--staff", "8", "--customers", "300")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of a command."""
    code = 0
    try:
        main(arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(f"  {name}" in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], name: str) -> None:
    code, out, err = run(capsys, name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: truefriend {name}") or f" {name} " in out.splitlines()[0]


WRONG: dict[str, tuple[list[str], str]] = {
    "an unknown command": (["nonsense"], "No such command"),
    "an unknown option": (["close", "--nonsense"], "No such option"),
    "no month": (["close", "--db", "x"], "Missing option '--month'"),
    "no database to close": (
        ["close", "--month", "2026-11", "--db", "none"],
        "There is no database",
    ),
    "no database to explain": (["explain", "S1", "C1", "--db", "none"], "There is no database"),
    "no database to compare": (["diff", "none", "none"], "There is no database"),
    "a negative seed": (["demo", "--seed", "-1"], "Invalid value for '--seed'"),
    "another language": (["diff", "a", "b", "--lang", "fr"], "Invalid value for '--lang'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use(capsys: pytest.CaptureFixture[str], name: str) -> None:
    arguments, sentence = WRONG[name]
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert sentence in err


@pytest.mark.parametrize("name", ["close", "explain"])
def test_the_database_may_come_from_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    arguments = {"close": ["--month", "2026-11"], "explain": ["S1", "C1"]}[name]
    monkeypatch.delenv("TRUEFRIEND_DB", raising=False)
    code, _, err = run(capsys, name, *arguments)
    assert (code, "TRUEFRIEND_DB" in err) == (2, True)
    bank = Database(tmp_path)
    bank.replay(added("S1", "C1", "2026-11-10"), as_of="2026-12-01")
    monkeypatch.setenv("TRUEFRIEND_DB", str(bank.path))
    assert run(capsys, name, *arguments)[0] == 0


def test_closing_says_what_it_did(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(added("S1", "C1", "2026-11-10"), as_of="2026-12-01")
    arguments = ("close", "--month", "2026-11", "--db", str(bank.path), "--lang", "en")
    assert run(capsys, *arguments)[:2] == (
        0,
        "2026-11 is sealed: 1 adds, 0 of them valid; 1 that were pending are invalid now.\n",
    )
    assert run(capsys, *arguments)[:2] == (0, "2026-11 was sealed before; nothing changed.\n")
    code, _, err = run(capsys, "close", "--month", "2026-12", "--db", str(bank.path))
    assert (code, err[:27]) == (2, "Error: 2026-12 has not ende")


def test_a_foreign_database_is_not_touched(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t (i INTEGER)")
    before = path.read_bytes()
    for arguments in (["close", "--month", "2026-11"], ["explain", "S1", "C1"]):
        code, _, err = run(capsys, *arguments, "--db", str(path))
        assert code in (1, 2)
        assert "not one of truefriend's" in err
    assert path.read_bytes() == before


def test_the_demo_twice(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    own = out / "notes.txt"
    for _ in range(2):
        options = ["--out", str(out), "--replay", *SMALL]
        result = CliRunner().invoke(command, options, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        own.write_text("mine")
    made = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert made - {"notes.txt", ".truefriend-demo.json"} == set(MADE) - {
        "truefriend.duckdb.wal",
        LOG,
    }
    assert own.read_text() == "mine"
    assert "explain s0" in result.output
    assert "完成" in result.output
    with gzip.open(out / "bank" / "events.jsonl.gz") as events:
        assert sum(1 for _ in events) > 50


@pytest.mark.parametrize("name", ["truefriend.duckdb", "bank/policy.toml", "report.zh.html"])
def test_the_demo_takes_no_file_of_others(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(WrongUse, match="no demo made it"):
        CliRunner().invoke(command, ["--out", str(tmp_path), *SMALL], catch_exceptions=False)
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()] == [name]
    assert (tmp_path / name).read_text() == "mine"
