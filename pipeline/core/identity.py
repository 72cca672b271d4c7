"""The identity stage: keyed by bank_customer_id; who is who, whose customer, and covered or not.

Definition: of the customers whose first verification names a bank customer, the one whose
verification is first in the order of section 3 owns the identity; the others share it. The bank
customer is covered where one of them is a friend of its manager (``manager_staff_id``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from pipeline.core.calendar import day_of
from pipeline.core.records import IdentityUpdate, Owner, StateRow, Who
from topics.events import EventRef
from topics.reference import Customer

__all__ = ["IDENTITY", "Answer", "Identity"]

IDENTITY = "identity"


class Verified(msgspec.Struct, array_like=True, gc=False):
    """One customer verified as the bank customer."""

    ref: EventRef
    friends: list[str]


class Answer(msgspec.Struct, array_like=True, gc=False):
    """Identity to ledger: what a customer should know, and what brought it about."""

    customer_id: str
    who: Who
    cause: str


class Covered(NamedTuple):
    """Whether the bank customer's manager has it as a friend."""

    bank_customer_id: str
    covered: bool


class Identity:
    """The customers verified as each bank customer of interest, by bank_customer_id."""

    def __init__(self) -> None:
        self.accounts: dict[str, dict[str, Verified]] = {}
        self._dirty: set[tuple[str, str]] = set()
        self._causes: dict[str, str] = {}

    def load(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Takes (bank_customer_id, customer_id, value) state rows in."""
        for bank_id, customer_id, value in rows:
            self.accounts.setdefault(bank_id, {})[customer_id] = _load(value)

    def take(self, update: IdentityUpdate) -> None:
        """A customer's news; a ``ref`` of None: it is verified as someone else now."""
        accounts = self.accounts.setdefault(update.bank_customer_id, {})
        if update.ref is None:
            accounts.pop(update.customer_id, None)
        else:
            accounts[update.customer_id] = Verified(update.ref, update.friends)
        self._dirty.add((update.bank_customer_id, update.customer_id))
        self._causes[update.bank_customer_id] = update.cause

    def answers(self, bank_id: str, crm: Customer | None, cause: str = "") -> Iterator[Answer]:
        """What each customer verified as ``bank_id`` must know, by its CRM row (None: no row)."""
        accounts = self.accounts.get(bank_id, {})
        if not accounts:
            return
        first = min(accounts, key=lambda customer: (accounts[customer].ref, customer))
        owner = Owner(accounts[first].ref, first)
        mine, shared = _who(bank_id, crm, None), _who(bank_id, crm, owner)
        why = self._causes.get(bank_id) or cause
        # Whoever shares the identity does so by its owner's verification, whatever else its
        # account brought.
        why_shared = _verified(owner.ref) if bank_id in self._causes else cause
        for customer_id in accounts:
            if customer_id == first:
                yield Answer(customer_id, mine, why)
            else:
                yield Answer(customer_id, shared, why_shared)

    def covered(self, bank_id: str, crm: Customer | None) -> Covered:
        manager = crm.manager_staff_id if crm is not None else None
        accounts = self.accounts.get(bank_id, {}).values()
        return Covered(
            bank_id, manager is not None and any(manager in one.friends for one in accounts)
        )

    def changed_rows(self) -> Iterator[StateRow]:
        """The rows that changed since the last call, packed."""
        for bank_id, customer_id in self._dirty:
            verified = self.accounts[bank_id].get(customer_id)
            value = None if verified is None else msgspec.msgpack.encode(verified)
            yield IDENTITY, bank_id, "account", customer_id, value
        self._dirty = set()
        self._causes = {}


_load = msgspec.msgpack.Decoder(Verified).decode
_encode = msgspec.json.Encoder().encode


def _verified(ref: EventRef) -> str:
    """A verification as the cause of a verdict change."""
    named = {"source": ref.source, "id": ref.id, "type": "identity.verified", "time": ref.time}
    return _encode({"event": named}).decode()


def _who(bank_id: str, crm: Customer | None, owner: Owner | None) -> Who:
    if crm is None:
        return Who(bank_id, known=False, owner=owner)
    opened, since = crm.account_opened_on, crm.manager_since
    return Who(
        bank_id,
        known=True,
        employee=bool(crm.employee),
        account_opened_on=None if opened is None else day_of(opened),
        manager=crm.manager_staff_id,
        manager_since=None if since is None else day_of(since),
        previous_manager=crm.previous_manager_staff_id,
        owner=owner,
    )
