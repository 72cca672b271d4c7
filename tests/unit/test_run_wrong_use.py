"""What ``truefriend run`` refuses itself, before any of its programs has made a file."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from pipeline.core.errors import WrongUse
from pipeline.supervisor import Program, Supervisor
from tests.command import run

CASES = {
    "no folder": (["--db", "nowhere/x.duckdb"], {}, "There is no folder nowhere. "),
    "a folder": (["--db", "."], {}, ". is a folder. "),
    "no table": (["--ip-table", "none.csv"], {}, "none.csv: The ip table cannot be read "),
    "seconds": ([], {"TRUEFRIEND_BATCH_SECONDS": "inf"}, "Invalid value for '--batch-seconds'"),
    "no seconds": ([], {"TRUEFRIEND_BATCH_SECONDS": "nan"}, "Invalid value for '--batch-seconds'"),
    "records": ([], {"TRUEFRIEND_BATCH_RECORDS": "1e9"}, "Invalid value for '--batch-records'"),
    "address": ([], {"TRUEFRIEND_SERVE": "foo"}, "--serve foo is no address. "),
    "no token": ([], {"TRUEFRIEND_SERVE": "127.0.0.1:9494"}, "--serve needs a token "),
}


@pytest.mark.parametrize(("options", "variables", "sentence"), CASES.values(), ids=CASES.keys())
def test_it_is_said_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    variables: dict[str, str],
    sentence: str,
) -> None:
    """Nobody listens at the broker's address: what asked one first would end with 1."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUEFRIEND_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    refused = run("run", *(options if "--db" in options else ["--db", "x.duckdb", *options]))
    assert refused.returncode == 2, refused.stderr
    assert refused.stderr.decode().splitlines()[-1].startswith(f"Error: {sentence}")
    assert list(tmp_path.iterdir()) == []


def test_what_a_program_refuses_is_wrong_use_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "executable", "false")
    supervisor = Supervisor([Program("sink", ["sink"])])
    monkeypatch.setattr("pipeline.supervisor._WRONG_USE", 1)  # the code of `false`
    with pytest.raises(WrongUse, match=r"^sink was refused; see what it says above\.$"):
        supervisor.run()
