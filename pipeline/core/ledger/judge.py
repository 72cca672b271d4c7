"""Turns an account into what identity and the staff stage need to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.core.calendar import Calendar
from pipeline.core.ids import add_id
from pipeline.core.ledger.account import Account
from pipeline.core.policy import PolicySet
from pipeline.core.records import Candidate, IdentityUpdate, Retraction, Signal, Who
from pipeline.core.rules import reasons_for, removed_early
from pipeline.core.rules.base import AddView
from pipeline.core.score import NO_SCORE, Score, score
from topics.events import EventRef

__all__ = ["Add", "Judge", "identity_updates", "take_who"]

Add = tuple[EventRef, str]
"""The first friend.added of a pair, and its staff_id."""


def identity_updates(key: str, account: Account) -> Iterator[IdentityUpdate]:
    """What identity must know of this customer; marks where it was sent."""
    verification = account.verification
    if verification is None:
        return
    bank_id = verification.bank_customer_id
    if account.who is not None and account.who.bank_customer_id != bank_id:
        yield IdentityUpdate(account.who.bank_customer_id, key, None, [], account.cause)
        account.who = None
    if account.who is None:
        account.who = Who(bank_id)  # until identity answers
        account.dirty.add(("who", ""))
    friends = sorted(staff for staff, pair in account.pairs.items() if pair.is_friend())
    yield IdentityUpdate(bank_id, key, verification.ref, friends, account.cause)


def take_who(account: Account, who: Who, cause: str) -> bool:
    """Takes identity's answer in; whether it changed anything."""
    known = account.who
    if known is None or known == who or known.bank_customer_id != who.bank_customer_id:
        return False
    account.who = who
    account.dirty.add(("who", ""))
    account.cause = account.cause or cause
    return True


class Judge:
    """Judges accounts by the policies; ``dismissed`` are the add_ids that a person cleared."""

    def __init__(
        self, calendar: Calendar, policies: PolicySet, dismissed: frozenset[str] = frozenset()
    ) -> None:
        self._calendar = calendar
        self._policies = policies
        self._dismissed = dismissed

    def candidates(self, key: str, account: Account) -> Iterator[Candidate | Retraction]:
        """Every add of the customer as it is now; retractions where one changed its month."""
        for candidate in self.peek(key, account):
            pair = account.pairs[candidate.staff_id]
            if pair.sent_month != candidate.month:
                if pair.sent_month is not None:
                    yield Retraction(candidate.staff_id, key, pair.sent_month, account.cause)
                pair.sent_month = candidate.month
                account.dirty.add(("pair", candidate.staff_id))
            yield candidate

    def peek(self, key: str, account: Account) -> Iterator[Candidate]:
        """``candidates`` without marking them as sent, in the order of their first friend.added."""
        adds = sorted((pair.added, staff) for staff, pair in account.pairs.items() if pair.added)
        yield from self.judged(key, account, adds, adds[0] if adds else None)

    def judged(
        self, key: str, account: Account, adds: Iterable[Add], first: Add | None
    ) -> Iterator[Candidate]:
        """Some of the customer's adds as they are now; ``first`` is the first of all."""
        signals = _by_staff(account.signals.values())
        for one in adds:
            added, staff_id = one
            add = self._view(key, account, staff_id, added)
            found = score(signals[staff_id], add.policy) if staff_id in signals else NO_SCORE
            add.families = found.families
            earlier, earlier_staff = (None, None) if first is None or one == first else first
            add.earlier_add = earlier
            yield _candidate(key, account, add, found, earlier_staff)

    def _view(self, key: str, account: Account, staff_id: str, added: EventRef) -> AddView:
        day, month = self._calendar.day_month(added.time)
        return AddView(
            staff_id=staff_id,
            pair=account.pairs[staff_id],
            added=added,
            day=day,
            month=month,
            policy=self._policies.in_force(day),
            removals=account.removals.get(staff_id, ()),
            verification=account.verification,
            who=account.who,
            dismissed=bool(self._dismissed) and add_id(staff_id, key) in self._dismissed,
        )


def _candidate(
    key: str, account: Account, add: AddView, found: Score, earlier_staff: str | None
) -> Candidate:
    province, province_from = _province(add)
    return Candidate(
        staff_id=add.staff_id,
        customer_id=key,
        added=add.added,
        add_way=add.pair.add_way,
        month=add.month,
        province=province,
        province_from=province_from,
        reasons=reasons_for(add),
        fake_score=found.fake_score,
        evidence=found.evidence,
        policy_version=add.policy.version,
        verification=add.verification.ref if add.verification else None,
        who=add.who,
        earlier_add=add.earlier_add,
        earlier_staff=earlier_staff,
        transfer=_deciding_transfer(add),
        removed=removed_early.deciding(add) if add.removals else None,
        cause=account.cause,
    )


def _by_staff(signals: Iterable[Signal]) -> dict[str, list[Signal]]:
    grouped: dict[str, list[Signal]] = {}
    for signal in signals:
        grouped.setdefault(signal.staff_id, []).append(signal)
    return grouped


def _province(add: AddView) -> tuple[str | None, str | None]:
    """The first known of: the verification's province, its ip's, the add's own, its ip's."""
    pair, verification = add.pair, add.verification
    if verification is not None:
        if verification.province:
            return verification.province, "verification"
        if verification.ip_province:
            return verification.ip_province, "verification_ip"
    if pair.province:
        return pair.province, "add"
    return (pair.ip_province, "add_ip") if pair.ip_province else (None, None)


def _deciding_transfer(add: AddView) -> EventRef | None:
    transfer = add.pair.transfer
    return transfer if transfer is not None and transfer.time <= add.added.time else None
