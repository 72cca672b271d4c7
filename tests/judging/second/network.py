"""Addresses and devices: who shares which, lawfully or not.

Every province has some /16 of IPv4 and a /32 of IPv6. A carrier puts a province's telephones
behind few shared addresses (CGNAT), used by rank; homes and firms have their own NAT; IPv6 gives
each line its own. What the bank's pages see is one of these.
"""

from __future__ import annotations

from tests.judging.second.chance import Dice
from topics.provinces import PROVINCE_NAMES

__all__ = ["Network"]

_NETS = 3
"""/16 nets of a province."""
_CODE = {name: code for code, name in enumerate(PROVINCE_NAMES)}


class Network:
    """The addresses of one seed's world."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self.six = dice.uniform(0.0, 0.45)  # share of lines that show IPv6
        self._crowding = dice.uniform(1.2, 3.0)
        size = int(dice.near(60, 0.6))
        self._shared = {
            name: [self._four(name) for _ in range(max(6, int(dice.near(size, 0.5))))]
            for name in PROVINCE_NAMES
        }

    def carrier(self, dice: Dice, province: str) -> str:
        """A telephone's address now: behind the carrier's NAT, or its own IPv6."""
        if dice.chance(self.six):
            return self._six(dice, province)
        return dice.ranked(self._shared[province], self._crowding)

    def line(self, dice: Dice, province: str) -> str:
        """A home's, a firm's or a hall's own address."""
        return (
            self._six(dice, province) if dice.chance(self.six / 3) else self._four(province, dice)
        )

    def device(self, dice: Dice) -> str:
        return f"{dice.getrandbits(64):016x}"

    def table(self) -> str:
        """The text of ``ip.csv``: cidr,province."""
        rows = ["cidr,province"]
        for name, code in _CODE.items():
            rows += [f"{_net(code * _NETS + net)}.0.0/16,{name}" for net in range(_NETS)]
            rows.append(f"2409:{0x8000 + code:x}::/32,{name}")
        return "\n".join(rows) + "\n"

    def _four(self, province: str, dice: Dice | None = None) -> str:
        dice = dice or self._dice
        net = _net(_CODE[province] * _NETS + dice.randrange(_NETS))
        return f"{net}.{dice.randrange(256)}.{dice.randrange(1, 255)}"

    def _six(self, dice: Dice, province: str) -> str:
        parts = [f"{dice.randrange(1, 1 << 16):x}" for _ in range(6)]
        return f"2409:{0x8000 + _CODE[province]:x}:{':'.join(parts)}"


def _net(number: int) -> str:
    return f"{111 + number // 24}.{8 + number % 24 * 7}"
