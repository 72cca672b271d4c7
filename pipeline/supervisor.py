"""Runs programs of the ``truefriend`` command side by side, and starts again what ends.

They end with the supervisor, also where it is killed: each has the end of a pipe as its standard
input, of which the supervisor alone holds the other end, and watches it.
"""

from __future__ import annotations

import logging
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.core.errors import WrongUse

__all__ = ["Program", "Supervisor"]

_log = logging.getLogger(__name__)
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)
_WELL_AFTER_S = 30.0  # one that ran so long begins with the shortest pause again
_STOP_S = 9.0
_WRONG_USE = 2


@dataclass(slots=True)
class Program:
    """One process; ``arguments`` are those of the truefriend command."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)
    failures: int = field(default=0, init=False)
    start_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        # In a group of its own: Ctrl-C is the supervisor's to answer.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.supervisor", *self.arguments],
            start_new_session=True,
            stdin=subprocess.PIPE,
        )
        self.started = time.monotonic()


class Supervisor:
    """Runs until SIGTERM or SIGINT, then stops all and waits for their ends."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self._programs = programs
        self._stopping = threading.Event()

    def run(self) -> None:
        """WrongUse where a program says that it was used wrongly: it would so again."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        try:
            while not self._stopping.wait(0.1):
                for program in self._programs:
                    self._look_after(program)
        finally:
            self._stop()

    def _look_after(self, program: Program) -> None:
        process = program.process
        if process is None:
            if time.monotonic() >= program.start_at:
                program.start()
            return
        code = process.poll()
        if code is None:
            return
        program.process = None
        if process.stdin is not None:
            process.stdin.close()
        if code == _WRONG_USE:
            raise WrongUse(f"{program.name} was refused; see what it says above.")
        ran = time.monotonic() - program.started
        program.failures = 0 if ran > _WELL_AFTER_S else program.failures + 1
        pause = _PAUSES_S[min(program.failures, len(_PAUSES_S) - 1)]
        program.start_at = time.monotonic() + pause
        _log.warning("started again", extra={"program": program.name, "code": code})

    def _stop(self) -> None:
        running = [one.process for one in self._programs if one.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + _STOP_S
        for process in running:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                _log.warning("killed: it did not stop", extra={"pid": process.pid})
                os.kill(process.pid, signal.SIGKILL)
                process.wait()


def _end_with_the_supervisor() -> None:
    """Waits for the pipe's other end to close; then this process ends as by SIGTERM, or by force.

    Linux alone has a signal for that (PR_SET_PDEATHSIG), and it comes when a thread ends, too.
    """
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_STOP_S)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":  # one of the programs
    threading.Thread(target=_end_with_the_supervisor, daemon=True).start()
    runpy.run_module("pipeline.cli", run_name="__main__")
