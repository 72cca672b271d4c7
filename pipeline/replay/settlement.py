"""From changed accounts to verdicts, shard by shard.

The stages talk as in the stream: ledger -> identity (by bank_customer_id) -> ledger (by
customer_id) -> staff (by staff_id). Each step takes the messages of all shards for this one and
returns a bytes message for each shard; in between, the caller loads the state that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from pipeline.core.identity import Answer, Identity
from pipeline.core.ledger.judge import identity_updates
from pipeline.core.records import Candidate, IdentityUpdate, Retraction
from pipeline.core.staff import Decision, StaffMonths
from pipeline.replay.routing import shard_of
from pipeline.replay.shard import Shard, StateRows
from sinks.duckdb.columns import STATE, IpcRows
from sinks.duckdb.rows import DECISIONS, AddRows
from topics.reference import Customer, Staff

__all__ = ["Answered", "Decided", "Settlement"]

M = TypeVar("M", IdentityUpdate, Answer, Candidate, Retraction)


class Answered(msgspec.Struct, array_like=True):
    """Identity's work: answers for each shard, (bank customer, covered), changed state."""

    answers: list[bytes]
    covered: list[tuple[str, bool]]
    state: bytes


class Judged(msgspec.Struct, array_like=True):
    """The ledger's work: candidates and retractions for each shard."""

    candidates: list[bytes]
    retractions: list[bytes]


class Decided(msgspec.Struct, array_like=True):
    """The staff stage's work: rows in the schema DECISIONS (Arrow IPC), changed state."""

    rows: bytes
    state: bytes


class Settlement:
    """One shard's part in settling a run."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._identity = Identity()
        self._staff = StaffMonths(shard.settings.policies)
        self._answers: list[Answer] = []
        self._updates: list[IdentityUpdate] = []
        self._candidates: list[Candidate] = []
        self._retractions: list[Retraction] = []

    def mark(self, keys: list[str], cause: str) -> None:
        """Judges these accounts again although no event changed them."""
        ledger = self._shard.ledger
        for key in keys:
            account = ledger.accounts.get(key)
            if account is not None:
                account.note_first(cause)
                ledger.changed[key] = None

    def send_updates(self) -> list[bytes]:
        ledger = self._shard.ledger
        updates = [
            update
            for key in ledger.changed
            for update in identity_updates(key, ledger.accounts[key])
        ]
        return self._route(updates, lambda update: update.bank_customer_id)

    def receive_updates(self, messages: list[bytes]) -> list[str]:
        """Returns the bank customers touched, whose rows ``answer`` then needs."""
        self._updates = _decode(messages, IdentityUpdate)
        return list({update.bank_customer_id: None for update in self._updates})

    def answer(self, rows: StateRows, crm: list[bytes], touched: list[tuple[str, str]]) -> Answered:
        """``touched``: (bank customer, cause) of all to answer for, the updates' included."""
        identity = self._identity
        identity.load((key, sub, value) for _, key, _, sub, value in rows if value is not None)
        for update in self._updates:
            identity.take(update)
        known = {row.bank_customer_id: row for row in map(_decode_customer, crm)}
        answers = [
            answer
            for bank_id, cause in touched
            for answer in identity.answers(bank_id, known.get(bank_id), cause)
        ]
        covered = [tuple(identity.covered(bank_id, known.get(bank_id))) for bank_id, _ in touched]
        routed = self._route(answers, lambda answer: answer.customer_id)
        state = IpcRows(STATE)
        state.extend(identity.changed_rows())
        self._identity, self._updates = Identity(), []
        return Answered(routed, covered, state.to_ipc())  # type: ignore[arg-type]

    def receive_answers(self, messages: list[bytes]) -> list[str]:
        """Returns the customers whose state ``judge`` needs and that is not in memory."""
        self._answers = _decode(messages, Answer)
        return self._shard.absent([answer.customer_id for answer in self._answers])

    def take_answers(self, rows: StateRows) -> None:
        """Takes identity's answers in, ``rows`` being the state that was asked for."""
        shard, ledger = self._shard, self._shard.ledger
        shard.load(rows)
        for answer in self._answers:
            account = ledger.accounts[answer.customer_id]
            ledger.take_who(answer.customer_id, account, answer.who, answer.cause)
        self._answers = []

    def judge(self) -> Judged:
        """Judges what changed, once identity and detectors have said what they have to."""
        shard, ledger = self._shard, self._shard.ledger
        candidates: list[Candidate] = []
        retractions: list[Retraction] = []
        for key in ledger.changed:
            account = ledger.accounts[key]
            ledger.touch(key, account)
            for message in shard.judge.candidates(key, account):
                if isinstance(message, Candidate):
                    candidates.append(message)
                else:
                    retractions.append(message)
            account.judged()
        ledger.changed = {}
        return Judged(
            self._route(candidates, lambda message: message.staff_id),
            self._route(retractions, lambda message: message.staff_id),
        )

    def receive_candidates(
        self, candidates: list[bytes], retractions: list[bytes]
    ) -> list[tuple[str, int]]:
        """Returns the staff months touched, whose rows ``decide`` then needs."""
        self._candidates = _decode(candidates, Candidate)
        self._retractions = _decode(retractions, Retraction)
        months = {(one.staff_id, one.month): None for one in self._retractions}
        months |= {(one.staff_id, one.month): None for one in self._candidates}
        return list(months)

    def decide(
        self,
        rows: list[tuple[str, int, str, bytes]],
        staff: list[bytes],
        touched: list[tuple[str, int, str]],
        as_of: int,
    ) -> Decided:
        """``rows``: (staff_id, month, add_id, value); ``touched``: months to decide anyway, and
        why."""
        months, shard = self._staff, self._shard
        months.load(rows)
        for retraction in self._retractions:
            months.take(retraction)
        for candidate in self._candidates:
            months.take(candidate)
        for staff_id, month, cause in touched:
            if (staff_id, month) in months.months:
                months.touch((staff_id, month), cause)
        known = {row.staff_id: row for row in map(_decode_staff, staff)}
        row_of = AddRows(shard.calendar, shard.settings.policies, as_of).row
        decided, state = IpcRows(DECISIONS), IpcRows(STATE)
        for found in months.decide(known):
            if isinstance(found, Decision):
                decided.append(row_of(found))
            else:
                state.append(found)
        self._staff = StaffMonths(shard.settings.policies)
        self._candidates, self._retractions = [], []
        return Decided(decided.to_ipc(), state.to_ipc())

    def _route(self, messages: Iterable[M], key: Callable[[M], str]) -> list[bytes]:
        shards = self._shard.settings.shards
        routed: list[list[M]] = [[] for _ in range(shards)]
        for message in messages:
            routed[shard_of(key(message), shards)].append(message)
        return [msgspec.msgpack.encode(some) for some in routed]


def _decode(messages: list[bytes], kind: type[M]) -> list[M]:
    decoder: Any = msgspec.msgpack.Decoder(list[kind])  # type: ignore[valid-type]
    return [one for message in messages for one in decoder.decode(message)]


_decode_customer = msgspec.msgpack.Decoder(Customer).decode
_decode_staff = msgspec.msgpack.Decoder(Staff).decode
