"""What is seen of an add and what becomes of it: from a planned add to events."""

from __future__ import annotations

from collections.abc import Callable

from bench.detection.randomised.circles import Add
from bench.detection.randomised.dice import Dice
from bench.detection.randomised.habits import Habits
from bench.detection.randomised.journal import Journal
from bench.detection.randomised.knobs import DAY, HOUR, Knobs
from bench.detection.randomised.people import Person, digest
from bench.detection.randomised.plan import Planned
from bench.detection.randomised.staff import Desk, Roster

__all__ = ["Lives"]

_WAYS = {"scan": 1, "search": 2, "card": 3, "group": 4, "phone": 5, "page": 16, "heir": 202}
_ANY_WAY = (1, 2, 3, 4, 6, 16)
_PRODUCTS = ("deposit", "loan", "wealth", "fund", "insurance", "precious_metal", "other")


class Lives:
    """Notes a bank's events in its journal."""

    def __init__(self, dice: Dice, habits: Habits, roster: Roster, journal: Journal) -> None:
        self._dice, self._habits, self._roster = dice, habits, roster
        self._journal = journal
        self._devices = dice.uniform(0.2, 1.0)
        self._kinds = dice.uniform(0.3, 1.0)
        self._moments: dict[str, list[tuple[str, float]]] = {}

    def publish(self, days: int) -> None:
        """Each staff member's moments."""
        for desk in self._roster.front:
            found = self._moments[desk.id] = []
            for number in range(self._dice.randint(1, max(1, days // 4))):
                time = self._dice.uniform(0, days * DAY)
                moment = f"mo{desk.id}{number:03}"
                self._journal.note(
                    time, "moment.published", staff_id=desk.id, moment_id=moment, topic="wealth"
                )
                found.append((moment, time))

    def follow(self, planned: Planned) -> bool:
        """The add and all after it; False where the month is over before."""
        add, knobs = planned.add, planned.knobs
        if not self._added(planned):
            return False
        person, dice = add.person, self._dice
        if person.when and not person.verified:
            person.verified = True
            self._verified(add, person.when)
        if dice.chance(self._habits.chatter):
            self._message(add.time + dice.about(30, 1), add, "staff")
        if person.leaves and dice.chance(knobs.leave_all):
            self._left(add, knobs)
        if person.writes and (not person.wrote or dice.chance(0.15)):
            person.wrote = True
            self._wrote(add, knobs)
        if person.business and (len(person.staff) == 1 or dice.chance(0.3)):
            self._later(add)
        if dice.chance(knobs.chat):
            self._journal.note(
                add.time + dice.about(HOUR, 1.5),
                "group.joined",
                group_id=f"wr{digest(add.desk.id, 'chat')}",
                staff_id=add.desk.id,
                customer_id=person.customer_id,
            )
        return True

    def _added(self, planned: Planned) -> bool:
        add, knobs, dice = planned.add, planned.knobs, self._dice
        person, where = add.person, add.where
        seen = dice.chance(knobs.seen)
        way = _WAYS[knobs.ways] if dice.chance(0.85) else dice.choice(_ANY_WAY)
        if way == _WAYS["heir"]:
            self._handed_over(add)
        channel = digest(planned.circle.context, add.desk.branch, digits=6)
        kind = "wecom" if person.wecom else "wechat"
        return self._journal.note(
            add.time,
            "friend.added",
            staff_id=add.desk.id,
            customer_id=person.customer_id,
            add_way=way,
            channel=f"ch-{channel}" if dice.chance(knobs.channel) else None,
            ip=(where.ip or person.ip) if seen else None,
            province=person.province if seen and dice.chance(0.3) else None,
            device_id=self._device(add) if seen else None,
            account_kind=kind if dice.chance(self._kinds) else None,
        )

    def _device(self, add: Add) -> str | None:
        if not self._dice.chance(self._devices):
            return None
        return add.where.device or add.person.device

    def _handed_over(self, add: Add) -> None:
        leaver = self._dice.choice(self._roster.front)
        if leaver.id != add.desk.id:
            self._journal.note(
                add.time - 1,
                "friend.transferred",
                from_staff_id=leaver.id,
                to_staff_id=add.desk.id,
                customer_id=add.person.customer_id,
                result="success",
            )

    def _verified(self, add: Add, when: str) -> None:
        person, dice = add.person, self._dice
        after = {
            "before": lambda: -dice.about(2 * HOUR, 1.5),
            "once": lambda: dice.about(120, 1),
            "days": lambda: dice.about(1.5 * DAY, 1),
        }[when]()
        seen = dice.chance(0.5 if person.app else 0.9)
        self._journal.note(
            add.time + after,
            "identity.verified",
            customer_id=person.customer_id,
            method="app_binding" if person.app else "h5_form",
            bank_customer_id=person.number,
            staff_id=add.desk.id if dice.chance(0.7) else None,
            ip=(add.where.ip or person.ip) if seen else None,
            province=None if person.app else person.claim,
            device_id=self._device(add) if seen else None,
        )

    def _left(self, add: Add, knobs: Knobs) -> None:
        self._journal.note(
            add.time + self._dice.about(knobs.stay, 0.8),
            "friend.removed",
            staff_id=add.desk.id,
            customer_id=add.person.customer_id,
            by="staff" if self._dice.chance(knobs.dropped) else "customer",
        )

    def _wrote(self, add: Add, knobs: Knobs) -> None:
        time = add.time + self._dice.about(knobs.silence, 1)
        self._message(time, add, "customer")
        if self._dice.chance(knobs.answered):
            self._message(time + self._dice.about(600, 1.2), add, "staff")

    def _message(self, time: float, add: Add, sender: str) -> None:
        self._journal.note(
            time,
            "message.sent",
            staff_id=add.desk.id,
            customer_id=add.person.customer_id,
            sender=sender,
            kind=self._dice.choice(("text", "text", "text", "link", "image")),
        )

    def _later(self, add: Add) -> None:
        person, desk, dice = add.person, add.desk, self._dice
        some: list[Callable[[float, Person, Desk], None]] = [
            self._opened, self._sold, self._reacted, self._active, self._activated,
        ]  # fmt: skip
        for what in dice.sample(some, dice.randint(1, 2)):
            what(add.time + dice.about(2 * DAY, 1.2), person, desk)

    def _opened(self, time: float, person: Person, desk: Desk) -> None:
        link, product = f"li{self._dice.randrange(200):03}", self._dice.choice(_PRODUCTS)
        self._journal.note(
            time, "link.opened", staff_id=desk.id, customer_id=person.customer_id, link_id=link,
            product=product,
        )  # fmt: skip

    def _sold(self, time: float, person: Person, desk: Desk) -> None:
        self._journal.note(
            time, "sale.completed", staff_id=desk.id, customer_id=person.customer_id,
            bank_customer_id=person.number, product=self._dice.choice(_PRODUCTS),
            amount_fen=int(self._dice.about(2_000_000, 1.5)),
        )  # fmt: skip

    def _reacted(self, time: float, person: Person, desk: Desk) -> None:
        for moment, published in self._moments.get(desk.id, ()):
            if published > time:
                self._journal.note(
                    published + self._dice.about(HOUR, 1), "moment.reacted", staff_id=desk.id,
                    customer_id=person.customer_id, moment_id=moment, kind="like",
                )  # fmt: skip
                return

    def _active(self, time: float, person: Person, desk: Desk) -> None:
        kind = self._dice.choice(("login", "payment", "deposit", "other"))
        self._journal.note(time, "customer.active", bank_customer_id=person.number, kind=kind)

    def _activated(self, time: float, person: Person, desk: Desk) -> None:
        self._journal.note(
            time, "app.activated", bank_customer_id=person.number, customer_id=person.customer_id
        )
