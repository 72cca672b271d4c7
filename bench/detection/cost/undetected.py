"""``truefriend`` without detectors, only to measure what they cost: nothing is told to them.

    python -m bench.detection.cost.undetected replay …

Accounts still keep the hashes that detectors would be told. It is the main module of shards'
processes too, so these are without detectors as well.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pipeline.core.ledger.stage
from pipeline.core.detectors.customers import NOTHING

__all__ = ["undetected"]


def _nothing(*_: Any) -> Any:
    return NOTHING


def _no_drips(*_: Any) -> dict[str, None]:
    return {}


@contextmanager
def undetected() -> Iterator[None]:
    """While it lasts no account tells anything and nobody looks for slow pools."""
    with _untold(), patch("pipeline.replay.settle.changed_drips", _no_drips):
        yield


def _untold() -> Any:
    return patch.object(pipeline.core.ledger.stage, "told_of", _nothing)


if __name__ == "__mp_main__":  # a shard
    _untold().start()

if __name__ == "__main__":
    from pipeline.cli.main import main
    from pipeline.replay.processes import prepare_processes

    if "--shards 1" not in " ".join(sys.argv):
        prepare_processes()  # before the imports of the next line, as the command itself does
    with undetected():
        main()
