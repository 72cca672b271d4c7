"""The fifteen event types of the contract, as calls: times in ms, money in fen.

A method per type builds the inside of the data object and puts it in the outbox. Values are
invented by the simulation and need no JSON escaping.
"""

from __future__ import annotations

from random import Random
from typing import Final

from sources.simulate.outbox import Outbox, Source
from sources.simulate.places import PROVINCES

APP: Final = Source("app/mobile", utc=True)
FORMS: Final = Source("h5/forms")
TASKS: Final = Source("scrm/tasks")
LINKS: Final = Source("h5/links")
SALES: Final = Source("core/sales", utc=True)


class Events:
    """One method an event type; each returns whether the event lies in the span."""

    def __init__(self, outbox: Outbox, rng: Random) -> None:
        self._put = outbox.put
        self._wecom = Source(f"wecom/ww{rng.getrandbits(64):016x}")

    def friend_added(self, time: int, staff: str, customer: str, way: int, seen: str) -> bool:
        """`seen` holds what the bank's own page saw: JSON members, each with a comma before."""
        data = f'"staff_id":"{staff}","customer_id":"{customer}","add_way":{way}{seen}'
        return self._put(time, self._wecom, "friend.added", data)

    def friend_removed(self, time: int, staff: str, customer: str, by: str) -> bool:
        data = f'"staff_id":"{staff}","customer_id":"{customer}","by":"{by}"'
        return self._put(time, self._wecom, "friend.removed", data)

    def friend_transferred(self, time: int, old: str, new: str, customer: str, res: str) -> bool:
        data = (
            f'"from_staff_id":"{old}","to_staff_id":"{new}",'
            f'"customer_id":"{customer}","result":"{res}"'
        )
        return self._put(time, self._wecom, "friend.transferred", data)

    def verified(self, time: int, customer: str, bank_id: str, app: bool, seen: str) -> bool:
        source, method = (APP, "app_binding") if app else (FORMS, "h5_form")
        data = (
            f'"customer_id":"{customer}","method":"{method}","bank_customer_id":"{bank_id}"{seen}'
        )
        return self._put(time, source, "identity.verified", data)

    def message(
        self, time: int, staff: str, customer: str, sender: str, kind: str, more: str = ""
    ) -> bool:
        data = (
            f'"staff_id":"{staff}","customer_id":"{customer}",'
            f'"sender":"{sender}","kind":"{kind}"{more}'
        )
        return self._put(time, self._wecom, "message.sent", data)

    def group_message(self, time: int, staff: str, group: str, sender: str, kind: str) -> bool:
        data = f'"staff_id":"{staff}","group_id":"{group}","sender":"{sender}","kind":"{kind}"'
        return self._put(time, self._wecom, "message.sent", data)

    def moment(self, time: int, staff: str, moment: str, more: str) -> bool:
        data = f'"staff_id":"{staff}","moment_id":"{moment}"{more}'
        return self._put(time, self._wecom, "moment.published", data)

    def reaction(self, time: int, staff: str, customer: str, moment: str, kind: str) -> bool:
        data = (
            f'"staff_id":"{staff}","customer_id":"{customer}",'
            f'"moment_id":"{moment}","kind":"{kind}"'
        )
        return self._put(time, self._wecom, "moment.reacted", data)

    def group(self, time: int, joined: bool, group: str, staff: str, customer: str) -> bool:
        kind = "group.joined" if joined else "group.left"
        data = f'"group_id":"{group}","staff_id":"{staff}","customer_id":"{customer}"'
        return self._put(time, self._wecom, kind, data)

    def task_assigned(
        self, time: int, task: str, staff: str, kind: str, by: str, audience: int
    ) -> bool:
        data = (
            f'"task_id":"{task}","staff_id":"{staff}","kind":"{kind}",'
            f'"assigned_by":"{by}","audience":{audience}'
        )
        return self._put(time, TASKS, "task.assigned", data)

    def task_executed(self, time: int, task: str, staff: str, customer: str, status: str) -> bool:
        """`customer` may be empty: a moment or a group message has none."""
        whom = f'"customer_id":"{customer}",' if customer else ""
        data = f'"task_id":"{task}","staff_id":"{staff}",{whom}"status":"{status}"'
        return self._put(time, TASKS, "task.executed", data)

    def link_opened(
        self, time: int, staff: str, customer: str, link: str, product: str, campaign: str
    ) -> bool:
        more = f',"campaign":"{campaign}"' if campaign else ""
        data = (
            f'"staff_id":"{staff}","customer_id":"{customer}",'
            f'"link_id":"{link}","product":"{product}"{more}'
        )
        return self._put(time, LINKS, "link.opened", data)

    def sale(
        self, time: int, staff: str, customer: str, bank_id: str, product: str, more: str
    ) -> bool:
        """`more` holds the amount and the incomes, in fen."""
        data = (
            f'"staff_id":"{staff}","customer_id":"{customer}",'
            f'"bank_customer_id":"{bank_id}","product":"{product}"{more}'
        )
        return self._put(time, SALES, "sale.completed", data)

    def app_activated(self, time: int, bank_id: str, customer: str) -> bool:
        more = f',"customer_id":"{customer}"' if customer else ""
        return self._put(time, APP, "app.activated", f'"bank_customer_id":"{bank_id}"{more}')

    def customer_active(self, time: int, bank_id: str, kind: str) -> bool:
        data = f'"bank_customer_id":"{bank_id}","kind":"{kind}"'
        return self._put(time, APP, "customer.active", data)


def seen_fields(province: int, address: str, device: str) -> str:
    """JSON members of what a page saw; a negative province and empty texts are left out."""
    text = f',"ip":"{address}"' if address else ""
    if province >= 0:
        text += f',"province":"{PROVINCES[province]}"'
    return f'{text},"device_id":"{device}"' if device else text
