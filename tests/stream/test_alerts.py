"""``alerts tail`` on a real topic: the last committed state of each, then what comes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from pipeline.settings import Settings
from sinks.duckdb.stream.records import Record
from tests.command import COMMAND, run
from tests.conftest import FreshTopics
from tests.stream.writing import write, write_aborted
from tests.stream_records import KEYED, make, progress
from topics.outputs import Alert
from topics.times import parse_time

AS_OF = parse_time("2026-11-20T12:00:00+08:00")


@pytest.fixture
def settings(fresh_topics: FreshTopics, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = fresh_topics(KEYED)
    monkeypatch.setenv("TRUEFRIEND_NAMESPACE", made.namespace)
    monkeypatch.setenv("TRUEFRIEND_BOOTSTRAP_SERVERS", made.bootstrap_servers)
    return made


def alert(name: str, revision: int = 1, severity: str = "warning", **more: Any) -> Record:
    fields: dict[str, Any] = {
        "fingerprint": name, "key": f"pool {name}", "severity": severity, "status": "firing",
        "started_at": "2026-11-20T10:00:00+08:00", "ended_at": "2026-11-21T10:00:00+08:00",
        "summary_zh": f"概要 {name}", "summary_en": f"about {name}", "evidence": {"adds": 3},
        "runbook": "看", "revision": revision, **more,
    }  # fmt: skip
    return make("alerts", name, msgspec.json.encode(Alert(**fields)))


def test_the_last_state_of_each(settings: Settings) -> None:
    assert run("alerts", "tail", "--once", "--lang", "en").stdout == (
        b"0 alerts, 0 of them firing; as of \xe2\x80\x93\n"
    )
    write(settings, [
        alert("x"), alert("y"), alert("gone"), progress(AS_OF), alert("x", 2, "critical"),
        make("alerts", "gone", None), alert("past", ended_at="2026-11-20T11:59:59+08:00"),
        alert("last", ended_at="2026-11-20T12:00:00+08:00", started_at="2026-11-20T09:00:00+08:00"),
    ])  # fmt: skip
    write_aborted(settings, [alert("never"), alert("y", 2, "critical")])
    done = run("alerts", "tail", "--once", "--lang", "en")
    assert (done.returncode, done.stderr) == (0, b"")
    assert (
        done.stdout.decode()
        == """\
4 alerts, 3 of them firing; as of 2026-11-20 12:00

Alert  Severity  Status    Started           About      Adds  Customers  Staff members
x      critical  firing    2026-11-20 10:00  pool x        3          –              –
y      warning   firing    2026-11-20 10:00  pool y        3          –              –
last   warning   firing    2026-11-20 09:00  pool last     3          –              –
past   warning   resolved  2026-11-20 10:00  pool past     3          –              –

What to do
  看
"""
    )
    lines = run("alerts", "tail", "--once", "--json").stdout.splitlines()
    found = {one["fingerprint"]: one for one in map(json.loads, lines)}
    assert {name: one["status"] for name, one in found.items()} == {
        "last": "firing", "past": "resolved", "x": "firing", "y": "firing",
    }  # fmt: skip
    assert found["x"]["severity"] == "critical"


def test_what_comes_is_followed_until_told_to_stop(settings: Settings) -> None:
    write(settings, [alert("x"), progress(AS_OF)])
    with following() as process:
        lines = _lines(process)
        assert next(lines).startswith("1 alerts, 1 of them firing")
        assert [next(lines) for _ in range(6)][-1] == "  看"
        write(settings, [alert("x", 2), alert("y", 1, "critical")])  # x says nothing new
        assert next(lines) == "y  2026-11-20 10:00  critical  firing  pool y  about y  看"
        write(settings, [make("alerts", "y", None)])
        assert next(lines) == "y  taken back"
        write(settings, [alert("x", 3, status="resolved")])
        assert next(lines) == "x  2026-11-20 10:00  warning  resolved  pool x  about x  看"
        process.send_signal(signal.SIGTERM)
        assert (process.wait(20), list(lines)) == (0, [])


def test_no_broker() -> None:
    done = run("alerts", "tail", "--bootstrap-servers", "127.0.0.1:1")
    assert done.returncode == 1
    assert b"No Kafka broker answers at 127.0.0.1:1" in done.stderr


@contextmanager
def following() -> Iterator[subprocess.Popen[str]]:
    command = [COMMAND, "alerts", "tail", "--lang", "en"]
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    return (line.rstrip("\n") for line in process.stdout)
