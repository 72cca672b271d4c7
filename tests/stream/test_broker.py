"""The broker on this machine: start, restart, stop; and its commands."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.broker import find_broker, start_broker, stop_broker
from pipeline.broker.properties import choose_ports
from pipeline.core.errors import TruefriendError
from tests.command import refusal, run
from tests.conftest import NewBroker


def test_it_comes_back_on_its_port_after_a_kill(new_broker: NewBroker) -> None:
    data, broker = new_broker()
    assert start_broker(data) == broker
    with pytest.raises(TruefriendError, match=f"runs already, on port {broker.port}. Stop it"):
        start_broker(data, port=1024)
    os.kill(broker.pid, signal.SIGKILL)
    again = start_broker(data)
    assert (again.port, again.pid == broker.pid) == (broker.port, False)
    assert stop_broker(data)
    port = choose_ports(None).client
    assert start_broker(data, port).port == port
    assert stop_broker(data)
    assert not stop_broker(data)
    assert find_broker(data) is None


def test_only_loopback_is_listened_on(new_broker: NewBroker) -> None:
    _, broker = new_broker()
    listening = _listening(broker.pid)
    assert len(listening) == 3
    assert {address for address, _ in listening} == {"127.0.0.1"}
    assert broker.port in {port for _, port in listening}


def test_a_foreign_process_is_not_stopped(tmp_path: Path) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (tmp_path / "broker.json").write_text(
            f'{{"client": 1, "internal": 2, "controller": 3, "pid": {sleeper.pid}}}'
        )
        assert find_broker(tmp_path) is None
        assert not stop_broker(tmp_path)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(TruefriendError, match=f"Port {port} of 127.0.0.1 is in use by another"):
            start_broker(tmp_path, port)


def test_without_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(TruefriendError, match=r"Kafka needs Java and there is none here\. Install"):
        start_broker(tmp_path / "data")


def test_without_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "java").write_text("#!/bin/sh\necho 'openjdk version \"21.0.1\"' >&2\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("shutil.which", _only_java(tmp_path / "java"))
    with pytest.raises(TruefriendError, match="fetched with Maven and there is none here"):
        start_broker(tmp_path / "data")


def test_the_commands(new_broker: NewBroker, tmp_path: Path) -> None:
    data, broker = new_broker()
    where = ["--data", str(data)]
    for command in ("start", "status"):
        done = run("kafka", command, *where)
        assert done.returncode == 0, done.stderr
        assert f"127.0.0.1:{broker.port}, process {broker.pid}," in done.stdout.decode()
    assert "Stop it first" in refusal(run("kafka", "start", "--port", "1024", *where), 1)
    assert run("kafka", "stop", *where).returncode == 0
    assert run("kafka", "stop", *where).returncode == 0
    done = run("kafka", "status", *where)
    assert (done.returncode, done.stdout.decode()) == (
        1,
        f"No broker of {data} runs. Start it: truefriend kafka start --data {data}\n",
    )
    assert run("kafka", "start", "--port", "99999", *where).returncode == 2


def _only_java(java: Path) -> Callable[..., str | None]:
    return lambda name, path=None: str(java) if name == "java" else None


def _listening(pid: int) -> list[tuple[str, int]]:
    """(address, port) of the sockets on which the process listens."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:  # closed since it was listed
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].split(":")
                raw = bytes.fromhex(address)
                mapped = raw[12:] if len(raw) == 16 else raw
                found.append((socket.inet_ntoa(mapped[::-1]), int(port, 16)))
    return found


def test_a_start_that_was_killed_halfway(new_broker: NewBroker) -> None:
    """The storage was made, but nobody wrote down with which ports."""
    data, _ = new_broker()
    assert stop_broker(data)
    (data / "broker.json").unlink()
    assert start_broker(data).pid
