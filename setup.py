"""Compiles what every event goes through, where mypyc and a C compiler are there.

Where they are not, the modules stay Python, as they all do with TRUEFRIEND_COMPILE=0. Everything
else about the package stands in pyproject.toml.
"""

from __future__ import annotations

import logging
import os
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

# No msgspec struct may stand in them: mypyc hides what its fields are. Compiling others makes none
# faster: they spend their time in C already, or in objects that it reaches no faster than Python.
COMPILED = [
    "topics/codec.py",
    "topics/event.py",
    "topics/times.py",
    "pipeline/core/activity.py",
    "pipeline/core/calendar.py",
    "pipeline/core/causes.py",
    "pipeline/core/detectors/cells.py",
    "pipeline/core/detectors/detection.py",
    "pipeline/core/detectors/group.py",
    "pipeline/core/detectors/levels.py",
    "pipeline/core/detectors/news.py",
    "pipeline/core/detectors/open_months.py",
    "pipeline/core/detectors/telling.py",
    "pipeline/core/ledger/account.py",
    "pipeline/core/ledger/fold.py",
    "pipeline/core/ledger/memory.py",
    "pipeline/core/ledger/stage.py",
    "pipeline/replay/folding.py",
]


def _extensions() -> list[Extension]:
    if os.environ.get("TRUEFRIEND_COMPILE") == "0" or {"egg_info", "dist_info"} & {*sys.argv}:
        return []  # the last two ask for names and versions only
    try:
        from mypyc.build import mypycify
    except ImportError:
        return []
    found: list[Extension] = mypycify(COMPILED, opt_level="3", separate=True)
    return found


class _AllOrNone(build_ext):
    """Compiles all modules or leaves them all Python: a module is of two parts, which need both."""

    command_name = "build_ext"  # by which its options are found

    def run(self) -> None:
        try:
            super().run()
        except Exception as error:  # noqa: BLE001 - no compiler, no memory, no headers: no matter
            self.announce(f"Not compiled: {error}", level=logging.WARNING)
            self.extensions = self.distribution.ext_modules = []


setup(
    ext_modules=_extensions(),
    cmdclass={"build_ext": _AllOrNone},
    options={"build_ext": {"parallel": os.cpu_count()}},
)
