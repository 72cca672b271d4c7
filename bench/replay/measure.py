"""One process run and measured: wall and CPU seconds, memory; and the machine it ran on."""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import platform
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["TRUEFRIEND", "UNDETECTED", "Usage", "machine", "measure", "spread"]

TRUEFRIEND = [sys.executable, "-c", "from pipeline.cli.main import main; main()"]
UNDETECTED = [sys.executable, "-m", "bench.detection.cost.undetected"]
"""``truefriend``, and the same without detectors."""

_SAMPLE_SECONDS = 0.1
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


@dataclass(frozen=True)
class Usage:
    """What a process and its own children used.

    ``peak_mib`` is the greatest resident size of all together, seen every tenth of a second;
    pages that they share count more than once.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_mib: int
    output: str


def measure(command: Sequence[str], cores: int) -> Usage:
    """Runs the command on the first ``cores`` cores to its end; SystemExit if it fails."""
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    _adopt_orphans()
    start = time.perf_counter()
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
        preexec_fn=lambda: os.sched_setaffinity(0, allowed),
    )
    memory = _Memory(child.pid)
    assert child.stdout is not None
    try:
        output = child.stdout.read()
    except BaseException:  # Ctrl-C does not reach a process group of its own
        os.killpg(child.pid, signal.SIGKILL)
        raise
    # wait4, not getrusage(RUSAGE_CHILDREN): that sums over all children so far.
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    cpu_seconds = usage.ru_utime + usage.ru_stime + _of_orphans(child.pid)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stdout.close()
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}.")
    peak = max(memory.stop(), usage.ru_maxrss >> 10)
    return Usage(seconds, cpu_seconds, peak, output)


def _adopt_orphans() -> None:
    """Has what a child leaves behind, as the process that shards are forked from, come to us."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _of_orphans(group: int) -> float:
    """CPU seconds of what is left of a process group, which ends soon, and of their children."""
    found = 0.0
    with suppress(ChildProcessError):
        while True:
            usage = os.wait4(-group, 0)[2]
            found += usage.ru_utime + usage.ru_stime
    return found


def spread(values: Sequence[float], digits: int = 2) -> dict[str, float]:
    """Median, least and greatest."""
    found = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, digits) if digits else int(value) for name, value in found.items()}


def machine() -> dict[str, object]:
    """What figures depend on; the load averages say who else was at work at the start."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _cpu_model(),
        "python": platform.python_version(),
        "duckdb": importlib.metadata.version("duckdb"),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


class _Memory:
    """Watches the resident size of a process and its descendants."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The peak in MiB."""
        self._ended.set()
        self._thread.join()
        return self._peak >> 20

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, sum(map(_resident, _family(self._pid))))


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:  # it has just ended
        return []
    return [pid, *(one for child in children for one in _family(int(child)))]


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return int(pages[1]) * os.sysconf("SC_PAGESIZE") if pages else 0
