"""Where the processes of a replay's shards come from.

One process imports what shards need, and each shard is a fork of it. Not a fork of the command's
own: DuckDB's threads would be missing in it.
"""

from __future__ import annotations

import multiprocessing as mp
from multiprocessing import forkserver
from typing import Any

__all__ = ["prepare_processes", "process_context"]

_IMPORTED = "pipeline.replay.cluster"


def process_context() -> Any:
    """What makes them; where there are no forks each imports for itself."""
    if "forkserver" not in mp.get_all_start_methods():
        return mp.get_context("spawn")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload([_IMPORTED])
    return context


def prepare_processes() -> None:
    """Begins the imports, while the caller still does its own; not needed, only sooner."""
    if process_context().get_start_method() == "forkserver":
        forkserver.ensure_running()
