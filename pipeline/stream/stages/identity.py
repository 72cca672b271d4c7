"""The identity stage on topics: the ledger's verifications and friends, and the CRM's rows, in."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pipeline.core.causes import reference_cause
from pipeline.core.identity import IDENTITY, Identity
from pipeline.core.records import IdentityUpdate
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.records import Batch, Input, Output
from pipeline.stream.stages.reference import read_row
from pipeline.stream.stages.rows import Rows
from topics.reference import Customer

__all__ = ["IdentityStage"]

CRM = "crm"
COVERED = "covered"


class IdentityStage:
    """The bank customers of one partition: who is verified as them, and their CRM rows.

    ``rows`` has the kinds ``account`` (customer_id), ``crm`` and ``covered``.
    """

    def __init__(self, context: Context, partition: int, rows: Rows) -> None:
        self._context = context
        self._partition = partition
        self._rows = rows
        self._identity = Identity()
        self._touched: dict[str, str] = {}

    def take_updates(self, records: Iterable[Input]) -> None:
        """Takes the ledger's news of verified customers."""
        for record in records:
            update = _decode_update(record.value or b"")
            self._load(update.bank_customer_id)
            self._identity.take(update)
            self._touched[update.bank_customer_id] = ""

    def take_customers(self, records: Iterable[Input], batch: Batch) -> None:
        """Takes CRM rows; a bad one is a dead letter and the earlier row stays."""
        for record in records:
            found = read_row("customers", Customer, record, self._context.route, batch)
            if found is None:
                continue
            bank_id, row = found
            value = None if row is None else _pack(row)
            if value == self._rows.one(bank_id, CRM):
                continue
            batch.keep(self._rows, (IDENTITY, bank_id, CRM, "", value))
            self._touched.setdefault(bank_id, reference_cause("customers", bank_id))

    def finish(self, batch: Batch) -> None:
        """Answers for all bank customers that the batch touched."""
        identity = self._identity
        for bank_id, cause in self._touched.items():
            self._load(bank_id)
            packed = self._rows.one(bank_id, CRM)
            crm = None if packed is None else _decode_customer(packed)
            for answer in identity.answers(bank_id, crm, cause):
                customer_id = answer.customer_id
                named = f"{customer_id}\x1f{bank_id}".encode()
                partition = self._context.route(customer_id)
                batch.outputs.append(Output("answers", partition, named, _pack(answer)))
            self._tell_covered(bank_id, identity.covered(bank_id, crm).covered, batch)
        for row in identity.changed_rows():
            batch.keep(self._rows, row)
        self._identity, self._touched = Identity(), {}

    def _tell_covered(self, bank_id: str, covered: bool, batch: Batch) -> None:
        known = self._rows.one(bank_id, COVERED) is not None
        if covered != known:
            batch.keep(self._rows, (IDENTITY, bank_id, COVERED, "", b"1" if covered else None))
            value = b"1" if covered else b"0"
            batch.outputs.append(Output("coverage", self._partition, bank_id.encode(), value))

    def _load(self, bank_id: str) -> None:
        if bank_id not in self._identity.accounts:
            accounts = self._rows.subs(bank_id, "account")
            self._identity.load((bank_id, customer, value) for customer, value in accounts.items())


_pack = msgspec.msgpack.Encoder().encode
_decode_update = msgspec.msgpack.Decoder(IdentityUpdate).decode
_decode_customer = msgspec.msgpack.Decoder(Customer).decode
