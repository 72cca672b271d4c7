"""Literal cases at the edges of the contract, for the definition and for what it is held to."""

from __future__ import annotations

from typing import Any

from tests.definition.bank import ACCOUNT, MANAGER, NOON, added, moved, removed, verified
from tests.definition.build import line

NEXT = "2026-11-10T12:00:00.000001+08:00"

# One add at NOON and a verification: what else happens, and the verdict with its codes.
CASES: dict[str, tuple[list[bytes], dict[str, Any], tuple[str, ...]]] = {
    "way 201": ([added(add_way=201), verified()], {}, ("excluded", "transferred")),
    "way 202": ([added(add_way=202), verified()], {}, ("excluded", "transferred")),
    "way 203": ([added(add_way=203), verified()], {}, ("valid",)),
    "a transfer at the add": ([added(), verified(), moved(NOON)], {}, ("excluded", "transferred")),
    "a transfer 1 µs later": (
        [added(), verified(), moved("2026-11-10T12:00:00.000001+08:00")], {}, ("valid",)),
    "a refused transfer": ([added(), verified(), moved(NOON, result="refused")], {}, ("valid",)),
    "a transfer to another": ([added(), verified(), moved(NOON, to="S2")], {}, ("valid",)),
    "an employee": (
        [added(), verified()], {"customers": [ACCOUNT | {"employee": True}]},
        ("invalid", "employee")),
    "an employee, allowed": (
        [added(), verified()],
        {"customers": [ACCOUNT | {"employee": True}], "policy": "allow_employees = true"},
        ("valid",)),
    "removed at once": ([added(), verified(), removed(NOON)], {}, ("invalid", "removed_early")),
    "removed 1 µs before": (
        [added(), verified(), removed("2026-11-10T11:59:59.999999+08:00")], {}, ("valid",)),
    "removed at 7 x 24 h": (
        [added(), verified(), removed("2026-11-17T12:00:00+08:00")], {},
        ("invalid", "removed_early")),
    "removed 1 µs after that": (
        [added(), verified(), removed("2026-11-17T12:00:00.000001+08:00")], {}, ("valid",)),
    "removed by the staff": (
        [added(), verified(), removed(NOON, by="staff")], {}, ("invalid", "removed_early")),
    "removed by a transfer": ([added(), verified(), removed(NOON, by="transfer")], {}, ("valid",)),
    "keep_days 0": (
        [added(), verified(), removed("2026-11-10T12:00:00.000001+08:00")],
        {"policy": "keep_days = 0"}, ("valid",)),
    "added again after a removal": (
        [added(), verified(), removed(NOON), added("2026-11-11T00:00:00Z")], {},
        ("invalid", "removed_early")),
    "pending to the microsecond": (
        [added()], {"as_of": "2026-12-10T12:00:00+08:00"}, ("pending", "unverified")),
    "then invalid": (
        [added()], {"as_of": "2026-12-10T12:00:00.000001+08:00"}, ("invalid", "unverified")),
    "verified months later": ([added(), verified("2027-03-01T00:00:00Z")], {}, ("valid",)),
    "verified months before": ([added(), verified("2026-01-01T00:00:00Z")], {}, ("valid",)),
    "verified after as of": (
        [added(), verified("2026-11-10T12:00:00.000001+08:00")], {"as_of": NOON},
        ("pending", "unverified")),
    "verification not required": (
        [added()], {"policy": "[verification]\nrequired = false"}, ("valid",)),
    "opened on the last day of the month": (
        [added(), verified()], {"customers": [ACCOUNT | {"account_opened_on": "2026-11-30"}]},
        ("valid",)),
    "opened the day after": (
        [added(), verified()], {"customers": [ACCOUNT | {"account_opened_on": "2026-12-01"}]},
        ("invalid", "no_account")),
    "no day of opening": (
        [added(), verified()], {"customers": [ACCOUNT | {"account_opened_on": None}]},
        ("invalid", "no_account")),
    "no row of the bank customer": (
        [added(), verified()], {"customers": []}, ("invalid", "no_account", "not_own_customer")),
    "account not required": (
        [added(), verified()],
        {"customers": [ACCOUNT | {"account_opened_on": ""}],
         "policy": "[account]\nrequired = false"}, ("valid",)),
    "another's customer": (
        [added(), verified()], {"customers": [ACCOUNT | {"manager_staff_id": "S2"}]},
        ("invalid", "not_own_customer")),
    "another's, a teller": (
        [added(), verified()],
        {"customers": [ACCOUNT | {"manager_staff_id": "S2"}],
         "staff": [MANAGER | {"role": "teller"}]},
        ("valid",)),
    "another's, role unknown": (
        [added(), verified()],
        {"customers": [ACCOUNT | {"manager_staff_id": "S2"}], "staff": []},
        ("invalid", "not_own_customer")),
    "another's, tellers judged": (
        [added(), verified()],
        {"customers": [ACCOUNT | {"manager_staff_id": "S2"}],
         "staff": [MANAGER | {"role": "teller"}], "policy": "[own_customer]\nroles = ['teller']"},
        ("invalid", "not_own_customer")),
    "another's, not required": (
        [added(), verified()],
        {"customers": [ACCOUNT | {"manager_staff_id": "S2"}],
         "policy": "[own_customer]\nrequired = false"}, ("valid",)),
    "nobody's": (
        [added(), verified()], {"customers": [ACCOUNT | {"manager_staff_id": None}]},
        ("invalid", "not_own_customer")),
    "nobody's, allowed": (
        [added(), verified()],
        {"customers": [ACCOUNT | {"manager_staff_id": None}],
         "policy": "[own_customer]\nallow_unassigned = true"}, ("valid",)),
    "manager since that day": (
        [added(), verified()], {"customers": [ACCOUNT | {"manager_since": "2026-11-10"}]},
        ("valid",)),
    "manager since the next": (
        [added(), verified()], {"customers": [ACCOUNT | {"manager_since": "2026-11-11"}]},
        ("invalid", "not_own_customer")),
    "the previous manager": (
        [added(), verified()],
        {"customers": [ACCOUNT | {"manager_staff_id": "S2", "manager_since": "2026-11-11",
                                  "previous_manager_staff_id": "S1"}]}, ("valid",)),
    "all that apply, the first decides": (
        [added(add_way=201), removed(NOON)], {},
        ("excluded", "transferred", "removed_early", "unverified")),
}  # fmt: skip

