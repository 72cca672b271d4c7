"""The last resort of a process that was told to end: it ends hard where it does not end by itself.

A broker that is away keeps clients waiting in calls that nothing interrupts. Whatever writes here
is transactional: a process that is cut off loses no more than one that is killed.
"""

from __future__ import annotations

import logging
import os
import threading
import time

__all__ = ["end_within"]

_log = logging.getLogger(__name__)
_STOP_S = 8.0  # `run` kills after 9, and ten seconds are what is promised
_SAY_S = 0.5


def end_within(seconds: float = _STOP_S) -> None:
    """Ends this process with code 0 after so many seconds, if it still runs then."""
    threading.Thread(target=_end, args=(seconds,), daemon=True, name="ending").start()


def _end(seconds: float) -> None:
    time.sleep(seconds)
    # In a thread of its own: a reader of the log that stands still must not keep us.
    saying = threading.Thread(target=_say, args=(seconds,), daemon=True)
    saying.start()
    saying.join(_SAY_S)
    os._exit(0)


def _say(seconds: float) -> None:
    _log.warning("ended hard: it did not stop in time", extra={"seconds": seconds})
    logging.shutdown()
