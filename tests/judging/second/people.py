"""Who there is: branches, staff, the bank's book of customers, and people with their accounts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from tests.judging.second.chance import Dice
from tests.judging.second.clock import Calendar
from topics.provinces import PROVINCE_NAMES

__all__ = ["Book", "Branch", "Person", "Staff", "draw_branches", "draw_staff", "pick_province"]

_WEIGHTS = (
    *(22, 14, 74, 35, 24, 42, 24, 31, 25, 85, 65, 61, 42, 45, 101, 99, 58, 66, 126, 50, 10, 32),
    *(84, 39, 47, 4, 40, 25, 6, 7, 26, 1, 2, 1),
)
"""People of a province in millions, for where strangers come from."""
_SEGMENTS = (("mass", 60), ("affluent", 22), ("private", 4), ("payroll", 14), ("senior", 10))


@dataclass(slots=True)
class Branch:
    id: str
    parent: str
    province: str
    city: str
    wifi: str = ""
    tablet: str = ""
    staff: list[Staff] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Staff:
    """``pull`` is how many friends they make, against others'; ``native`` where they come from."""

    index: int
    id: str
    role: str
    branch: Branch
    pull: float
    native: str
    friends: list[Person] = field(default_factory=list)  # as events have it so far
    left: dict[Person, int] = field(default_factory=dict)  # when a friendship ended
    moments: list[tuple[int, str]] = field(default_factory=list)
    old_friends: list[str] = field(default_factory=list)
    planned: list[tuple[int, Person]] = field(default_factory=list)  # lawful adds so far

    @property
    def province(self) -> str:
        return self.branch.province


@dataclass(slots=True, eq=False)
class Person:
    """An account and who is behind it.

    ``place`` is the province they are in, ``home`` the one their telephone number is of;
    ``met`` holds the staff they are planned to add (by index), for each pair is one add.
    """

    customer_id: str
    kind: str
    place: str
    home: str
    device: str
    line: str
    bank_id: str | None = None
    talk: float = 1.0
    owl: float = 0.1
    will: float = 0.5  # verifies where a group's chance is over this
    met: set[int] = field(default_factory=set)
    verified: bool = False
    worn: int = 0  # how many orders a traded account has served


def pick_province(dice: Dice) -> str:
    """Where some stranger of the country is from."""
    return dice.choices(PROVINCE_NAMES, _WEIGHTS)[0]


def draw_branches(dice: Dice, staff: int) -> list[Branch]:
    """Some branches in 1 to 6 provinces, the first one the bank's own; ids say nothing."""
    number = max(3, round(staff / dice.uniform(5, 13)))
    provinces = [pick_province(dice) for _ in range(dice.randrange(1, 7))]
    cities = [
        (dice.ranked(provinces, 2.2), f"city{n:02d}")
        for n in range(max(2, round(number / dice.uniform(1.5, 5))))
    ]
    branches: list[Branch] = []
    for n in range(number):
        province, city = cities[n % len(cities)] if n < len(cities) else dice.ranked(cities, 1.3)
        parent = "" if n == 0 else branches[dice.randrange(min(n, 4))].id
        branches.append(Branch(f"br{100 + n * 7}", parent, province, city))
    return branches


def draw_staff(dice: Dice, number: int, branches: list[Branch]) -> list[Staff]:
    """Staff over branches of unequal size; every branch has at least one while they last."""
    roles = (("manager", dice.uniform(4, 7)), ("teller", dice.uniform(2, 4)), ("head", 0.7))
    spread = dice.uniform(0.4, 1.1)
    everyone = []
    for n in range(number):
        branch = branches[n] if n < len(branches) else dice.ranked(branches, 1.4)
        role = dice.weighted(roles)
        pull = dice.near(0.3 if role == "head" else 1.0, spread)
        native = branch.province if dice.chance(0.7) else pick_province(dice)
        one = Staff(n, f"t{dice.randrange(16)}{4000 + n}", role, branch, pull, native)
        one.old_friends = [new_customer_id(dice, "wechat") for _ in range(dice.heavy(4, 1.2, 60))]
        branch.staff.append(one)
        everyone.append(one)
    return everyone


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def new_customer_id(dice: Dice, kind: str) -> str:
    """As WeCom forms them: wm… for WeChat's accounts, wo… for those of other firms."""
    return ("wo" if kind == "wecom" else "wm") + "".join(dice.choices(_LETTERS, k=20))


class Book:
    """The bank's own customers: rows of ``customers``, and who has not been a friend so far."""

    def __init__(self, dice: Dice, staff: list[Staff], calendar: Calendar) -> None:
        self.rows: dict[str, dict[str, object]] = {}
        self.free: list[list[str]] = [[] for _ in staff]
        self._old: list[str] = []  # who was in it from the beginning
        self._calendar = calendar
        self._dice = dice
        self._tag_share = dice.uniform(0.1, 0.5)
        for one in staff:
            median = 90 if one.role == "manager" else 18
            for _ in range(int(min(700, dice.near(median * one.pull**0.5, 0.5)))):
                self.free[one.index].append(self._since_long(one))
        self._old = list(self.rows)

    def _since_long(self, manager: Staff) -> str:
        dice = self._dice
        age = int(min(9000, dice.near(1500, 1.0)))
        bank_id = self._row(manager, manager.province, self._calendar.first - dt.timedelta(age))
        row = self.rows[bank_id]
        if dice.chance(0.05):
            since = self._calendar.first + dt.timedelta(dice.randrange(-200, self._calendar.days))
            row["manager_since"] = since.isoformat()
            row["previous_manager_staff_id"] = dice.choice(manager.branch.staff).id
        if dice.chance(0.004):
            row["employee"] = True
        return bank_id

    def _row(self, manager: Staff | None, province: str, opened: dt.date) -> str:
        dice = self._dice
        bank_id = self.number(dice)
        row: dict[str, object] = {"bank_customer_id": bank_id}
        if manager is not None:
            row["manager_staff_id"] = manager.id
        if dice.chance(0.9):
            row["home_province"] = province if dice.chance(0.85) else pick_province(dice)
        row["segment"] = dice.weighted(_SEGMENTS)
        if dice.chance(0.97):
            row["account_opened_on"] = opened.isoformat()
        if dice.chance(self._tag_share):
            row["tags"] = [dice.choice(("loan", "wealth", "card", "merchant", "app"))]
        self.rows[bank_id] = row
        return bank_id

    def number(self, dice: Dice) -> str:
        """A number of the bank's form; it need not be in the book."""
        return f"62{dice.randrange(10**9, 10**10)}"

    def open(self, time: int, manager: Staff | None, province: str) -> str:
        """The number of an account opened on the day of ``time``."""
        return self._row(manager, province, self._calendar.date(time))

    def own(self, dice: Dice, manager: Staff) -> str:
        """A customer of the manager's; now and then one who had another account already."""
        free = self.free[manager.index]
        if free and dice.chance(0.985):
            return free.pop(dice.randrange(len(free)))
        return self.any(dice)

    def any(self, dice: Dice) -> str:
        """Anybody in the book, whoever uses the number already."""
        return dice.choice(self._old)
