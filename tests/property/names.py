"""The few names and days that small worlds are made of."""

from __future__ import annotations

from typing import NamedTuple

STAFF = ("S1", "s2", "经理\uffee", "经理\U00020000")
CUSTOMERS = ("C1", "c2", "wmé", "客\uffee", "客\U00020000")
BANK_CUSTOMERS = ("K1", "K2", "号\U00020000", "K4")
DATES = ("2026-10-31", "2026-11-01", "2026-11-15", "2026-11-16", "2026-11-30", "2026-12-01")
NEVER = object()  # the field is not written at all


class Names(NamedTuple):
    """How many of each there are in a world; references may name one that has no row."""

    staff_count: int
    customer_count: int
    bank_customer_count: int

    @property
    def staff(self) -> tuple[str, ...]:
        return STAFF[: self.staff_count]

    @property
    def customers(self) -> tuple[str, ...]:
        return CUSTOMERS[: self.customer_count]

    @property
    def bank_customers(self) -> tuple[str, ...]:
        return BANK_CUSTOMERS[: self.bank_customer_count]
