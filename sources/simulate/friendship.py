"""How a friendship goes: added, verified before or after, talked to, removed or kept.

A `Manner` says how the people of one crowd or one pool usually behave; `Friendships.befriend`
plays it for one person and one member of staff. Lawful people and bought accounts go through
the same code: only the numbers of their manners differ, and these overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from sources.simulate.chance import mix64, pick
from sources.simulate.clock import DAY, HOUR, MINUTE, SECOND
from sources.simulate.crm import Crm
from sources.simulate.events import Events, seen_fields
from sources.simulate.places import PROVINCES, carrier
from sources.simulate.staff import Staff
from sources.simulate.truth import Truth

# WeCom's add_way: 1 QR code, 2 mobile number, 3 name card, 4 group chat, 5 phone contacts,
# 6 WeChat contacts, 10 video account, 16 acquisition link, 24 customer's request, 0 unknown,
# 201 shared by a colleague, 202 assigned by an administrator.
ALL_WAYS: Final = (1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 10, 16, 16, 16, 24, 0, 201, 202)
CHANNELS: Final = (
    "hall-qr", "card-qr", "h5-page", "app-banner", "call-centre", "community", "referral",
    "poster", "campaign-11a", "campaign-11b", "campaign-payroll", "campaign-campus",
)  # fmt: skip


class Person(NamedTuple):
    """A WeChat or WeCom account and who is behind it."""

    account: int
    bank: int  # number of the bank customer it verifies as
    province: int
    address: str
    device: int
    kind: str = "wechat"


@dataclass(frozen=True, slots=True)
class Manner:
    """How the people of one crowd or pool behave; shares from 0 to 1, times as named."""

    label: str = "organic"
    pool_id: str = ""
    context: str = "routine"
    ways: tuple[int, ...] = (1, 1, 1, 2, 3, 4, 5, 6, 16, 24)
    channels: tuple[str, ...] = CHANNELS
    seen: float = 0.45  # added through a page of the bank's, which saw address and device
    located: float = 0.75  # of those, the page also knows the province
    other_province: float = 0.05  # claims another province than its address has
    one_sided: float = 0.05  # mutual is false
    verify: float = 0.58
    verify_first: float = 0.2  # of those, before the add
    verify_hours: float = 14.0  # mean delay of the others
    app: float = 0.35  # of those, by app binding
    remove: float = 0.05
    remove_days: float = 6.0  # mean
    greet: float = 0.75  # the staff member writes first
    answer: float = 0.45  # the customer writes
    keep: float = 0.55  # stays in touch for the weeks to come


class Friendships:
    """Plays friendships and notes the truth about each."""

    def __init__(self, rng: Random, events: Events, truth: Truth, crm: Crm, salt: int) -> None:
        self._rng = rng
        self.events = events
        self._truth = truth
        self._crm = crm
        self._salt = salt
        self._pools: dict[int, Manner] = {}  # of bought accounts that know a leaver

    def customer_id(self, account: int) -> str:
        """WeCom's external_userid of an account; its number does not shine through."""
        return f"wm{mix64(self._salt + account):016x}"

    def device_id(self, device: int) -> str:
        return f"{mix64(self._salt ^ ~device):016x}"

    def befriend(
        self, time: int, staff: Staff, person: Person, manner: Manner, verify: bool = True
    ) -> None:
        """From the add at `time` to a removal; `verify=False`: the person already chose."""
        random = self._rng.random
        customer = self.customer_id(person.account)
        if verify and random() < manner.verify:
            time = self._verify(time, staff, person, customer, manner)
        way = pick(self._rng, manner.ways)
        seen = self._evidence(person, manner)
        if not self.add(time, staff, person.account, way, seen, manner):
            return
        if random() < manner.remove:
            self._removed(time, staff, customer, manner)
            return
        self._talk(time, staff, customer, manner)
        if random() < manner.keep:
            staff.remember(person.account, person.bank)

    def add(
        self, time: int, staff: Staff, account: int, way: int, seen: str, manner: Manner
    ) -> bool:
        """Send friend.added and note the truth of a new pair; False: after the span."""
        customer = self.customer_id(account)
        if not self.events.friend_added(time, staff.staff_id, customer, way, seen):
            return False
        if staff.active_to is not None and manner.pool_id:
            self._pools[account] = manner
        if staff.met is None or account not in staff.met:
            self._truth.add(staff.staff_id, customer, manner)
        if staff.met is not None:
            staff.met.add(account)
        return True

    def pool_manner(self, account: int) -> Manner | None:
        """The manner of a bought account that knows somebody who leaves."""
        return self._pools.get(account)

    def _verify(
        self, time: int, staff: Staff, person: Person, customer: str, manner: Manner
    ) -> int:
        """Verify before the add or after it; returns the time of the add."""
        random = self._rng.random
        add_time = verify_time = time
        if random() < manner.verify_first:
            add_time += 20 * SECOND + int(self._rng.expovariate(1 / (25 * MINUTE)))
        else:
            verify_time += 15 * SECOND + int(self._rng.expovariate(1 / manner.verify_hours) * HOUR)
        address = person.address if random() < 0.85 else carrier(self._rng, person.province)
        seen = seen_fields(
            self._claimed(person, manner) if random() < 0.8 else -1,
            address if random() < 0.95 else "",
            self.device_id(person.device) if random() < 0.9 else "",
        )
        if random() < 0.7:
            seen = f',"staff_id":"{staff.staff_id}"{seen}'
        bank_id = self._crm.bank_id(person.bank)
        self.events.verified(verify_time, customer, bank_id, random() < manner.app, seen)
        return add_time

    def _evidence(self, person: Person, manner: Manner) -> str:
        """The optional fields of friend.added."""
        random = self._rng.random
        text = ""
        if random() < 0.8:
            text = f',"channel":"{pick(self._rng, manner.channels)}"'
        if random() < manner.seen:
            text += seen_fields(
                self._claimed(person, manner) if random() < manner.located else -1,
                person.address if random() < 0.9 else "",
                self.device_id(person.device) if random() < 0.8 else "",
            )
        if random() < 0.85:
            text += f',"account_kind":"{person.kind}"'
        if random() < manner.one_sided:
            return text + ',"mutual":false'
        return text + ',"mutual":true' if random() < 0.3 else text

    def _claimed(self, person: Person, manner: Manner) -> int:
        if self._rng.random() < manner.other_province:
            return int(self._rng.random() * len(PROVINCES))
        return person.province

    def _removed(self, time: int, staff: Staff, customer: str, manner: Manner) -> None:
        """Gone after minutes or weeks; one in twelve of them comes back."""
        random = self._rng.random
        gone = time + MINUTE + int(self._rng.expovariate(1 / manner.remove_days) * DAY)
        by = "customer" if random() < 0.8 else "staff"
        if random() < manner.greet:
            self._say(time + self._soon(), staff, customer, "staff")
        self.events.friend_removed(gone, staff.staff_id, customer, by)
        if random() < 0.08:
            back = gone + int(random() * 5 * DAY)
            way = pick(self._rng, manner.ways)
            self.events.friend_added(back, staff.staff_id, customer, way, "")

    def _talk(self, time: int, staff: Staff, customer: str, manner: Manner) -> None:
        random = self._rng.random
        if random() < manner.greet:
            self._say(time + self._soon(), staff, customer, "staff")
        if random() < manner.answer:
            time += self._soon() + int(random() ** 3 * DAY)
            for _ in range(1 + int(random() * 3)):
                self._say(time, staff, customer, "customer" if random() < 0.55 else "staff")
                time += self._soon()

    def _say(self, time: int, staff: Staff, customer: str, sender: str) -> None:
        kind = "text" if self._rng.random() < 0.8 else "image"
        self.events.message(time, staff.staff_id, customer, sender, kind)

    def _soon(self) -> int:
        """Seconds to some minutes."""
        return 4 * SECOND + int(self._rng.random() ** 2 * 9 * MINUTE)
