"""Random draws of one named stream; the same seed and name give the same draws everywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import Random

__all__ = ["Dice"]


class Dice(Random):
    """A stream of its own for each name, so that one part's draws do not move another's."""

    def __new__(cls, name: str) -> Dice:
        return super().__new__(cls)

    def __init__(self, name: str) -> None:
        super().__init__(name)

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return self.random() < share

    def log_uniform(self, low: float, high: float) -> float:
        """Every decade from low to high is as likely as another; low over 0."""
        return math.exp(self.uniform(math.log(low), math.log(high)))

    def about(self, median: float, spread: float) -> float:
        """Log-normal: two thirds of all lie within a factor e^spread of the median."""
        return median * math.exp(self.gauss(0.0, spread))

    def pick(self, weights: Mapping[str, float]) -> str:
        """One of the names, by weight."""
        return self.choices(list(weights), list(weights.values()))[0]

    def weights(self, names: Mapping[str, float], evenness: float) -> dict[str, float]:
        """Gamma weights with these means; the smaller the evenness, the more a few prevail."""
        return {
            name: mean * self.gammavariate(evenness, 1 / evenness) for name, mean in names.items()
        }
