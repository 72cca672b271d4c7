"""What a knob may be: a range that a value is drawn from. A *region* has a range for each knob."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bench.detection.randomised.dice import Dice

__all__ = ["Log", "Pick", "Range", "Region", "Share"]


@dataclass(frozen=True)
class Log:
    """A size or a time that spans decades, log-uniform; a tilt of 0.7 doubles it."""

    low: float
    high: float

    def draw(self, dice: Dice, tilt: float) -> float:
        return dice.log_uniform(self.low, self.high) * math.exp(tilt)


@dataclass(frozen=True)
class Share:
    """A share of people; a ``power`` over 1 makes low ones more frequent, a tilt is in log-odds."""

    low: float
    high: float
    power: float = 1.0

    def draw(self, dice: Dice, tilt: float) -> float:
        share = self.low + (self.high - self.low) * float(dice.random() ** self.power)
        odds = math.exp(tilt) * share
        return odds / (odds + 1 - share)


@dataclass(frozen=True)
class Pick:
    """One of some names, by weight; a tilt means nothing."""

    weights: Mapping[str, float]

    def draw(self, dice: Dice, tilt: float) -> str:
        return dice.pick(self.weights)


Range = Log | Share | Pick
Region = Mapping[str, Range]
