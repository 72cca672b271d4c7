"""``truefriend run``: its processes end with it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from pipeline.core.records import STATE_FORMAT
from pipeline.settings import Settings
from pipeline.stream.stages.partition import PARTITION, row_key
from sinks.duckdb.database import writing
from sinks.duckdb.stream.records import Record
from tests.command import COMMAND
from tests.conftest import FreshTopics
from tests.stream.writing import write
from tests.stream_records import KEYED

PATIENCE_S = 60.0


@contextmanager
def running(settings: Settings, db: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command with a sink and two workers; whatever is left of it is killed at the end."""
    env = {**os.environ, "TRUEFRIEND_NAMESPACE": settings.namespace}
    servers = ["--bootstrap-servers", settings.bootstrap_servers]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [COMMAND, "run", *servers, "--db", str(db), "--workers", "2"], env=env, stderr=out
        )
    left: set[int] = set()
    try:
        until(lambda: len(children(process.pid)) == 3, log)
        left = children(process.pid)
        until(lambda: log.read_bytes().count(b'"partitions assigned"') >= 2, log)
        yield process
    finally:
        for pid in filter(alive, {process.pid, *left}):
            os.kill(pid, signal.SIGKILL)
        process.wait()


def until(check: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while not check():
        assert time.monotonic() < end, log.read_text(encoding="utf-8")
        time.sleep(0.1)


def children(pid: int) -> set[int]:
    """The processes that a process has started."""
    found = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = (map(int, line.split()) for line in found.stdout.splitlines())
    return {child for child, parent in pairs if parent == pid}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "ended"])
def test_no_process_outlives_it(
    fresh_topics: FreshTopics, tmp_path: Path, number: signal.Signals
) -> None:
    log, db = tmp_path / "run.log", tmp_path / "stream.duckdb"
    with running(fresh_topics(KEYED), db, log) as process:
        programs = children(process.pid)
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == (-number if number == signal.SIGKILL else 0)
        until(lambda: not any(map(alive, programs)), log)
    with writing(db, "Asia/Shanghai") as connection:  # the sink keeps it locked no more
        assert connection.execute("SELECT count(*) FROM adds").fetchone() == (0,)


def test_a_program_that_stands_still_is_killed_with_it(tmp_path: Path) -> None:
    """It takes no SIGTERM, as one that is stuck in a call."""
    stuck = tmp_path / "stuck.py"
    stuck.write_text(
        "import signal, time\n"
        "import pipeline.supervisor as supervisor\n"
        "import threading\n"
        "supervisor._STOP_S = 1.0\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "threading.Thread(target=supervisor._end_with_the_supervisor, daemon=True).start()\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, str(stuck)], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == -signal.SIGKILL


def test_a_state_of_another_format_is_refused(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    settings = fresh_topics(KEYED)
    progress = msgspec.msgpack.encode((None, {}, 1, [], STATE_FORMAT + 1))
    row = (PARTITION, "", "", "", progress)
    key = row_key(row)
    write(settings, [Record("changelog", 3, 0, 0, key, row[4])])
    log, db = tmp_path / "run.log", tmp_path / "stream.duckdb"
    env = {**os.environ, "TRUEFRIEND_NAMESPACE": settings.namespace}
    servers = ["--bootstrap-servers", settings.bootstrap_servers]
    with log.open("wb") as out:
        command = [COMMAND, "run", *servers, "--db", str(db)]
        done = subprocess.run(command, env=env, stderr=out, timeout=PATIENCE_S, check=False)
    text = log.read_text(encoding="utf-8")
    assert done.returncode == 2
    assert "The state of partition 3 in the changelog is not of the format" in text
    assert "Traceback" not in text
