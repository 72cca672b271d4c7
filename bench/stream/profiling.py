"""cProfile over all threads of a process, each in a table of its own.

By the wall clock: that of each thread's CPU time is a system call and would take most of the time
itself. So what waits for the other thread looks a little dearer than it is.
"""

from __future__ import annotations

import cProfile
import io
import pstats
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.replay.bank import ROOT

__all__ = ["profiled"]

TOP = 40


@contextmanager
def profiled(path: Path) -> Iterator[None]:
    """Profiles what runs inside, and threads that begin inside, and writes the tables there."""
    profiles = {"main": cProfile.Profile()}

    def begin(*_: Any) -> None:
        """Called once in a new thread: enabling the profile takes this hook's place."""
        profile = cProfile.Profile()
        profiles[threading.current_thread().name] = profile
        profile.enable()

    threading.setprofile(begin)
    profiles["main"].enable()
    try:
        yield
    finally:
        profiles["main"].disable()
        threading.setprofile(None)  # type: ignore[arg-type]
        path.write_text("\n".join(_tables(profiles)), encoding="utf-8")


def _tables(profiles: dict[str, cProfile.Profile]) -> Iterator[str]:
    for name, profile in profiles.items():
        out = io.StringIO()
        stats = pstats.Stats(profile, stream=out)
        total = float(stats.total_tt)  # type: ignore[attr-defined]
        if total < 0.1:
            continue
        stats.sort_stats("tottime").print_stats(TOP)
        yield f"== thread {name}: {total:.2f} s\n{_short(out.getvalue())}\n"


def _short(table: str) -> str:
    for folder in (ROOT, sysconfig.get_paths()["purelib"], sysconfig.get_paths()["stdlib"]):
        table = table.replace(f"{folder}/", "")
    return table.strip()
