"""Crowded banks: all events on one key. A case makes the lines of n events, in order of time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["CASES", "Case", "before_seal", "write_reference"]

MIDNIGHT = dt.datetime(2026, 11, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))
DAY = 86_400
MOST, MOST_CHEAP = 40_000, 160_000
OPENED = "2020-01-01"


@dataclass(frozen=True)
class Case:
    """``required`` is the size that must still be linear; curves go on to ``most``.

    ``sealed``: before the events a month with one add of the same customer is sealed. ``crm``:
    there is a CRM row for each of the n.
    """

    name: str
    title: str
    required: int
    lines: Callable[[int], Iterator[bytes]]
    most: int = MOST
    sealed: bool = False
    crm: bool = False

    def sizes(self) -> list[int]:
        """Doubling from a 16th of the required size up to ``most``, the size itself among them."""
        sizes = [self.required >> halvings for halvings in (4, 3, 2, 1, 0)]
        while sizes[-1] < self.most:
            sizes.append(sizes[-1] * 2)
        return sizes


def write_reference(folder: Path, customers: int) -> None:
    """A staff member s0 with so many customers of his own, beside one bank customer k."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"bank_customer_id": "k", "manager_staff_id": "s0", "account_opened_on": OPENED}]
    rows += [{**rows[0], "bank_customer_id": f"k{number}"} for number in range(customers)]
    staff = {"staff_id": "s0", "role": "manager", "branch_id": "b0", "province": "广东"}
    _write(folder / "customers.jsonl", rows)
    _write(folder / "staff.jsonl", [staff])


def _staff_day(n: int) -> Iterator[bytes]:
    """One staff member adds n customers in a day, each verified, every fourth out of province."""
    for number in range(n):
        at = number * DAY / n
        who, province = f"c{number}", "广西" if number % 4 == 0 else "广东"
        yield _added(f"a{number}", at, "s0", who, province=province)
        yield _verified(f"v{number}", at, who, f"k{number}")


def _customer(n: int) -> Iterator[bytes]:
    """One verified customer is added by n staff members."""
    yield _verified("v", 0, "c", "k")
    for number in range(n):
        yield _added(f"a{number}", number * DAY / n, f"s{number}", "c")


def _bank_number(n: int) -> Iterator[bytes]:
    """n accounts, each added once, are verified as one bank customer."""
    for number in range(n):
        at = number * DAY / n
        yield _added(f"a{number}", at, "s0", f"c{number}")
        yield _verified(f"v{number}", at, f"c{number}", "k")


def _copies(n: int) -> Iterator[bytes]:
    """n events of one customer and a copy of each."""
    for number in range(n):
        line = _message(f"m{number}", number * DAY / n)
        yield line
        yield line


def _conflicts(n: int) -> Iterator[bytes]:
    """One event and n others with its id."""
    for number in range(n + 1):
        yield _message("m", number * DAY / n)


def _removals(n: int) -> Iterator[bytes]:
    """One pair is added once and removed n times."""
    yield _added("a", 0, "s0", "c")
    for number in range(n):
        data = {"staff_id": "s0", "customer_id": "c", "by": "customer"}
        yield _line("friend.removed", f"r{number}", number * DAY / n, data)


def _messages(n: int) -> Iterator[bytes]:
    """n messages of one customer in 20 days."""
    for number in range(n):
        yield _message(f"m{number}", number * 20 * DAY / n)


def _burst(n: int) -> Iterator[bytes]:
    """n customers add one staff member within ten minutes, and each a second one a while later."""
    for number in range(n):
        who, at = f"c{number}", number * 600 / n
        yield _added(f"a{number}", at, "s0", who)
        if number % 5 == 0:
            yield _added(f"b{number}", at + 45, f"s{1 + number % 7}", who)


def _device(n: int) -> Iterator[bytes]:
    """n accounts with a form from one device and one address, each added once."""
    for number in range(n):
        at, who = number * DAY / n, f"c{number}"
        yield _added(f"a{number}", at, "s0", who)
        more = {"device_id": "d", "ip": "10.0.0.1"}
        yield _verified(f"v{number}", at, who, f"k{number}", **more)


def _pool(n: int) -> Iterator[bytes]:
    """n customers who all add the same four staff members within seconds, and leave."""
    for number in range(n):
        who, at = f"c{number}", number * DAY / n
        for staff in range(4):
            yield _added(f"a{number}.{staff}", at + staff, f"s{staff}", who)
        data = {"staff_id": "s0", "customer_id": who, "by": "customer"}
        yield _line("friend.removed", f"r{number}", at + 60, data)


CASES = (
    Case("staff_day", "adds of one staff member in a day", 20_000, _staff_day, crm=True),
    Case("customer", "adds of one customer", 5_000, _customer),
    Case("bank_number", "accounts verified as one bank number", 5_000, _bank_number),
    Case("copies", "events of one customer, each with a copy", 5_000, _copies, MOST_CHEAP),
    Case("conflicts", "other events under one id", 5_000, _conflicts, MOST_CHEAP),
    Case("removals", "removals of one pair", 5_000, _removals, MOST_CHEAP),
    Case("messages", "messages of one customer", 5_000, _messages, MOST_CHEAP),
    Case("sealed", "adds of one customer after a sealed month", 5_000, _customer, sealed=True),
    Case("burst", "customers of one staff member in ten minutes", 20_000, _burst, crm=True),
    Case("device", "accounts of one device and address", 5_000, _device, crm=True),
    Case("pool", "customers of one pool that is alerted", 5_000, _pool),
)


def before_seal() -> Iterator[bytes]:
    """The sealed month of a case: one add of the customer, and an event that passes its end."""
    yield _added("before", -20 * DAY, "s0", "c")
    yield _message("passes", -DAY, "other")


def _added(name: str, at: float, staff: str, customer: str, **more: Any) -> bytes:
    data = {"staff_id": staff, "customer_id": customer, "add_way": 1, **more}
    return _line("friend.added", name, at, data)


def _verified(name: str, at: float, customer: str, bank_id: str, **more: Any) -> bytes:
    data = {"customer_id": customer, "method": "h5_form", "bank_customer_id": bank_id, **more}
    return _line("identity.verified", name, at, data)


def _message(name: str, at: float, customer: str = "c") -> bytes:
    data = {"staff_id": "s0", "customer_id": customer, "sender": "customer", "kind": "text"}
    return _line("message.sent", name, at, data)


def _line(kind: str, name: str, at: float, data: dict[str, Any]) -> bytes:
    time = (MIDNIGHT + dt.timedelta(seconds=at)).isoformat(timespec="microseconds")
    event = {
        "specversion": "1.0",
        "id": f"01M7CROWDED0000{name}",
        "source": "wecom/wwbench",
        "type": kind,
        "time": time,
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False).encode() + b"\n"


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
