"""Branches and staff of one bank: who works where, and whom most customers come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.detection.randomised.dice import Dice
from bench.detection.randomised.places import NAMES

__all__ = ["Desk", "Roster", "weighted"]


@dataclass(frozen=True, slots=True)
class Desk:
    """A staff member; ``pull`` is his part of all customers."""

    id: str
    role: str
    branch: str
    province: str
    pull: float


@dataclass(frozen=True)
class Roster:
    """All staff; ``front`` those whom customers add, ``provinces`` those of its branches."""

    everyone: Sequence[Desk]
    front: Sequence[Desk]
    provinces: Sequence[str]
    branch_rows: Sequence[dict[str, Any]]

    @classmethod
    def draw(cls, dice: Dice, number: int) -> Roster:
        *provinces, _ = dice.sample(NAMES, 1 + int(dice.log_uniform(1, 7)))
        size, even = dice.uniform(4, 18), dice.uniform(0.3, 1.2)
        rows: list[dict[str, Any]] = [{"branch_id": "head", "name": "总行"}]
        desks: list[Desk] = []
        while len(desks) < number:
            branch, province = f"br{len(rows):03}", dice.choice(provinces)
            rows.append(
                {
                    "branch_id": branch,
                    "parent_branch_id": "head",
                    "name": f"{province}第{len(rows)}支行",
                    "province": province,
                }
            )
            for place in range(min(number - len(desks), 2 + int(dice.expovariate(1 / size)))):
                desks.append(_desk(dice, len(desks), place, branch, province, even))
        front = [one for one in desks if one.role != "middle_office"] or desks
        return cls(desks, front, provinces, rows)

    def within(self, desk: Desk, reach: str) -> list[Desk]:
        """Those whom customers add in the same branch, province or bank, but for himself."""
        others = [one for one in self.front if one is not desk]
        if reach == "bank":
            return others
        return [one for one in others if getattr(one, reach) == getattr(desk, reach)]

    def rows(self) -> list[dict[str, Any]]:
        """staff.jsonl."""
        return [
            {
                "staff_id": one.id,
                "role": one.role,
                "branch_id": one.branch,
                "province": one.province,
            }
            for one in self.everyone
        ]


def weighted(dice: Dice, desks: Sequence[Desk]) -> Desk:
    """A staff member by his pull."""
    return dice.choices(desks, [one.pull for one in desks])[0]


def _desk(dice: Dice, number: int, place: int, branch: str, province: str, even: float) -> Desk:
    roles = {"manager": 6.0, "teller": 2.0, "middle_office": 0.4}
    role = "head" if place == 0 else dice.pick(roles)
    return Desk(f"st{number + 1:04}", role, branch, province, dice.about(1.0, even))
