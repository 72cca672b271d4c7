"""The bank's customers, and the CRM's rows about them, with the CRM's gaps and lag.

Customer i belongs to manager i modulo the number of managers; everything else about the row is
computed from the seed and i, so that ten million customers need no memory. Only those who open
their account in the span are remembered, in two arrays: who looks after them, since which day.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from random import Random
from typing import Final

from sources.simulate.chance import generator, mix64
from sources.simulate.clock import Clock
from sources.simulate.places import PROVINCES
from sources.simulate.staff import FRIENDS, Team

NEWCOMERS: Final = 0.08  # share of the rows whose account is opened in the span
_ID_RANGE: Final = 899_999_999_981
_ID_STEP: Final = 618_033_988_751  # shares no factor with the range: ids never repeat
_UNUSED: Final = -32768
_SEGMENTS: Final = ("mass", "mass", "mass", "affluent", "affluent", "private", "business")
_TAGS: Final = ("工资户", "房贷客户", "理财客户", "信用卡", "老年客户", "小微企业主")
_LINE: Final = tuple(part / 4096 for part in range(4096))


class Crm:
    """Bank customers by number; numbers from `size` on are unknown to the CRM."""

    def __init__(self, seed: int, size: int, team: Team, clock: Clock) -> None:
        rng = generator(seed, "crm")
        self.size = size
        self._salt = rng.getrandbits(62)
        self._shift = rng.randrange(_ID_RANGE)
        self._team = team
        self._clock = clock
        self._managers = max(1, len(team.managers))
        self._settled = size - int(size * NEWCOMERS)
        count = size - self._settled
        self._block = max(1, count // clock.days)
        self._manager_of = array("i", [-1]) * count
        self._opened_on = array("h", [_UNUSED]) * count
        self._next_new = [day * self._block for day in range(clock.days)]
        self._next_own = array("q", [0]) * self._managers
        self._next_unknown = size

    def bank_id(self, number: int) -> str:
        """The 12 digits of a bank customer."""
        return f"{100_000_000_000 + (number * _ID_STEP + self._shift) % _ID_RANGE}"

    def own(self, rank: int) -> int:
        """A customer of this manager whom nobody has added yet, unknown once all are."""
        number = rank + self._managers * self._next_own[rank]
        if number >= self._settled:
            return self.unknown()
        self._next_own[rank] += 1
        return number

    def newcomer(self, day: int, rank: int) -> int:
        """Somebody who opens an account about this day; the CRM may learn of it days later."""
        slot = self._next_new[day]
        if slot >= min((day + 1) * self._block, len(self._opened_on)):
            return self.unknown()
        self._next_new[day] += 1
        lag = mix64(self._salt ^ slot) % 100
        self._opened_on[slot] = day + (0 if lag < 70 else 1 if lag < 85 else lag % 7 - 2)
        self._manager_of[slot] = rank
        return self._settled + slot

    def unknown(self) -> int:
        """A bank customer without a row in the CRM."""
        self._next_unknown += 1
        return self._next_unknown

    def anyone(self, rng: Random) -> int:
        """Any settled customer, known by now to somebody or not."""
        return int(rng.random() * self._settled) if self._settled else self.unknown()

    def introduce(self) -> None:
        """Give each manager the friends of earlier months."""
        for manager in self._team.managers:
            for _ in range(FRIENDS):
                account = manager.index * FRIENDS + len(manager.friends)
                manager.remember(account, self.own(manager.rank))

    def rows(self) -> Iterator[str]:
        """JSON lines of the reference data `customers`, in the order of an export."""
        for number in range(self._settled):
            bits = mix64(self._salt + number)
            if bits & 127 == 5:
                continue  # no row: closed, merged, or not yet copied
            if bits & 511 == 7:
                yield f'{{"bank_customer_id":"{self.bank_id(number)}","segment":"mass"}}'  # old row
            yield self._settled_row(number, bits)
        for slot in range(self.size - self._settled):
            yield self._new_row(slot)
        yield from _BAD_ROWS

    def _settled_row(self, number: int, bits: int) -> str:
        more = mix64(bits)
        fields = self._manager_fields(number, bits)
        fields += self._about(number % self._managers, bits, more)
        share = _LINE[more >> 48 & 4095]
        if share < 0.955:
            fields += f',"account_opened_on":"{self._clock.date(-1 - (more >> 12 & 4095))}"'
        elif share < 0.98:
            day = (more >> 12) % (self._clock.days + 4)
            fields += f',"account_opened_on":"{self._clock.date(day)}"'
        return f'{{"bank_customer_id":"{self.bank_id(number)}"{fields}}}'

    def _manager_fields(self, number: int, bits: int) -> str:
        """The manager: as usual, a leaver's heir, moved in mid-span, or missing."""
        managers = self._team.managers
        if not managers:
            return ""
        rank, share = number % self._managers, _LINE[bits >> 16 & 4095]
        own = managers[rank]
        if own.active_to is not None:
            heir, since = self._team.leavers[rank], self._clock.date(own.active_to)
        elif share < 0.03:
            heir = managers[(bits >> 40) % self._managers]
            since = self._clock.date((bits >> 30) % self._clock.days)
        else:
            return f',"manager_staff_id":"{own.staff_id}"' if share < 0.975 else ""
        return (
            f',"manager_staff_id":"{heir.staff_id}","manager_since":"{since}",'
            f'"previous_manager_staff_id":"{own.staff_id}"'
        )

    def _about(self, rank: int, bits: int, more: int) -> str:
        """Province, segment, employee, tags: each missing for some."""
        fields = ""
        share = _LINE[more & 4095]
        if share < 0.94 and self._team.managers:
            home = self._team.managers[rank].branch.province
            province = home if share < 0.85 else (more >> 36) % len(PROVINCES)
            fields = f',"home_province":"{PROVINCES[province]}"'
        if bits >> 52 & 31:
            fields += f',"segment":"{_SEGMENTS[(bits >> 57) % len(_SEGMENTS)]}"'
        if bits >> 20 & 255 == 3:
            fields += ',"employee":true'
        if more >> 30 & 3 == 0:
            fields += f',"tags":["{_TAGS[(more >> 24) % len(_TAGS)]}"]'
        return fields

    def _new_row(self, slot: int) -> str:
        bits = mix64(self._salt - 1 - slot)
        more = mix64(bits)
        day, rank = self._opened_on[slot], self._manager_of[slot]
        if day == _UNUSED:
            day, rank = slot // self._block, (bits >> 8) % self._managers
        fields = self._about(rank % self._managers, bits, more)
        if rank >= 0 and self._team.managers and bits & 15:
            fields += f',"manager_staff_id":"{self._team.managers[rank].staff_id}"'
        if more >> 48 & 63:
            fields += f',"account_opened_on":"{self._clock.date(day)}"'
        return f'{{"bank_customer_id":"{self.bank_id(self._settled + slot)}"{fields}}}'


# An export that somebody touched by hand: each is a dead letter `bad_reference`.
_BAD_ROWS: Final = (
    '{"manager_staff_id":"s00001","segment":"mass"}',
    '{"bank_customer_id":"100000000001","account_opened_on":"2026-13-01"}',
    '{"bank_customer_id":"100000000002","employee":"yes"}',
)
