"""The queue of what is still to happen: acts by the hour in which they fall.

An act is a callable with its arguments, far smaller than the lines it will write. It holds
only what has been started and not ended, so its size follows activity, not customers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sources.simulate.clock import HOUR


class Calendar:
    """Acts in the order of their hours; within an hour in the order they were entered."""

    def __init__(self, end: int) -> None:
        self._end = end
        self._hour = 0
        self._acts: defaultdict[int, list[tuple[Callable[..., None], int, Any]]]
        self._acts = defaultdict(list)

    def at(self, time: int, act: Callable[..., None], *args: object) -> None:
        """Call `act(time, *args)` in the hour of `time` (ms); after the span: never."""
        if time < self._end:
            self._acts[max(time // HOUR, self._hour)].append((act, time, args))

    def run(self, hour: int) -> None:
        """Do the acts of an hour, and those for the same hour that they enter."""
        self._hour = hour
        acts = self._acts.get(hour, [])
        for act, time, args in acts:  # the list may grow while it is worked through
            act(time, *args)
        self._acts.pop(hour, None)
