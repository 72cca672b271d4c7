"""Late rows: what a few judged adds say is what judging all of a customer's adds would say."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.calendar import Calendar, parse_month
from pipeline.core.ledger.account import Account
from pipeline.core.ledger.fold import Look, marker
from pipeline.core.ledger.judge import Judge
from pipeline.core.ledger.stage import Late, Ledger
from pipeline.core.policy import DEFAULT_POLICY, PolicySet
from pipeline.core.records import Candidate
from topics.codec import BadRecord, decode_lines
from topics.event import Event

CALENDAR = Calendar("Asia/Shanghai")
POLICY = replace(DEFAULT_POLICY, version="v1", effective_from=dt.date(2026, 1, 1))
JUDGE = Judge(CALENDAR, PolicySet([POLICY]))
BY_RULES = Judge(CALENDAR, PolicySet([replace(POLICY, fake_weights={})]))
"""Evidence makes nothing late by itself, so here it has no weight."""
SEALED = parse_month("2026-11")

staff = st.sampled_from(["s1", "s2", "s3"])
adds = st.fixed_dictionaries({"staff_id": staff, "add_way": st.sampled_from([1, 201])})
removals = st.fixed_dictionaries(
    {"staff_id": staff, "by": st.sampled_from(["staff", "customer", "transfer"])}
)
transfers = st.fixed_dictionaries(
    {
        "from_staff_id": staff,
        "to_staff_id": staff,
        "result": st.sampled_from(["success", "refused"]),
    }
)
verifications = st.fixed_dictionaries(
    {"method": st.just("h5_form"), "bank_customer_id": st.sampled_from(["k1", "k2"])}
)
days = st.sampled_from(["10-20", "11-05", "11-25", "11-30", "12-01", "12-20"])
kinds = st.one_of(
    st.tuples(st.just("friend.added"), adds),
    st.tuples(st.just("friend.removed"), removals),
    st.tuples(st.just("friend.transferred"), transfers),
    st.tuples(st.just("identity.verified"), verifications),
)


@given(st.lists(st.tuples(days, kinds), max_size=30))
def test_late_rows_are_those_that_judging_every_add_finds(drawn: list[tuple[str, tuple]]) -> None:
    ledger = Ledger(CALENDAR, JUDGE, Look(lambda _: None, marker(b"")), SEALED)
    expected: list[Late] = []
    for number, (day, (kind, data)) in enumerate(drawn):
        event = made(number, day, kind, data)
        before = said(ledger.account("c"))
        ledger.take(event)
        expected += [
            Late(event.ref, kind, "c", staff_id, candidate.month)
            for staff_id, candidate in said(ledger.account("c")).items()
            if before.get(staff_id) != candidate
        ]
    found = [late for late in ledger.late if late.staff_id is not None]
    assert sorted(map(repr, found)) == sorted(map(repr, expected))


def said(account: Account) -> dict[str, Candidate]:
    """What the ledger says of every add of the sealed month."""
    found = BY_RULES.peek("c", account)
    candidates = {one.staff_id: one for one in found if one.month <= SEALED}
    for candidate in candidates.values():
        candidate.cause = ""
    return candidates


def made(number: int, day: str, kind: str, data: dict) -> Event:
    event = {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "test",
        "type": kind,
        "time": f"2026-{day}T12:00:00+08:00",
        "data": {"customer_id": "c", **data},
    }
    (_, _, read), *_ = decode_lines(json.dumps(event).encode() + b"\n", count(1))
    assert not isinstance(read, BadRecord)
    return read
