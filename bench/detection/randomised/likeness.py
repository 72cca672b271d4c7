"""How much a gathering is like one that is paid for: the one thing that no single knob tells.

Each sign of it may be true of a lawful crowd, and most pairs of them; all at once are not. And none
need be true of an order, but many are. So regions of knobs may overlap as they like, and what a
bank's life rules out is ruled out here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.detection.randomised.dice import Dice
from bench.detection.randomised.knobs import DAY, Knobs, adds_each

__all__ = ["SIGNS", "Screen", "likeness", "signs"]

SIGNS = {
    "several": 2.2,
    "deep": 1.6,
    "haste": 1.3,
    "silent": 2.5,
    "nobody": 2.0,
    "leaves": 1.2,
    "again": 1.2,
    "shared": 1.0,
    "forged": 1.0,
}
"""The signs and their usual weights."""

LAWFUL_MOST = 0.25
BOUGHT_LEAST = {"bare": 0.64, "light": 0.61, "heavy": 0.58}
"""By hiding level."""

_BLUR = 0.012
_TRIES = 100
_KEPT = 7 * DAY
_PATIENCE = 6 * DAY
_HASTY, _SLOW = 4.0, DAY


@dataclass(frozen=True)
class Screen:
    """What one bank's life rules out, with the weights it gives the signs."""

    weights: Mapping[str, float]

    def lawful(self, dice: Dice, draw: Callable[[], Knobs]) -> Knobs:
        """Draws until it is hardly like a paid one; at last the least like one."""
        return self._passed(dice, draw, LAWFUL_MOST, -1)

    def bought(self, dice: Dice, draw: Callable[[], Knobs], level: str) -> Knobs:
        """Draws until it is enough like a paid one for so hidden a one; at last the most like."""
        return self._passed(dice, draw, BOUGHT_LEAST[level], 1)

    def between(self, knobs: Knobs, both: Sequence[Knobs], *, paid: bool) -> bool:
        """Whether a mixture of two that have passed may pass with them."""
        found = likeness(knobs, self.weights)
        others = [likeness(one, self.weights) for one in both]
        return found >= min(others) if paid else found <= max(others)

    def _passed(self, dice: Dice, draw: Callable[[], Knobs], limit: float, sign: int) -> Knobs:
        best: tuple[float, Knobs] | None = None
        for _ in range(_TRIES):
            knobs = draw()
            margin = sign * (likeness(knobs, self.weights) - limit)
            if margin > _BLUR * math.log(1 / (1 - dice.random()) - 1 + 1e-9):
                return knobs
            if best is None or margin > best[0]:
                best = margin, knobs
        assert best is not None
        return best[1]


def likeness(knobs: Knobs, weights: Mapping[str, float]) -> float:
    """0 to 1: the mean of the signs by weight."""
    found = signs(knobs)
    return sum(weights[name] * found[name] for name in SIGNS) / sum(weights.values())


def signs(knobs: Knobs) -> dict[str, float]:
    """Each from 0 to 1: people add several staff, or some of them many; soon after each other; do
    not write, are nobody's customers, leave early, come again for other staff, share lines and
    devices, verify with others' numbers or of another province."""
    slow = math.log(max(1.0, knobs.gap / _HASTY)) / math.log(_SLOW / _HASTY)
    accounts = knobs.customers + (1 - knobs.customers) * knobs.opening
    shared = 0.0 if knobs.line == "own" else knobs.on_line
    depth = min(knobs.staff, 2 + knobs.breadth * max(0.0, knobs.staff - 2))
    wrote = knobs.write / (1 + knobs.silence / _PATIENCE)
    return {
        "deep": min(1.0, knobs.several / 0.15) * min(1.0, math.log2(max(1.0, depth)) / 2.5),
        "several": min(1.0, math.log2(adds_each(knobs)) / 2),
        "haste": knobs.several * max(knobs.twin, 1 - min(1.0, slow)),
        "silent": 1 - min(1.0, wrote / 0.35),
        "nobody": knobs.verify * (1 - accounts) + (1 - knobs.verify) * 0.6,
        "leaves": knobs.leave * (1.0 if knobs.stay < _KEPT else 0.3),
        "again": (1 - knobs.turnover) * min(1.0, math.log2(max(1.0, knobs.rounds)) / 3),
        "shared": knobs.seen * max(0.6 * shared, knobs.on_device),
        "forged": knobs.verify * max(knobs.borrowed, knobs.away),
    }
