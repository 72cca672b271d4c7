"""How many cores this process may use: not all of a machine's, where it is held to some."""

from __future__ import annotations

import os

__all__ = ["cores"]


def cores() -> int:
    """At least one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
