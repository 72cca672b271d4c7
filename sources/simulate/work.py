"""A bank's daily work, hour by hour: routine adds, messages, moments, groups, tasks, sales."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import Final

from sources.simulate.chance import pick, poisson
from sources.simulate.clock import DAY, HOUR, HOUR_SHARES, MINUTE, SECOND, Clock
from sources.simulate.friendship import Manner
from sources.simulate.scene import Scene
from sources.simulate.staff import Staff

ADDS: Final = 3.4  # routine adds of a seller on a weekday
TALKS: Final = 15.0  # conversations, some fifty messages a day
OTHERS: Final = 12.5  # acts of the list below
_ROLES: Final = {"manager": 1.0, "teller": 0.75, "head": 0.55, "middle_office": 0.0}
_KINDS: Final = ("text",) * 7 + ("link", "image", "file", "other")
_PRODUCTS: Final = ("deposit", "loan", "wealth", "fund", "insurance", "precious_metal", "other")
_TOPICS: Final = ("存款利率", "理财周报", "防诈提醒", "节日问候", "信用卡活动")
_ROUTINE: Final = Manner()
_SHARED: Final = Manner(context="colleague", ways=(3, 3, 3, 1, 16, 201), verify=0.0)


class Work:
    """What staff and their friends do in an hour without any special occasion."""

    def __init__(self, rng: Random, scene: Scene) -> None:
        self._rng = rng
        self._scene = scene
        self._events = scene.friendships.events
        self._customer_id = scene.friendships.customer_id
        self._number = 0
        acts: list[tuple[float, Callable[[int, Staff, int, int], None]]] = [
            (0.40, self._moment),
            (0.85, self._group),
            (0.50, self._task),
            (1.25, self._link),
            (0.38, self._sale),
            (0.50, self._activation),
            (2.20, self._activity),
        ]
        self._acts = [act for _, act in acts]
        self._steps = list(accumulate(weight for weight, _ in acts))

    def hour(self, hour: int, clock: Clock) -> None:
        """Everybody's work in one hour of the span."""
        random, rng = self._rng.random, self._rng
        day = hour // 24
        share = HOUR_SHARES[hour % 24] * clock.busy(day)
        start = hour * HOUR
        for staff in self._scene.team.sellers:
            if not staff.works_on(day):
                continue
            role = _ROLES[staff.role] * share
            for _ in range(poisson(rng, ADDS * role * staff.appeal)):
                self._add(start + int(random() * HOUR), staff)
            if not staff.friends:
                continue
            for _ in range(poisson(rng, TALKS * role * staff.pace)):
                self._talk(start + int(random() * HOUR), staff)
            for _ in range(poisson(rng, OTHERS * role * staff.pace)):
                act = self._acts[bisect(self._steps, random() * self._steps[-1])]
                friend = int(random() * len(staff.friends))
                act(start + int(random() * HOUR), staff, staff.friends[friend], staff.banks[friend])

    def _add(self, time: int, staff: Staff) -> None:
        """One customer adds one manager; one in nine adds a colleague soon after."""
        scene, rng = self._scene, self._rng
        bank = scene.own_bank(rng, staff)
        if rng.random() < 0.12:
            bank = scene.crm.newcomer(time // DAY, staff.rank)
        person = scene.person(rng, bank, scene.province_of(rng, staff))
        scene.friendships.befriend(time, staff, person, _ROUTINE)
        if rng.random() < 0.11:
            for other in scene.colleagues(rng, staff, 2)[1:]:
                later = time + int(rng.random() ** 3 * 6 * DAY) + 30 * SECOND
                scene.calendar.at(later, scene.friendships.befriend, other, person, _SHARED, False)

    def _talk(self, time: int, staff: Staff) -> None:
        """A conversation with a friend: two to six messages, minutes apart."""
        random, message = self._rng.random, self._events.message
        customer = self._customer_id(staff.friends[int(random() * len(staff.friends))])
        by_staff = random() < 0.6
        for _ in range(2 + int(random() ** 2 * 5)):
            sender = "staff" if by_staff else "customer"
            message(time, staff.staff_id, customer, sender, _KINDS[int(random() * 11)])
            time += 5000 + int(random() ** 3 * 900_000)
            by_staff = by_staff if random() < 0.3 else not by_staff

    def _moment(self, time: int, staff: Staff, account: int, bank: int) -> None:
        rng = self._rng
        moment = self._new_id("mo")
        more = f',"topic":"{pick(rng, _TOPICS)}"' if rng.random() < 0.7 else ""
        if rng.random() < 0.8:
            more += f',"advert":{"true" if rng.random() < 0.4 else "false"}'
        self._events.moment(time, staff.staff_id, moment, more)
        for _ in range(poisson(rng, 5.0)):
            friend = self._customer_id(pick(rng, staff.friends))
            draw = rng.random()
            kind = "like" if draw < 0.7 else "comment" if draw < 0.9 else "private_message"
            when = time + 20 * SECOND + int(rng.expovariate(1 / 5) * HOUR)
            self._events.reaction(when, staff.staff_id, friend, moment, kind)

    def _group(self, time: int, staff: Staff, account: int, bank: int) -> None:
        """Somebody joins the staff member's group, leaves it, or all get a message."""
        draw, customer = self._rng.random(), self._customer_id(account)
        if draw < 0.62:
            self._events.group(time, True, staff.group_id, staff.staff_id, customer)
        elif draw < 0.78:
            self._events.group(time, False, staff.group_id, staff.staff_id, customer)
        else:
            self._events.group_message(time, staff.staff_id, staff.group_id, "staff", "link")

    def _task(self, time: int, staff: Staff, account: int, bank: int) -> None:
        """The middle office asks for a mass message, a moment or a group message."""
        rng = self._rng
        by = pick(rng, self._scene.team.middle_office or [staff]).staff_id
        task, draw = self._new_id("ta"), rng.random()
        kind = "mass_send" if draw < 0.7 else "moment" if draw < 0.85 else "group"
        audience = rng.randint(2, 7) if kind == "mass_send" else 1
        self._events.task_assigned(time, task, staff.staff_id, kind, by, audience)
        time += 2 * MINUTE + int(rng.expovariate(1 / 3) * HOUR)
        if kind != "mass_send":
            self._other_task(time, staff, task, kind)
            return
        for _ in range(audience):
            time += SECOND + int(rng.random() * 8 * SECOND)
            self._mass_send(time, staff, task)

    def _mass_send(self, time: int, staff: Staff, task: str) -> None:
        customer, draw = self._customer_id(pick(self._rng, staff.friends)), self._rng.random()
        status = "sent" if draw < 0.9 else pick(self._rng, ("not_friend", "limit", "failed"))
        self._events.task_executed(time, task, staff.staff_id, customer, status)
        if status == "sent":
            more = f',"task_id":"{task}"'
            self._events.message(time, staff.staff_id, customer, "staff", "link", more)

    def _other_task(self, time: int, staff: Staff, task: str, kind: str) -> None:
        self._events.task_executed(time, task, staff.staff_id, "", "sent")
        if kind == "moment":
            more = f',"advert":true,"task_id":"{task}"'
            self._events.moment(time, staff.staff_id, self._new_id("mo"), more)
        else:
            self._events.group_message(time, staff.staff_id, staff.group_id, "staff", "text")

    def _link(self, time: int, staff: Staff, account: int, bank: int) -> None:
        rng = self._rng
        link, product = f"li{int(rng.random() * 400):05d}", pick(rng, _PRODUCTS)
        campaign = "" if rng.random() < 0.5 else f"campaign-11{pick(rng, 'ab')}"
        customer = self._customer_id(account)
        self._events.link_opened(time, staff.staff_id, customer, link, product, campaign)

    def _sale(self, time: int, staff: Staff, account: int, bank: int) -> None:
        """A sale to a friend whose bank customer is known; small ones are common."""
        if bank < 0:
            return
        rng = self._rng
        amount = int(rng.lognormvariate(14.5, 1.5))
        more = f',"amount_fen":{amount}'
        if rng.random() < 0.4:
            more += f',"interest_income_fen":{amount // 80}'
        if rng.random() < 0.5:
            more += f',"fee_income_fen":{amount // 200}'
        if rng.random() < 0.4:
            more = f',"link_id":"li{int(rng.random() * 400):05d}"{more}'
        customer, bank_id = self._customer_id(account), self._scene.crm.bank_id(bank)
        product = pick(rng, _PRODUCTS)
        self._events.sale(time, staff.staff_id, customer, bank_id, product, more)

    def _activation(self, time: int, staff: Staff, account: int, bank: int) -> None:
        if bank >= 0:
            customer = self._customer_id(account) if self._rng.random() < 0.6 else ""
            self._events.app_activated(time, self._scene.crm.bank_id(bank), customer)

    def _activity(self, time: int, staff: Staff, account: int, bank: int) -> None:
        """A customer uses the account: a friend's, or anybody's."""
        rng = self._rng
        if bank < 0 or rng.random() < 0.4:
            bank = self._scene.crm.anyone(rng)
        kind = pick(rng, ("login", "login", "login", "payment", "payment", "deposit", "other"))
        self._events.customer_active(time, self._scene.crm.bank_id(bank), kind)

    def _new_id(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}{self._number:08d}"
