"""Provinces and lines: which addresses people come from, and the table that knows some of them."""

from __future__ import annotations

from bench.detection.randomised.dice import Dice
from topics.provinces import PROVINCES

__all__ = ["NAMES", "Places"]

NAMES = tuple(sorted(PROVINCES))
_CARRIER_LINES = 12


class Places:
    """A province's block holds homes, firms and halls, its carrier's few lines serve strangers."""

    def __init__(self, dice: Dice) -> None:
        self._modern = dice.uniform(0, 0.4)
        self._unknown = dice.uniform(0, 0.08)
        self._carrier_lines = {name: 1 + int(dice.expovariate(1 / 6)) for name in NAMES}
        self._table = {name: number for number, name in enumerate(NAMES)}

    def own(self, dice: Dice, province: str) -> str:
        """A line that nobody else is likely to have; of some the table knows nothing."""
        number = self._table[province]
        if dice.chance(self._unknown):
            return f"198.18.{dice.randrange(256)}.{dice.randrange(256)}"
        if dice.chance(self._modern):
            return f"2001:db8:{number + 1:x}:{dice.randrange(65536):x}::{dice.randrange(65536):x}"
        return f"10.{number}.{dice.randrange(256)}.{dice.randrange(256)}"

    def carrier(self, dice: Dice, province: str) -> str:
        """One of the few lines behind which a carrier hides the province."""
        line = dice.randrange(min(_CARRIER_LINES, self._carrier_lines[province]))
        return f"100.{64 + self._table[province]}.0.{line + 1}"

    def rows(self) -> list[str]:
        """The lines of ip.csv."""
        blocks = ("10.{}.0.0/16", "100.{}.0.0/16", "2001:db8:{:x}::/48")
        shifts = (0, 64, 1)
        return ["cidr,province"] + [
            f"{block.format(number + shift)},{name}"
            for name, number in self._table.items()
            for block, shift in zip(blocks, shifts, strict=True)
        ]
