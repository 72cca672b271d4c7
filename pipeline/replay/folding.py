"""From lines to accounts: the loop that every event of a replay goes through, compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from pipeline.core.ledger.stage import Ledger, Taken
from topics.codec import BadRecord, decode_event, is_blank
from topics.event import Event

__all__ = ["fold_lines"]

_APPLIED: Final = Taken.APPLIED

Odd = Callable[[int, bytes, Event | BadRecord, Taken], None]
"""Takes (line number, line, what it holds, what became of it); APPLIED with a BadRecord only."""


def fold_lines(ledger: Ledger, data: bytes, numbers: Sequence[int], odd: Odd) -> int:
    """Takes the events of lines into a ledger; returns how many it applied.

    What it did not apply goes to ``odd``, as do lines that hold no event; blank lines do not.
    ``decode_lines`` would do the reading, but a generator's steps take a sixth more of all this.
    """
    applied = 0
    for number, line in zip(numbers, data.split(b"\n"), strict=False):
        try:
            event = decode_event(line)
        except BadRecord as bad:
            if not is_blank(line):
                odd(number, line, bad, _APPLIED)
            continue
        taken = ledger.take(event)
        if taken is _APPLIED:
            applied += 1
        else:
            odd(number, line, event, taken)
    return applied