# A customer K1 of the manager S1: what happens, and how many of S1's customers are covered then.
COVERED: list[tuple[list[bytes], int]] = [
    ([added()], 0),  # not verified
    ([verified()], 0),  # no friend
    ([added(), verified()], 1),
    ([verified(), added(), removed(NEXT)], 0),
    ([verified(), added(), removed(NEXT, by="transfer")], 0),
    ([verified(), removed(NOON), added(NEXT)], 1),
    ([verified(), moved(NOON)], 1),
    ([verified(), moved(NOON, result="limit")], 0),
    ([verified(), added(), moved(NEXT, to="S2", origin="S1")], 0),
    ([verified(), added(), moved(NEXT, to="S2", origin="S1", result="refused")], 1),
    ([verified(), added(), moved(NEXT, to="S1", origin="S1")], 0),
    ([verified(), verified(NEXT, bank="K2"), added()], 1),
    ([verified(bank="K2"), verified(NEXT), added()], 0),
    ([verified(), verified(customer="C2"), added(customer="C2")], 1),
    ([verified(), added(staff="S2")], 0),
    # equal times: the removal's id begins with r, the add's with a
    ([verified(), added(), removed(NOON)], 0),
]

# When the staff member wrote to a customer whose first message of the day was at NOON, and how
# many customers are answered then.
ANSWERED = {
    "2026-11-10T12:00:00+08:00": 1,
    "2026-11-10T11:59:59.999999+08:00": 0,
    "2026-11-10T23:59:59.999999+08:00": 1,
    "2026-11-11T00:00:00+08:00": 0,
}


def message(time: str, sender: str, **to: str) -> bytes:
    return line("message.sent", time, f"m{time}{sender}{to}", staff_id="S1", sender=sender,
                kind="text", **to)  # fmt: skip


def conversation(staff_wrote: str) -> list[bytes]:
    """Two customers wrote, one of them twice; the staff member wrote to a group and to one."""
    return [
        message(NOON, "customer", customer_id="C1"),
        message("2026-11-10T13:00:00+08:00", "customer", customer_id="C1"),
        message(NOON, "customer", customer_id="C2", group_id="G"),
        message(NOON, "customer", group_id="G"),
        message(NOON, "staff", group_id="G"),
        message(staff_wrote, "staff", customer_id="C1"),
    ]


# Customers whose province each comes from another place: 上海, 广东, 上海, 北京 and unknown.
IP_TABLE = "cidr,province\n10.0.0.0/8,广东\n10.1.0.0/16,海外\n2001:db8::/32,北京\n"
PLACED = [
    verified(customer="C1", province="上海", ip="10.0.0.1"),
    added(customer="C1"),
    verified(customer="C2", ip="10.0.0.1"),
    added(customer="C2", province="上海"),
    verified(customer="C3", ip="10.1.0.1"),
    added(customer="C3", province="上海"),
    verified(customer="C4", province="X"),
    added(customer="C4", ip="2001:db8::1"),
    added(customer="C5", ip="10.1.2.3"),
    added("2026-12-01T00:00:00Z", customer="C5", province="上海"),
]
