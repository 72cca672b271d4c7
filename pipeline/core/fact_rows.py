"""The staff stage's facts as state rows: (staff_id, fact:month, customer_id) to few bytes.

What a month's facts share, as sources and policy versions, stands once in its row of names, whose
sub-key is empty; facts name it by number.

There is one for every add for ever, so names of few values are kept as numbers. The numbers are
positions in lists that only ever grow at their end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import msgspec

from pipeline.core.records import Candidate, Fact, Outcome, StateRow, Who
from topics.events import EventRef
from topics.provinces import province_code, province_name

__all__ = ["STAFF", "MonthRows"]

STAFF = "staff"
_CODES = (
    *("transferred", "not_first_time", "fake_lockstep", "fake_burst", "fake_shared_device"),
    *("fake_ring", "fake_reward_hunter", "fake_throwaway", "employee", "duplicate_identity"),
    *("removed_early", "unverified", "no_account", "not_own_customer", "out_of_province"),
)
_ROLES = ("head", "manager", "teller", "middle_office")
_SOURCES = ("verification", "verification_ip", "add", "add_ip")
_NUMBERS: dict[str, int] = {
    name: number for names in (_CODES, _ROLES, _SOURCES) for number, name in enumerate(names)
}

Reasons = list[int | str]
"""A number for a code of ``_CODES``, any other as it is."""


class _Ref(NamedTuple):
    """An EventRef with its source by number."""

    time: int
    id: str
    source: int


class _Decided(msgspec.Struct, array_like=True, gc=False):
    """An Outcome; ``reasons`` None: the candidate's."""

    reasons: Reasons | None
    role: int | None
    province: int | None
    inside: int | None
    outside: int | None
    rank: int | None


class _Packed(msgspec.Struct, array_like=True, gc=False):
    added: _Ref
    add_way: int
    province: int | None
    province_from: int | None
    reasons: Reasons
    fake_score: float | int  # 0 is shorter than 0.0
    evidence: str | None  # None: []
    policy_version: int
    verification: _Ref | None
    who: Who | None
    earlier_add: _Ref | None
    earlier_staff: str | None
    transfer: _Ref | None
    removed: _Ref | None
    decided: _Decided | None


class MonthRows:
    """The rows of one staff member's month."""

    def __init__(self, staff_id: str, month: int) -> None:
        self.staff_id = staff_id
        self.month = month
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._named = 0  # so many names are in the state

    def load(self, rows: Iterable[tuple[str, bytes]]) -> dict[str, Fact]:
        """(customer_id, value) rows, all of the month's, as facts by customer_id."""
        by_customer = dict(rows)
        names = by_customer.pop("", None)
        if names is not None:
            self._names = _load_names(names)
            self._numbers = {name: number for number, name in enumerate(self._names)}
            self._named = len(self._names)
        return {customer: self._fact(customer, value) for customer, value in by_customer.items()}

    def row(self, customer_id: str, fact: Fact | None) -> StateRow:
        """The state row of a fact; None deletes it."""
        value = None if fact is None else _pack(self._packed(fact))
        return self._row(customer_id, value)

    def new_names(self) -> Iterator[StateRow]:
        """The row of names, where some are new since the last call."""
        if len(self._names) > self._named:
            self._named = len(self._names)
            yield self._row("", _pack(self._names))

    def _row(self, sub: str, value: bytes | None) -> StateRow:
        return STAFF, self.staff_id, f"fact:{self.month}", sub, value

    def _number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self._names)
            self._names.append(name)
        return number

    def _ref(self, ref: EventRef | None) -> _Ref | None:
        return None if ref is None else _Ref(ref.time, ref.id, self._number(ref.source))

    def _event(self, ref: _Ref | None) -> EventRef | None:
        return None if ref is None else EventRef(ref.time, ref.id, self._names[ref.source])

    def _packed(self, fact: Fact) -> _Packed:
        one, outcome = fact.candidate, fact.outcome
        return _Packed(
            added=_Ref(one.added.time, one.added.id, self._number(one.added.source)),
            add_way=one.add_way,
            province=province_code(one.province),
            province_from=None if one.province_from is None else _NUMBERS[one.province_from],
            reasons=_coded(tuple(one.reasons)),
            fake_score=one.fake_score or 0,
            evidence=None if one.evidence == "[]" else one.evidence,
            policy_version=self._number(one.policy_version),
            verification=self._ref(one.verification),
            who=one.who,
            earlier_add=self._ref(one.earlier_add),
            earlier_staff=one.earlier_staff,
            transfer=self._ref(one.transfer),
            removed=self._ref(one.removed),
            decided=None if outcome is None else _decided(outcome, one.reasons),
        )

    def _fact(self, customer_id: str, value: bytes) -> Fact:
        packed = _load(value)
        source, added = packed.province_from, packed.added
        candidate = Candidate(
            staff_id=self.staff_id,
            customer_id=customer_id,
            added=EventRef(added.time, added.id, self._names[added.source]),
            add_way=packed.add_way,
            month=self.month,
            province=province_name(packed.province),
            province_from=None if source is None else _SOURCES[source],
            reasons=_named(packed.reasons),
            fake_score=float(packed.fake_score),
            evidence="[]" if packed.evidence is None else packed.evidence,
            policy_version=self._names[packed.policy_version],
            verification=self._event(packed.verification),
            who=packed.who,
            earlier_add=self._event(packed.earlier_add),
            earlier_staff=packed.earlier_staff,
            transfer=self._event(packed.transfer),
            removed=self._event(packed.removed),
            cause="",
        )
        return Fact(candidate, _outcome(packed))


def _decided(outcome: Outcome, known: list[str]) -> _Decided:
    return _Decided(
        reasons=None if outcome.reasons == known else _coded(tuple(outcome.reasons)),
        role=None if outcome.role is None else _NUMBERS[outcome.role],
        province=province_code(outcome.staff_province),
        inside=outcome.inside,
        outside=outcome.outside,
        rank=outcome.rank,
    )


def _outcome(packed: _Packed) -> Outcome | None:
    decided = packed.decided
    if decided is None:
        return None
    return Outcome(
        reasons=_named(packed.reasons if decided.reasons is None else decided.reasons),
        role=None if decided.role is None else _ROLES[decided.role],
        staff_province=province_name(decided.province),
        inside=decided.inside,
        outside=decided.outside,
        rank=decided.rank,
    )


@lru_cache(maxsize=1024)
def _coded(reasons: tuple[str, ...]) -> Reasons:
    return [_NUMBERS[code] if code in _CODES else code for code in reasons]


def _named(reasons: Reasons) -> list[str]:
    return [_CODES[code] if isinstance(code, int) else code for code in reasons]


_pack = msgspec.msgpack.Encoder().encode
_load = msgspec.msgpack.Decoder(_Packed).decode
_load_names = msgspec.msgpack.Decoder(list[str]).decode
