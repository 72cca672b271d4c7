"""Turns an account into what identity and the staff stage need to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.core.calendar import Calendar
from pipeline.core.causes import resolved
from pipeline.core.detectors.customers import own_signals
from pipeline.core.ids import add_id
from pipeline.core.ledger.account import Account
from pipeline.core.policy import PolicySet
from pipeline.core.records import Candidate, IdentityUpdate, Retraction, Signal, Who
from pipeline.core.rules import reasons_for, removed_early
from pipeline.core.rules.base import AddView
from pipeline.core.score import NO_SCORE, Score, score
from topics.events import EventRef
from topics.provinces import province_name

__all__ = ["Add", "Judge", "identity_updates", "take_who"]

Add = tuple[EventRef, str]
"""The first friend.added of a pair, and its staff_id."""

Evidence = Mapping[tuple[int, str], Sequence[Signal]]
"""Signals by the month and staff_id ("": all of the month's adds) that they speak of."""

_NONE: Evidence = {}


def identity_updates(key: str, account: Account) -> Iterator[IdentityUpdate]:
    """What identity must know of this customer; marks where it was sent."""
    verification = account.verification
    if verification is None:
        return
    bank_id = verification.bank_customer_id
    if account.who is not None and account.who.bank_customer_id != bank_id:
        yield IdentityUpdate(account.who.bank_customer_id, key, None, [], account.why())
        account.who = None
    if account.who is None:
        account.who = Who(bank_id)  # until identity answers
    friends = sorted(staff for staff, pair in account.pairs.items() if pair.is_friend())
    yield IdentityUpdate(bank_id, key, verification.ref, friends, account.why())


def take_who(account: Account, who: Who, cause: str) -> bool:
    """Takes identity's answer in; whether it changed anything."""
    known = account.who
    if known is None or known == who or known.bank_customer_id != who.bank_customer_id:
        return False
    account.who = who
    account.note_first(cause)
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
        """Every add of the customer as it is now; retractions where one changed its month.

        None while identity is still to answer: the answer judges them, and soon.
        """
        if account.who is not None and account.who.known is None:
            return
        for candidate in self.peek(key, account):
            sent = account.pairs[candidate.staff_id].sent_month
            if sent != candidate.month:
                if sent is not None:
                    yield Retraction(candidate.staff_id, key, sent, candidate.cause)
                account.pair(candidate.staff_id).sent_month = candidate.month
            yield candidate

    def peek(self, key: str, account: Account) -> Iterator[Candidate]:
        """``candidates`` without marking them as sent, in the order of their first friend.added."""
        adds = sorted((pair.added, staff) for staff, pair in account.pairs.items() if pair.added)
        evidence = self._evidence(key, account) if adds else _NONE
        yield from self.judged(key, account, adds, adds[0] if adds else None, evidence)

    def judged(
        self,
        key: str,
        account: Account,
        adds: Iterable[Add],
        first: Add | None,
        evidence: Evidence = _NONE,
    ) -> Iterator[Candidate]:
        """Some of the customer's adds as they are now; ``first`` is the first of all."""
        scores: dict[tuple[int, str], Score] = {}
        for one in adds:
            added, staff_id = one
            add = self._view(key, account, staff_id, added)
            found = _scored(add, evidence, scores)
            add.families = found.families
            earlier, earlier_staff = (None, None) if first is None or one == first else first
            add.earlier_add = earlier
            yield _candidate(key, account, add, found, earlier_staff)

    def _evidence(self, key: str, account: Account) -> Evidence:
        found: dict[tuple[int, str], list[Signal]] = {}
        own = own_signals(key, account, self._calendar)
        for one in (*own, *(account.signals or {}).values()):
            month = self._calendar.month(one.window_start)
            found.setdefault((month, one.staff_id), []).append(one)
        return found

    def _view(self, key: str, account: Account, staff_id: str, added: EventRef) -> AddView:
        day, month = self._calendar.day_month(added.time)
        pair = account.pairs[staff_id]
        return AddView(
            staff_id=staff_id,
            pair=pair,
            added=added,
            day=day,
            month=month,
            policy=self._policies.in_force(day),
            removals=pair.past().removals or (),
            verification=account.verification,
            who=account.who,
            dismissed=bool(self._dismissed) and add_id(staff_id, key) in self._dismissed,
        )


def _scored(add: AddView, evidence: Evidence, known: dict[tuple[int, str], Score]) -> Score:
    """The add's score; most adds of a month share what is said of their customer."""
    wide, own = evidence.get((add.month, "")), evidence.get((add.month, add.staff_id))
    if own is not None:
        return score([*(wide or ()), *own], add.policy)
    if wide is None:
        return NO_SCORE
    name = add.month, add.policy.version
    if name not in known:
        known[name] = score(wide, add.policy)
    return known[name]


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
        cause=resolved(account.why(add.staff_id), add.policy.version, add.staff_id, key),
    )


def _province(add: AddView) -> tuple[str | None, str | None]:
    """The first known of: the verification's province, its ip's, the add's own, its ip's."""
    pair, verification = add.pair, add.verification
    if verification is not None:
        if verification.province is not None:
            return province_name(verification.province), "verification"
        if verification.ip_province is not None:
            return province_name(verification.ip_province), "verification_ip"
    if pair.province is not None:
        return province_name(pair.province), "add"
    if pair.ip_province is not None:
        return province_name(pair.ip_province), "add_ip"
    return None, None


def _deciding_transfer(add: AddView) -> EventRef | None:
    transfer = add.pair.past().transfer
    return transfer if transfer is not None and transfer.time <= add.added.time else None
