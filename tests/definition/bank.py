"""A small bank for literal tests: one manager S1, one customer C1 with the account K1."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb

from tests.definition.build import line, write_reference
from tests.definition.load import load

MANAGER = {"staff_id": "S1", "role": "manager", "branch_id": "B1", "province": "广东"}
ACCOUNT = {"bank_customer_id": "K1", "manager_staff_id": "S1", "account_opened_on": "2020-01-01"}
EARLY_POLICY = 'version = "p"\neffective_from = 2026-01-01\n{}'
NOON = "2026-11-10T12:00:00+08:00"


def added(time: str = NOON, staff: str = "S1", customer: str = "C1", **data: Any) -> bytes:
    data = {"add_way": 1, **data}
    return line("friend.added", time, f"a{time}{staff}{customer}", staff_id=staff,
                customer_id=customer, **data)  # fmt: skip


def verified(time: str = NOON, customer: str = "C1", bank: str = "K1", **data: Any) -> bytes:
    return line("identity.verified", time, f"v{time}{customer}", customer_id=customer,
                bank_customer_id=bank, method="h5_form", **data)  # fmt: skip


def removed(time: str, by: str = "customer") -> bytes:
    return line("friend.removed", time, f"r{time}{by}", staff_id="S1", customer_id="C1", by=by)


def moved(time: str, to: str = "S1", result: str = "success", origin: str = "S9") -> bytes:
    return line("friend.transferred", time, f"t{time}{to}{result}", from_staff_id=origin,
                to_staff_id=to, customer_id="C1", result=result)  # fmt: skip


class Bank:
    """The definition loaded with one test's events."""

    def __init__(self, *events: bytes, policy: str | None = None, **settings: Any) -> None:
        """`policy`: keys in TOML, in force from the start; else as the arguments of load."""
        if policy is not None:
            settings["policies"] = [EARLY_POLICY.format(policy)]
        given = {"customers": [ACCOUNT], "staff": [MANAGER]} | settings
        tables = {name: given.pop(name) for name in ("customers", "staff")}
        self.con = duckdb.connect()
        with tempfile.TemporaryDirectory() as folder:
            load(self.con, events, write_reference(Path(folder), tables), **given)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def verdicts(self) -> dict[str, tuple[Any, ...]]:
        """{"staff/customer": (verdict, code, …)}"""
        found = self.rows("SELECT staff_id || '/' || customer_id, verdict, reasons FROM d_adds")
        return {pair: (verdict, *reasons) for pair, verdict, reasons in found}

    def days(self, table: str) -> list[dict[str, Any]]:
        """The rows of a daily table, without counts that are zero; days as text."""
        result = self.con.execute(
            f"SELECT * REPLACE (day::VARCHAR AS day) FROM d_{table} ORDER BY ALL"
        )
        names = [column[0] for column in result.description]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        return [{name: value for name, value in row.items() if value != 0} for row in rows]
