"""``truefriend`` without detectors, only to measure what they cost: nothing is told to them.

    python -m bench.detection.cost.undetected replay …

Accounts still keep the hashes that detectors would be told. It is the main
module of shards' processes too, so these are without detectors as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import pipeline.core.ledger.stage
import pipeline.replay.settle
from pipeline.core.detectors.customers import NOTHING

__all__ = ["undetected"]


def _nothing(*_: Any) -> Any:
    return NOTHING


def _no_drips(*_: Any) -> dict[str, None]:
    return {}


@contextmanager
def undetected() -> Iterator[None]:
    """While it lasts no account tells anything and nobody looks for slow pools."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(pipeline.replay.settle, "changed_drips", _no_drips))
        stack.enter_context(patch.object(pipeline.core.ledger.stage, "told_of", _nothing))
        yield


if __name__ in ("__main__", "__mp_main__"):
    _FOR_GOOD = undetected()  # kept: a context manager that nobody holds would be left at once
    _FOR_GOOD.__enter__()

if __name__ == "__main__":
    from pipeline.cli.main import main

    main()
