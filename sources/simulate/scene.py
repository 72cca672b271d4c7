"""The stage on which routine, crowds and attacks play: the bank, its calendar, its people."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from sources.simulate.calendar import Calendar
from sources.simulate.chance import pick, some
from sources.simulate.clock import Clock
from sources.simulate.crm import Crm
from sources.simulate.friendship import Friendships, Person
from sources.simulate.places import PROVINCES, any_address
from sources.simulate.staff import FRIENDS, Staff, Team


@dataclass
class Scene:
    """What a crowd or an attack needs to happen."""

    seed: int
    clock: Clock
    team: Team
    crm: Crm
    calendar: Calendar
    friendships: Friendships
    accounts: int = field(init=False)
    devices: int = 0

    def __post_init__(self) -> None:
        self.accounts = len(self.team.staff) * FRIENDS  # those below are friends of earlier months

    def new_account(self) -> int:
        """The number of an account nobody has seen before."""
        self.accounts += 1
        return self.accounts

    def new_device(self) -> int:
        self.devices += 1
        return self.devices

    def person(self, rng: Random, bank: int, province: int, address: str = "") -> Person:
        """Somebody with a device of their own; without an address one of the province."""
        kind = "wechat" if rng.random() < 0.93 else "wecom"
        where = address or any_address(rng, province)
        return Person(self.new_account(), bank, province, where, self.new_device(), kind)

    def seller(self, rng: Random, day: int) -> Staff:
        """Somebody who adds customers and works on this day; popular staff more often."""
        for _ in range(20):
            staff = pick(rng, self.team.sellers)
            if staff.works_on(day) and rng.random() * 3 < staff.appeal:
                break
        return staff

    def sellers(self, rng: Random, day: int, count: int) -> list[Staff]:
        """Different sellers of any branches, as many as there are up to `count`."""
        chosen = some(rng, self.team.sellers, count * 2)
        working = [staff for staff in chosen if staff.works_on(day)]
        return working[:count] or [self.seller(rng, day)]

    def colleagues(self, rng: Random, staff: Staff, count: int) -> list[Staff]:
        """Up to `count` sellers of the same branch (`staff` comes first)."""
        office = self.team.sellers_at[staff.branch.branch_id]
        branch = [other for other in office if other is not staff]
        return [staff, *some(rng, branch, count - 1)]

    def own_bank(self, rng: Random, staff: Staff) -> int:
        """A bank customer as `staff` would add: mostly one's own, some of other managers'."""
        managers = len(self.team.managers)
        if not managers:
            return self.crm.unknown()
        if staff.rank < 0 or rng.random() < 0.07:
            return self.crm.own(int(rng.random() * managers))
        return self.crm.own(staff.rank)

    def province_of(self, rng: Random, staff: Staff, home: float = 0.9) -> int:
        """The staff member's province with the given share, else any of the 34."""
        if rng.random() < home:
            return staff.branch.province
        return int(rng.random() * len(PROVINCES))
