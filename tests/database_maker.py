"""A database made by replaying literal events, for tests of what works on databases.

Two managers S1 and S2 of branch B1 in 广东; the bank customers K1 to K3 are S1's, S1's and S2's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from pipeline.core.ids import add_id
from pipeline.replay.run import ReplayOptions, Summary, replay
from sinks.duckdb.database import writing
from sinks.duckdb.seal import Sealed, seal
from tests.definition.build import line as event_line
from tests.definition.build import write_reference

__all__ = ["Database", "added", "line", "message", "removed", "verified"]


def line(type_: str, day: str, id_: str, **data: Any) -> bytes:
    """An event at noon of a day in Shanghai."""
    return event_line(type_, f"{day}T12:00:00+08:00", id_, **data)


def added(staff: str, customer: str, day: str, **data: Any) -> bytes:
    data = {"add_way": 1, **data}
    return line("friend.added", day, f"a{day}{staff}{customer}", staff_id=staff,
                customer_id=customer, **data)  # fmt: skip


def verified(customer: str, bank: str, day: str, **data: Any) -> bytes:
    return line("identity.verified", day, f"v{day}{customer}", customer_id=customer,
                bank_customer_id=bank, method="h5_form", **data)  # fmt: skip


def removed(staff: str, customer: str, day: str, by: str = "customer") -> bytes:
    return line("friend.removed", day, f"r{day}{staff}{customer}", staff_id=staff,
                customer_id=customer, by=by)  # fmt: skip


def message(staff: str, customer: str, day: str, sender: str = "customer") -> bytes:
    return line("message.sent", day, f"m{day}{staff}{customer}{sender}", staff_id=staff,
                customer_id=customer, sender=sender, kind="text")  # fmt: skip


class Database:
    """``path`` in a folder of its own; every replay is one run with new input files."""

    def __init__(
        self, folder: Path, name: str = "bank.duckdb", accounts: Iterable[str] = ()
    ) -> None:
        self.folder = folder
        self.path = folder / name
        self._runs = 0
        self._staff = [
            {"staff_id": staff, "role": "manager", "branch_id": "B1", "province": "广东"}
            for staff in ("S1", "S2")
        ]
        managers = {"K1": "S1", "K2": "S1", "K3": "S2", **dict.fromkeys(accounts, "S1")}
        self._customers: list[dict[str, Any]] = [
            {"bank_customer_id": key, "manager_staff_id": staff, "account_opened_on": "2020-01-01"}
            for key, staff in managers.items()
        ]

    def staff(self, staff_id: str, **fields: Any) -> None:
        """Gives a staff member another row, from the next replay on."""
        self._staff.append({"staff_id": staff_id, **fields})

    def customer(self, bank_customer_id: str, **changes: Any) -> None:
        """Changes fields of a bank customer's row, from the next replay on."""
        row = next(
            row for row in reversed(self._customers) if row["bank_customer_id"] == bank_customer_id
        )
        self._customers.append({**row, **changes})

    def replay(
        self,
        *events: bytes,
        as_of: str | None = None,
        policy: str | None = None,
        policies: Iterable[str] = (),
        shards: int = 1,
        cases: Iterable[dict[str, Any]] = (),
    ) -> Summary:
        self._runs += 1
        run = self.folder / f"run{self._runs}"
        tables = {"customers": self._customers, "staff": self._staff, "cases": list(cases)}
        reference = write_reference(run / "reference", tables)
        (run / "events.jsonl").write_bytes(b"".join(event + b"\n" for event in events))
        files = []
        for number, text in enumerate([policy, *policies] if policy is not None else policies):
            files.append(run / f"policy{number}.toml")
            files[-1].write_text(text, encoding="utf-8")
        return replay(
            ReplayOptions(
                inputs=[run / "events.jsonl"],
                reference=reference,
                db=self.path,
                policies=files,
                as_of=as_of,
                shards=shards,
            )
        )

    def close(self, month: str) -> Sealed:
        with writing(self.path, "Asia/Shanghai") as connection:
            return seal(connection, month)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def verdicts(self) -> dict[str, str]:
        """{"S1/C1": "invalid unverified"}"""
        found = self.rows("SELECT staff_id || '/' || customer_id, verdict, reasons FROM adds")
        return {pair: " ".join([verdict, *reasons]) for pair, verdict, reasons in found}

    def days(self, table: str) -> list[str]:
        """The rows of a daily table, each as one text."""
        found = self.rows(f"SELECT to_json(t) FROM {table} t ORDER BY ALL")
        return [json.dumps(row) for (row,) in found]

    def frozen(self) -> list[str]:
        """Every row of the sealed months, each as one text."""
        months = "(SELECT month FROM months WHERE sealed_as_of IS NOT NULL)"
        return [
            str(row)
            for table, month in (
                ("adds", "month"),
                ("staff_daily", "strftime(day, '%Y-%m')"),
                ("branch_daily", "strftime(day, '%Y-%m')"),
                ("months", "month"),
            )
            for row in self.rows(
                f"SELECT to_json(t) FROM {table} t WHERE {month} IN {months} ORDER BY ALL"
            )
        ]

    def late(self) -> list[tuple[Any, ...]]:
        """("S1/C1", verdict) of every row of late_events; None for a count."""
        names = {
            add_id(staff, customer): f"{staff}/{customer}"
            for staff in ("S1", "S2", "S9")
            for customer in (f"C{n}" for n in range(10))
        }
        found = self.rows("SELECT add_id, verdict FROM late_events ORDER BY seq")
        return [(names.get(one), verdict) for one, verdict in found]
