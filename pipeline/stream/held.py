"""What waits for more of its kind while events keep coming, so that accounts are judged once.

An account hears of its customer's number, of others beside it and of their suspicion, each by a
topic of its own. Where a partition has more to do than it can, each would have the account judged
and written again: these topics wait then, for a second at most, and are taken together.
"""

from __future__ import annotations

from pipeline.stream.transport import Fetched

__all__ = ["Held"]

_TOPICS = frozenset({"answers", "facts", "signals"})
_SECONDS = 1.0
_RECORDS = 20_000


class Held:
    """Batches in the order they came. Their positions have not moved: dropped, they come again."""

    def __init__(self) -> None:
        self._batches: list[tuple[str, Fetched]] = []
        self._ends: dict[str, int] = {}
        self._since = 0.0
        self._records = 0

    def end(self, topic: str) -> int | None:
        """The offset after the last held batch of a topic."""
        return self._ends.get(topic)

    def put(self, topic: str, fetched: Fetched, now: float) -> bool:
        """Keeps the batch, if its topic may wait; ``now`` in seconds of any clock."""
        if topic not in _TOPICS:
            return False
        if not self._batches:
            self._since = now
        self._batches.append((topic, fetched))
        self._ends[topic] = fetched.end
        self._records += len(fetched)
        return True

    def due(self, now: float) -> bool:
        """Whether they have waited long enough, or are too many."""
        late = now - self._since >= _SECONDS
        return bool(self._batches) and (late or self._records >= _RECORDS)

    def take(self) -> list[tuple[str, Fetched]]:
        """All of them, with their topics; none is held any more."""
        found = self._batches
        self.drop()
        return found

    def drop(self, topic: str | None = None) -> None:
        """Forgets a topic's batches, or all of them."""
        rest = [one for one in self._batches if topic is not None and one[0] != topic]
        self._batches, self._ends, self._records = [], {}, 0
        for name, fetched in rest:
            self.put(name, fetched, self._since)
