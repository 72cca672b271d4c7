"""Processes of ours that are measured: started together, asked how far they are, stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bench.stream.place import PARTITIONS, Place
from bench.stream.stages import KINDS
from pipeline.stream_places import WORKERS, Places

__all__ = ["Process", "await_rest", "workers"]

_STOP_S = 30.0
_LOOK_S = 1.0
_STILL_S = 60.0


class Process:
    """A module of the benches that prints a line of JSON now and then; ``said`` is the last."""

    def __init__(self, place: Place, module: str, arguments: Sequence[str]) -> None:
        self.said: dict[str, Any] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=place.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # all is imported
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def begin(self) -> None:
        """Lets it go; it waits for that once it is there."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def latest(self) -> dict[str, Any]:
        """What it says next: that of now."""
        known = self.said
        while self.said is known:
            self.check()
            time.sleep(0.05)
        return self.said

    def ended(self) -> dict[str, Any]:
        """Waits until it ends by itself; the last that it said."""
        if self._process.wait():
            self.check()
        self._reader.join()
        return self.said

    def check(self) -> None:
        """SystemExit where it has ended by itself."""
        if self._process.poll() is not None:
            raise SystemExit(f"A measured process ended with {self._process.returncode}.")

    def stop(self) -> dict[str, Any]:
        """Ends it; the last that it said."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        return self.said

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said = json.loads(line)


@contextmanager
def workers(
    place: Place, kind: str, number: int = 1, arguments: Sequence[str] = ()
) -> Iterator[list[Process]]:
    """So many workers, begun at once; they are stopped at the end."""
    found = [Process(place, "bench.stream.worker", [kind, *arguments]) for _ in range(number)]
    try:
        for process in found:
            process.begin()
        yield found
    finally:
        for process in found:
            process.stop()


def await_rest(place: Place, kind: str, processes: Sequence[Process]) -> None:
    """Returns once the workers have read all that their stages read.

    SystemExit where they have stood still for a minute before that.
    """
    inputs = {topic for topics in KINDS[kind][1].values() for topic in topics}
    places = Places(place.clients, PARTITIONS, ())
    moved, lasts = time.monotonic(), [None]
    try:
        while time.monotonic() - moved < _STILL_S:
            time.sleep(_LOOK_S)
            for process in processes:
                process.check()
            if not _unread(places, inputs):
                return
            now = [process.said.get("last") for process in processes]
            if now != lasts:
                moved, lasts = time.monotonic(), now
        raise SystemExit(f"The workers ({kind}) stand still before they are done.")
    finally:
        places.close()


def _unread(places: Places, inputs: set[str]) -> bool:
    ends = places.ends()
    wanted = [one for one in places.look(ends, {}) if one.reader == WORKERS and one.topic in inputs]
    return bool(places.unread(wanted)) or places.ends() != ends
