"""One subject's members, by cells of time; which members' evidence changes when one comes.

The definition is simple: a cell's totals are the sums of its members' counts, its *mood* a
coarse view of them, and a member's evidence depends on its own traits and on its cells' moods.
Held incrementally: a new member changes the totals of its cells; only where a mood changes are
all members of the cell looked at again. A mood of a small cell is exact, that of a large one
changes with the logarithm of its sums, so a cell of n costs about n, not n².
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pipeline.core.detectors.members import QUICK_US, Hurry, Identity, Member

__all__ = ["COUNTS", "Cell", "Group", "Mood", "counts_of", "mood_of"]

COUNTS = (
    "customers", "several", "many", "removed", "stranger", "wrote", "elsewhere", "shared",
    "locked", "quick", "hurried", "instant", "script", "sound",
)  # fmt: skip
"""What is summed up over the members of a cell: those with two or more adds in the month, with
five or more, with an early removal, verified as no customer with an account, who wrote, who claim
another province, verified as somebody's earlier number; the first stratum's suspicion, 0 to 3
each; those who added both staff of a pair within ten seconds; those who added any two staff of the
month within a minute, or within ten seconds, or three in a row like a script; and those verified as
customers with an account."""

EXACT = 12
"""Up to so many a mood holds the exact sum."""

# To look a member up in its Enum takes longer than to compare it.
_UNKNOWN: Final = int(Identity.UNKNOWN)
_NO_ACCOUNT: Final = int(Identity.NO_ACCOUNT)
_ACCOUNT: Final = int(Identity.ACCOUNT)
_MINUTE: Final = int(Hurry.MINUTE)
_SECONDS: Final = int(Hurry.SECONDS)
_SCRIPT: Final = int(Hurry.SCRIPT)

Cell = tuple[int, ...]
"""(scale, shift, window…): the scale by its place among the subject's, whole-month cells have only
that."""

Totals = list[int]
Mood = tuple[int, ...]


def counts_of(member: Member) -> tuple[int, ...]:
    """One member's part in the totals, in the order of ``COUNTS``."""
    traits, times = member.traits, member.times
    return (
        1,
        traits.adds >= 2,
        traits.adds >= 5,
        traits.removed > 0,
        traits.identity == _UNKNOWN or traits.identity == _NO_ACCOUNT,
        traits.wrote,
        traits.elsewhere,
        traits.shared,
        traits.suspicion,
        len(times) == 2 and abs(times[0] - times[1]) <= QUICK_US,
        traits.hurry >= _MINUTE,
        traits.hurry >= _SECONDS,
        traits.hurry >= _SCRIPT,
        traits.identity == _ACCOUNT,
    )


def mood_of(totals: Iterable[int]) -> Mood:
    """A coarse view of totals: exact for few, else each by steps of a fifth.

    Steps of the sums, not of their shares: a share that stays near an edge would change its step
    with every newcomer, sums only grow.
    """
    return tuple([total if total <= EXACT else _step(total) for total in totals])


def _step(number: int) -> int:
    """The greatest of 12, 14, 16, 20, 24, 28, 32, 40 … that is not greater."""
    power = 1 << (number.bit_length() - 1)
    return power + (number - power) * 4 // power * power // 4


class _Window:
    __slots__ = ("members", "mood", "totals")

    def __init__(self) -> None:
        self.totals: Totals = [0] * len(COUNTS)
        self.mood: Mood = ()
        self.members: set[str] = set()


class Group:
    """The members of one subject. ``cells_of`` says which cells a member falls into.

    Cells are counted once there are more than ``least`` members: no cell of fewer matters to
    anybody, and most subjects never have so many.
    """

    __slots__ = ("_cells_of", "_dirty", "_least", "_windows", "counted", "members")

    def __init__(self, cells_of: Callable[[Member], tuple[Cell, ...]], least: int = 0) -> None:
        self._cells_of = cells_of
        self._least = least
        self.counted = False
        self._windows: dict[Cell, _Window] = {}
        self._dirty: dict[Cell, None] = {}
        self.members: dict[str, Member] = {}

    def put(self, customer_id: str, member: Member | None) -> None:
        """Upserts a member; None takes it away."""
        old = self.members.pop(customer_id, None)
        if member is not None:
            self.members[customer_id] = member
        if self.counted:
            if old is not None:
                self._count(customer_id, old, -1)
            if member is not None:
                self._count(customer_id, member, 1)
        elif len(self.members) > self._least:
            self.counted = True
            for name, one in self.members.items():
                self._count(name, one, 1)

    def moods(self, member: Member) -> Iterator[tuple[Cell, Mood]]:
        """The moods of a member's cells, as of the last ``settle``; none while none is counted."""
        if self.counted:
            for cell in self._cells_of(member):
                yield cell, self._windows[cell].mood

    def settle(self, touched: Iterable[str]) -> set[str]:
        """Renews the moods; whose evidence may have changed, beside those touched."""
        changed = set(touched)
        for cell in self._dirty:
            window = self._windows[cell]
            if not window.members:
                del self._windows[cell]
                continue
            mood = mood_of(window.totals)
            if mood != window.mood:
                window.mood = mood
                changed |= window.members
        self._dirty = {}
        return changed

    def _count(self, customer_id: str, member: Member, sign: int) -> None:
        counts = counts_of(member)
        for cell in self._cells_of(member):
            window = self._windows.get(cell)
            if window is None:
                window = self._windows[cell] = _Window()
            totals = window.totals
            for number, count in enumerate(counts):
                if count:
                    totals[number] += sign * count
            if sign > 0:
                window.members.add(customer_id)
            else:
                window.members.discard(customer_id)
            self._dirty[cell] = None
