"""Wrong use that a review found: one sentence, exit code 2, nothing replaced."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.replay.run import ReplayOptions, replay
from sinks.duckdb.database import writing
from sinks.duckdb.state import Notes
from tests.promise import promised

TRUEFRIEND = str(Path(sys.executable).with_name("truefriend"))


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TRUEFRIEND, *arguments], capture_output=True, text=True, check=False)


def sale(number: int, amount: int) -> str:
    data = {"staff_id": "s1", "customer_id": "c1", "bank_customer_id": "b1", "product": "loan"}
    event = {"specversion": "1.0", "id": str(number), "source": "w", "type": "sale.completed"}
    event |= {"time": "2026-11-20T09:30:15+08:00", "data": {**data, "amount_fen": amount}}
    return json.dumps(event) + "\n"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A folder with reference files and one event."""
    for name in ("customers", "staff"):
        (tmp_path / f"{name}.jsonl").write_text("")
    (tmp_path / "events.jsonl").write_text(sale(1, 5))
    return tmp_path


def replayed(bank: Path, *more: str) -> subprocess.CompletedProcess[str]:
    events, db = str(bank / "events.jsonl"), str(bank / "bank.duckdb")
    return call("replay", events, "--reference", str(bank), "--db", db, *more)


def test_a_wrong_policy_fails_its_check(tmp_path: Path) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text('version = "x"\neffective_from = 2026-11-01\nkeep_dayz = 7\n')
    checked = call("policy", "check", str(policy))
    assert (checked.returncode, checked.stdout) == (2, "")
    assert checked.stderr.endswith("keep_dayz is no key of a policy. Did you mean keep_days?\n")
    assert call("policy", "check", str(tmp_path / "none.toml")).returncode == 2


@pytest.mark.parametrize(
    "more",
    [
        ("--ip-table", "/nowhere.csv"),
        ("--as-of", ""),
        ("--as-of", "0001-01-01"),
        ("--as-of", "1999-12-31"),
        ("--as-of", "2100-01-01"),
        ("--as-of", "9999-12-31"),
        ("--ip-table", ""),
    ],
)
def test_wrong_options_are_said_by_two_shards_too(bank: Path, more: tuple[str, ...]) -> None:
    done = replayed(bank, "--shards", "2", *more)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert not (bank / "bank.duckdb").exists()


def test_a_streams_database_takes_no_replay_and_no_close(bank: Path) -> None:
    assert replayed(bank).returncode == 0
    db = str(bank / "bank.duckdb")
    with writing(bank / "bank.duckdb", "UTC") as connection:
        Notes(connection).set("stream", "t@k")
    before = promised(bank / "bank.duckdb")
    for done in (replayed(bank), call("close", "--month", "2026-11", "--db", db)):
        assert (done.returncode, done.stdout) == (2, "")
        assert "is filled by a stream" in done.stderr
    assert promised(bank / "bank.duckdb") == before


def test_a_report_goes_through_a_link_and_into_no_folder(bank: Path) -> None:
    assert replayed(bank).returncode == 0
    target, link = bank / "target.txt", bank / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    report = ("report", "--db", str(bank / "bank.duckdb"), "--date", "2026-11-20", "--out")
    assert call(*report, str(link)).returncode == 0
    assert link.is_symlink()
    assert target.read_text() != "old"
    assert call(*report, str(bank)).returncode == 2


def test_the_first_day_there_is_has_a_report(bank: Path) -> None:
    assert replayed(bank).returncode == 0
    done = call("report", "--db", str(bank / "bank.duckdb"), "--date", "0001-01-01")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_sums_beyond_64_bits_are_cut_where_shown_only(bank: Path, cut: int) -> None:
    sales = [sale(1, -(2**63)), sale(2, -(2**63)), sale(3, 10**15)]
    db = bank / "bank.duckdb"
    for number, part in enumerate((sales[:cut], sales[cut:])):
        path = bank / f"part{number}.jsonl"
        path.write_text("".join(part))
        replay(ReplayOptions([path], bank, db))
    with duckdb.connect(str(db), read_only=True) as con:
        rows = con.execute("SELECT sales, amount_fen FROM staff_daily").fetchall()
    assert rows == [(3, -(2**63) + 1)]


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    "command",
    [
        ("sink", "--db", "x.duckdb", "--batch-seconds"),
        ("sink", "--db", "x.duckdb", "--parquet-seconds"),
        ("status", "--wait"),
        ("close", "--month", "2026-11", "--bootstrap-servers", "127.0.0.1:1", "--wait"),
        ("produce", "-", "--patience"),
    ],
    ids=lambda command: f"{command[0]} {command[-1]}",
)
def test_what_is_no_number_is_no_number_of_seconds(command: tuple[str, ...], seconds: str) -> None:
    refused = CliRunner().invoke(cli, [*command, seconds])
    assert refused.exit_code == 2
    assert f"Invalid value for '{command[-1]}': {seconds} is " in refused.output


def test_nor_is_it_in_a_variable() -> None:
    refused = CliRunner().invoke(
        cli, ["sink", "--db", "x.duckdb"], env={"TRUEFRIEND_BATCH_SECONDS": "nan"}
    )
    assert refused.exit_code == 2
    assert "Invalid value for '--batch-seconds': nan is no number of seconds." in refused.output


def test_status_waits_no_longer_for_a_broker_than_it_is_told() -> None:
    started = time.monotonic()
    done = call("status", "--wait", "1", "--bootstrap-servers", "127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: No Kafka broker answers at 127.0.0.1:1 (")
    assert time.monotonic() - started < 8  # it was 11; the start of the command is in it
