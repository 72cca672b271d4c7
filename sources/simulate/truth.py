"""The truth about every add, in a file of its own that no detector reads.

A lawful add has the label "organic", no pool, and as its context the occasion (routine, or the
name of a crowd). A fake one has its attack's label, its pool's id, and as its context how well
the pool hides: bare, light or heavy.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from sources.simulate.friendship import Manner

HEADER = "staff_id,customer_id,label,pool_id,context"


class Truth:
    """Writes truth.csv as the adds happen: one row for each pair of staff and customer."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.labels: Counter[str] = Counter()
        self.contexts: Counter[str] = Counter()
        file.write(HEADER + "\n")

    def add(self, staff_id: str, customer_id: str, manner: Manner) -> None:
        """Note the first add of a pair; lawful ones have the label "organic" and no pool."""
        self.labels[manner.label] += 1
        if manner.label == "organic":
            self.contexts[manner.context] += 1
        self._file.write(
            f"{staff_id},{customer_id},{manner.label},{manner.pool_id},{manner.context}\n"
        )
