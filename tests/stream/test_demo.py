"""``truefriend demo``: through a broker, interrupted, with a process killed, and without Java."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.broker import find_broker
from tests.command import COMMAND, contents, rows, run
from tests.conftest import NewBroker

SMALL = ("--days", "2", "--staff", "8", "--customers", "300")
ADDS = "SELECT * EXCLUDE (revision) FROM adds ORDER BY add_id"

needs_java = pytest.mark.skipif(
    shutil.which("java") is None and "CI" not in os.environ,
    reason="a real broker needs Java 17, and there is none here",
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The broker's folder is below ``tmp_path`` too, so that all that runs can be told by it."""
    (tmp_path / "tmp").mkdir()
    others = {name: text for name, text in os.environ.items() if "TRUEFRIEND" not in name}
    return {**others, "TMPDIR": str(tmp_path / "tmp")}


@needs_java
def test_through_kafka(tmp_path: Path, environment: dict[str, str]) -> None:
    out, replayed = tmp_path / "streamed", tmp_path / "replayed"
    result = run("demo", "--out", out, *SMALL, env=environment)
    said = result.stdout.decode()
    assert result.returncode == 0, result.stderr.decode() + said
    assert "经 Kafka 判定" in said
    assert "已处理 worked" in said
    assert "explain s0000" in said
    assert (out / "report.zh.html").stat().st_size > 10_000
    assert "worker stopped" in (out / "stream.log").read_text()
    assert left(tmp_path) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    run("demo", "--replay", "--out", replayed, *SMALL, env=environment)
    found, wanted = (rows(folder / "truefriend.duckdb", ADDS) for folder in (out, replayed))
    assert found == wanted
    assert len(found) > 10


@needs_java
@pytest.mark.full
def test_a_broker_that_runs_is_used_and_stays(
    tmp_path: Path, environment: dict[str, str], new_broker: NewBroker
) -> None:
    kafka, broker = new_broker()
    options = ("--kafka", kafka, "--out", tmp_path / "demo", *SMALL)
    assert run("demo", *options, env=environment).returncode == 0
    assert find_broker(kafka) == broker
    assert left(tmp_path) == []


@needs_java
@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.full)]
)
def test_interrupted(tmp_path: Path, environment: dict[str, str], number: int) -> None:
    with at_work(tmp_path, environment) as demo:
        assert any("sink" in one for one in left(tmp_path))
        demo.send_signal(number)
        _, said = demo.communicate(timeout=60)
    assert (demo.returncode, said.decode().splitlines()[-1]) == (
        1,
        "Stopped. Run the same command again to go on.",
    )
    assert left(tmp_path) == []


@needs_java
def test_its_run_is_killed(tmp_path: Path, environment: dict[str, str]) -> None:
    with at_work(tmp_path, environment) as demo:
        [pid] = [pid for pid, words in processes(tmp_path) if "run" in words]
        os.kill(pid, signal.SIGKILL)
        _, said = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert said.decode().startswith("Error: truefriend run ended with code -9: ")
    assert left(tmp_path) == []


def test_without_java(tmp_path: Path, environment: dict[str, str]) -> None:
    bare = {name: text for name, text in environment.items() if name != "JAVA_HOME"}
    result = run("demo", "--out", tmp_path / "demo", *SMALL, env={**bare, "PATH": ""})
    said = result.stdout.decode()
    assert result.returncode == 0, result.stderr.decode()
    assert "Without Kafka, the files are replayed: Kafka needs Java and there is none here." in said
    assert "完成" in said
    assert not (tmp_path / "demo" / "stream.log").exists()
    assert len(contents(tmp_path / "demo" / "truefriend.duckdb")["main.adds"]) > 10


@contextmanager
def at_work(folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A demo whose workers and sink are at work."""
    command = [COMMAND, "demo", "--out", str(folder / "demo"), *SMALL]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment) as demo:
        log, end = folder / "demo" / "stream.log", time.monotonic() + 60
        while not (log.exists() and "worker started" in log.read_text()):
            assert time.monotonic() < end
            assert demo.poll() is None
            time.sleep(0.05)
        yield demo


def processes(folder: Path) -> list[tuple[int, list[str]]]:
    """Process ids and command lines of all that names the folder, this test's own not."""
    done = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,command="], capture_output=True, text=True, check=True
    )
    found = [line.split() for line in done.stdout.splitlines() if str(folder) in line]
    return [(int(words[0]), words[1:]) for words in found]


def left(folder: Path) -> list[str]:
    return [" ".join(words) for _, words in processes(folder)]
