"""The bank's people: branches as a tree, staff of all four roles, leavers and newcomers."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from random import Random
from typing import Final

from sources.simulate.chance import generator, pick
from sources.simulate.clock import Clock
from sources.simulate.places import CITIES, PROVINCES

FRIENDS: Final = 48  # friends a staff member is in touch with; older ones fall silent
STAFF_PER_BRANCH: Final = 12
_STREETS: Final = (
    "中山", "解放", "人民", "建设", "和平", "新华", "滨江", "科技园",
    "高新", "长安", "东湖", "湖滨", "城东", "城西", "开发区", "大学城",
)  # fmt: skip
_FAMILY: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建文辉慧"


class Branch:
    """A branch of the tree; the head office has no parent and no province."""

    __slots__ = ("branch_id", "city", "name", "parent", "province")

    def __init__(self, number: int, parent: Branch | None, name: str, province: int, city: str):
        self.branch_id = f"b{number:04d}"
        self.parent = parent
        self.name = name
        self.province = province
        self.city = city


class Staff:
    """One member of staff and the friends that he or she is in touch with."""

    __slots__ = (
        "active_from",
        "active_to",
        "appeal",
        "banks",
        "branch",
        "friends",
        "group_id",
        "index",
        "met",
        "name",
        "pace",
        "rank",
        "role",
        "slot",
        "staff_id",
    )

    def __init__(self, index: int, role: str, branch: Branch, rng: Random) -> None:
        self.index = index
        self.staff_id = f"s{index + 1:05d}"
        self.role = role
        self.branch = branch
        self.rank = -1  # a manager's number among the managers
        self.name = pick(rng, _FAMILY) + "".join(rng.sample(_GIVEN, rng.randint(1, 2)))
        self.pace = rng.lognormvariate(-0.08, 0.4)  # messages, tasks, moments: 1.0 is usual
        self.appeal = rng.lognormvariate(-0.12, 0.5)  # adds: 1.0 is usual
        self.active_from = 0  # day of the span
        self.active_to: int | None = None
        self.group_id = f"wr{rng.getrandbits(64):016x}"
        self.friends = array("q")  # accounts
        self.banks = array("q")  # the accounts' bank customers, -1 where none is known
        self.slot = 0
        self.met: set[int] | None = None  # all accounts ever added, kept for leavers' heirs only

    def remember(self, account: int, bank: int) -> None:
        """Be in touch with this friend, in place of the one known longest."""
        if len(self.friends) < FRIENDS:
            self.friends.append(account)
            self.banks.append(bank)
            return
        self.friends[self.slot] = account
        self.banks[self.slot] = bank
        self.slot = (self.slot + 1) % FRIENDS

    def works_on(self, day: int) -> bool:
        """Whether this person works for the bank on the day."""
        return day >= self.active_from and (self.active_to is None or day <= self.active_to)


class Team:
    """All staff and branches of a simulated bank."""

    def __init__(self, seed: int, size: int, clock: Clock) -> None:
        rng = generator(seed, "team")
        self._clock = clock
        self.branches = _branches(rng, max(2, size // STAFF_PER_BRANCH))
        offices = [branch for branch in self.branches if branch.name.endswith("支行")]
        self.staff = [
            Staff(n, _role(rng, n), offices[n * len(offices) // size], rng) for n in range(size)
        ]
        self.managers = [person for person in self.staff if person.role == "manager"]
        for rank, manager in enumerate(self.managers):
            manager.rank = rank
        self.sellers = [person for person in self.staff if person.role != "middle_office"]
        self.middle_office = [person for person in self.staff if person.role == "middle_office"]
        self.sellers_at: dict[str, list[Staff]] = {}
        for person in self.sellers:
            self.sellers_at.setdefault(person.branch.branch_id, []).append(person)
        self.leavers = self._draw_leavers(rng)
        self._draw_newcomers(rng)
        self._without_row = {pick(rng, self.staff).index} if size >= 40 else set()
        self.home_provinces = sorted({office.province for office in offices})

    def _draw_leavers(self, rng: Random) -> dict[int, Staff]:
        """Rank of a manager who leaves in mid-span -> the manager who takes over."""
        count = min(max(1, len(self.managers) * 3 // 100), len(self.managers) // 3)
        leavers = rng.sample(self.managers, count)
        heirs = [manager for manager in self.managers if manager not in leavers]
        days = self._clock.days
        for leaver in leavers:
            leaver.active_to = int(days * (0.2 + 0.6 * rng.random()))
        return {leaver.rank: pick(rng, heirs) for leaver in leavers}

    def _draw_newcomers(self, rng: Random) -> None:
        heirs = {heir.index for heir in self.leavers.values()}
        for person in self.sellers:
            if rng.random() < 0.03 and person.active_to is None and person.index not in heirs:
                person.active_from = int(self._clock.days * 0.5 * rng.random())

    def staff_rows(self) -> Iterator[str]:
        """JSON lines of the reference data `staff`; one person is missing from HR's list."""
        for person in self.staff:
            if person.index not in self._without_row:
                yield self._staff_row(person)

    def _staff_row(self, person: Staff) -> str:
        optional = ""
        if person.index % 29 != 17:  # HR's gaps
            province, city = PROVINCES[person.branch.province], person.branch.city
            optional = f',"province":"{province}","city":"{city}"'
        if person.active_from:
            optional += f',"active_from":"{self._clock.date(person.active_from)}"'
        if person.active_to is not None:
            optional += f',"active_to":"{self._clock.date(person.active_to)}"'
        return (
            f'{{"staff_id":"{person.staff_id}","role":"{person.role}",'
            f'"branch_id":"{person.branch.branch_id}"{optional},"name":"{person.name}"}}'
        )

    def branch_rows(self) -> Iterator[str]:
        """JSON lines of the reference data `branches`."""
        for branch in self.branches:
            optional = f',"parent_branch_id":"{branch.parent.branch_id}"' if branch.parent else ""
            if branch.province >= 0:
                optional += f',"province":"{PROVINCES[branch.province]}"'
            yield f'{{"branch_id":"{branch.branch_id}","name":"{branch.name}"{optional}}}'


def _role(rng: Random, number: int) -> str:
    """Roles in the usual shares; the first four people are one of each."""
    if number < 4:
        return ("manager", "head", "teller", "middle_office")[number]
    draw = rng.random()
    if draw < 0.68:
        return "manager"
    return "teller" if draw < 0.86 else "head" if draw < 0.94 else "middle_office"


def _branches(rng: Random, offices: int) -> list[Branch]:
    """Head office, one branch for each home province, and the sub-branches below them."""
    head = Branch(1, None, "总行", -1, "")
    count = min(offices, rng.randint(1, 2 + offices // 8), 12)
    provinces = rng.sample(range(31), count)  # of the mainland
    tree = [head]
    for province in provinces:
        city = pick(rng, CITIES[PROVINCES[province]])
        name = f"{PROVINCES[province]}分行"
        tree.append(Branch(len(tree) + 1, head, name, province, city))
    parents = tree[1:]
    for number in range(offices):
        parent = parents[number * count // offices]
        city = pick(rng, CITIES[PROVINCES[parent.province]])
        street = (
            _STREETS[number % len(_STREETS)] + "二三四五六七八九"[number // 16 : number // 16 + 1]
        )
        name = f"{city}{street}支行"
        tree.append(Branch(len(tree) + 1, parent, name, parent.province, city))
    return tree
