"""What one bank is like: everything that is drawn once and holds for all of its gatherings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.detection.randomised.attacks import ATTACKS, HIDING
from bench.detection.randomised.dice import Dice
from bench.detection.randomised.knobs import GENERAL
from bench.detection.randomised.lawful import LAWFUL
from bench.detection.randomised.likeness import SIGNS
from bench.detection.randomised.ranges import Share

__all__ = ["Habits"]

_PAGES = ("seen", "answered", "channel", "on_line", "app")
"""The bank's own doing, the same for bought friends."""
_MANY = 0.3
"""Spread of a tilt of sizes and times; of shares it is twice that."""


@dataclass(frozen=True)
class Habits:
    """``daily`` adds of a staff member a day, the share ``gathered`` of lawful ones in crowds, of
    all the share ``fakes``; ``stray`` is how probably a crowd's knob is anything. ``kinds``,
    ``labels`` and ``hiding`` are weights; ``tilts`` are those of lawful customers, ``slants`` those
    of each label. ``buyers`` is the share of staff who buy; ``weights`` are those of the signs that
    tell paid gatherings."""

    daily: float
    gathered: float
    fakes: float
    stray: float
    carrier: float
    chatter: float
    kinds: Mapping[str, float]
    labels: Mapping[str, float]
    hiding: Mapping[str, float]
    tilts: Mapping[str, float]
    slants: Mapping[str, Mapping[str, float]]
    buyers: float
    weights: Mapping[str, float]

    @classmethod
    def draw(cls, dice: Dice) -> Habits:
        labels = dice.weights(dict.fromkeys(ATTACKS, 1.0), 0.9)
        tilts = _tilts(dice, 1.0)
        pages = {name: tilts[name] for name in _PAGES}
        return cls(
            daily=dice.uniform(4.5, 6.6),
            gathered=dice.uniform(0.3, 0.6),
            fakes=dice.log_uniform(0.005, 0.12),
            stray=dice.uniform(0.02, 0.12),
            carrier=dice.uniform(0, 0.5),
            chatter=dice.uniform(0.05, 0.3),
            kinds=dice.weights(dict.fromkeys(LAWFUL, 1.0), 0.8),
            labels=labels,
            hiding=dice.weights(dict.fromkeys(HIDING, 1.0), 1.5),
            tilts=tilts,
            slants={label: {**_tilts(dice, 0.8), **pages} for label in ATTACKS},
            buyers=dice.log_uniform(0.05, 0.5),
            weights={name: dice.about(weight, 0.15) for name, weight in SIGNS.items()},
        )


def _tilts(dice: Dice, much: float) -> dict[str, float]:
    spread = _MANY * much
    return {
        name: dice.gauss(0, spread * 2 if isinstance(one, Share) else spread)
        for name, one in GENERAL.items()
    }
