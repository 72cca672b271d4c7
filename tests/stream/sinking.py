"""A sink as a process of its own, and waiting for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.clients import Clients
from pipeline.settings import Settings
from pipeline.stream_places import SINK, Places
from sinks.duckdb.stream.records import READ
from tests.command import COMMAND
from tests.stream_records import KEYED

__all__ = ["sink", "stop", "until", "wait_until_stored"]

PATIENCE_S = 60


@contextmanager
def sink(settings: Settings, db: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The sink at work; ended with SIGTERM if it still runs."""
    env = {**os.environ, "TRUEFRIEND_NAMESPACE": settings.namespace}
    command = [COMMAND, "sink", "--db", str(db), "--batch-seconds", "0.1", *options]
    command += ["--bootstrap-servers", settings.bootstrap_servers]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)


def stop(process: subprocess.Popen[bytes]) -> tuple[int, list[dict[str, object]], float]:
    """Exit code, log lines, and the seconds that stopping took."""
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    lines = [json.loads(line) for line in said.splitlines()]
    return process.returncode, lines, time.monotonic() - started


def until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not check():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)


def wait_until_stored(settings: Settings, db: Path) -> None:
    """By the sink's copy of its positions: the file itself is locked."""
    places = Places(Clients(settings), KEYED, READ)

    def stored() -> bool:
        found = places.look(places.ends(), places.sink_positions())
        return not places.unread(place for place in found if place.reader == SINK)

    until(stored)
    places.close()
