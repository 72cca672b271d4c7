"""The demo's own processes: started and stopped by their ids, whatever ends the demo."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from pipeline.broker.properties import is_free

__all__ = ["Child", "free_ports", "interruptible", "uninterrupted"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STOP_S = 20.0  # `run` itself gives its processes nine seconds


@dataclass(slots=True)
class Child:
    """One truefriend command at work; what it says goes to the end of ``log``."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    below: list[int] = field(default_factory=list)

    @classmethod
    def start(cls, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
        """``arguments`` are those of the truefriend command."""
        with log.open("ab") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.cli", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,  # Ctrl-C is the demo's to answer
            )
        return cls(arguments[0], process, log)

    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll()

    def note_below(self) -> None:
        """Remembers the processes that it has started, for the case that it cannot stop them."""
        self.below = _children_of(self.process.pid) or self.below

    def stop(self) -> None:
        """SIGTERM and wait; what it leaves behind, and itself if it stays, is killed."""
        if self.process.poll() is None:
            self.note_below()
            self.process.terminate()
            try:
                self.process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in set(self.below) & set(_ours()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def free_ports(number: int) -> int:
    """The first of so many ports in a row of 127.0.0.1 that nobody listens on."""
    while True:
        first = random.randrange(20_000, 32_000)
        if all(is_free(first + more) for more in range(number)):
            return first


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and a closed terminal end the block like Ctrl-C: by KeyboardInterrupt."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handling(interrupt):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """The block cleans up, which takes seconds: nothing must cut it short but SIGKILL."""
    with _handling(signal.SIG_IGN):
        yield


@contextmanager
def _handling(handler: signal._HANDLER) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _children_of(pid: int) -> list[int]:
    return [one for one, (parent, _) in _processes().items() if parent == pid]


def _ours() -> list[int]:
    """Those that run our command: a number may be another process's by now."""
    return [one for one, (_, command) in _processes().items() if " -m pipeline.cli " in command]


def _processes() -> dict[int, tuple[int, str]]:
    """Process id to parent and command line; nothing where there is no ps."""
    command = ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        return {}
    found = {}
    for line in done.stdout.decode(errors="replace").splitlines():
        pid, parent, command_line = line.split(None, 2)
        found[int(pid)] = (int(parent), f"{command_line} ")
    return found
