"""What is counted in one database, before any interval."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Money", "Point", "PoolDelay", "Run", "Share"]


class Share(NamedTuple):
    """``part`` of ``whole``."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


class Point(NamedTuple):
    """All adds whose fake_score is ``score`` or more: so many, and so many fakes of them."""

    score: float
    adds: int
    fakes: int


class PoolDelay(NamedTuple):
    """A pool's first fake add to its first verdict (see ``delay.py``).

    ``adds`` of the pool were made by then, its first one counted; ``minutes`` had passed since it.
    Both None: never found.
    """

    pool_id: str
    label: str
    pool_adds: int
    adds: int | None
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Money:
    """Whole fen, at 1 yuan a raw add: ``saved`` for fakes found, ``saved_alone`` of it for those
    that no other reason would have kept from being paid, ``withheld`` for lawful adds called fake
    that would be valid or pending without it.
    """

    saved_fen: int = 0
    saved_alone_fen: int = 0
    withheld_fen: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One truth and one database. An add is *found* if any ``fake_*`` is in its reasons.

    ``not_in_db`` and ``not_in_truth`` are pairs known to one side only: they count nowhere else.
    Labels and levels are of fakes, contexts of lawful adds; ``accounts`` are customers with a fake
    add. ``by`` says how delays were measured: "verdicts" or "windows".
    """

    truth: str
    db: str
    adds: int
    fakes: int
    not_in_db: int
    not_in_truth: int
    precision: Share
    recall: Share
    by_label: dict[str, Share]
    by_level: dict[str, Share]
    accounts: Share
    accounts_by_label: dict[str, Share]
    false_by_context: dict[str, Share]
    curve: list[Point]
    alerts: dict[str, int]
    days: int
    delays: list[PoolDelay]
    by: str
    money: Money = field(default_factory=Money)
