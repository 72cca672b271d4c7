"""Facts as state rows: few bytes, all of it back, numbers that never change their meaning."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import fact_rows
from pipeline.core.fact_rows import STAFF, MonthRows
from pipeline.core.records import Candidate, Fact, Outcome, Owner, Who
from pipeline.core.rules import ALL_RULES
from topics.events import EventRef
from topics.provinces import PROVINCE_NAMES

REFS = st.builds(
    EventRef,
    st.integers(0, 2**52),
    st.text(min_size=1),
    st.sampled_from(["wecom/1", "h5", "\uffee"]),
)
REASONS = st.lists(st.sampled_from([*fact_rows._CODES, "fake_zebra", "fake_é"]), unique=True)
MAYBE_PROVINCE = st.none() | st.sampled_from(PROVINCE_NAMES)
WHO = st.builds(
    Who,
    st.text(min_size=1),
    known=st.none() | st.booleans(),
    employee=st.booleans(),
    account_opened_on=st.none() | st.integers(0, 40_000),
    manager=st.none() | st.just("S9"),
    owner=st.none() | st.builds(Owner, REFS, st.text(min_size=1)),
)
CANDIDATES = st.builds(
    Candidate,
    staff_id=st.just("S1"),
    customer_id=st.just("C1"),
    added=REFS,
    add_way=st.integers(-(2**63), 2**63 - 1),
    month=st.just(24322),
    province=MAYBE_PROVINCE,
    province_from=st.none() | st.sampled_from(fact_rows._SOURCES),
    reasons=REASONS,
    fake_score=st.sampled_from([0.0, 0.5, 0.999999, 1.0]),
    evidence=st.sampled_from(["[]", '[{"code":"fake_burst"}]']),
    policy_version=st.sampled_from(["default", "v1"]),
    verification=st.none() | REFS,
    who=st.none() | WHO,
    earlier_add=st.none() | REFS,
    earlier_staff=st.none() | st.just("S2"),
    transfer=st.none() | REFS,
    removed=st.none() | REFS,
    cause=st.just(""),
)
OUTCOMES = st.builds(
    Outcome,
    reasons=REASONS,
    role=st.none() | st.sampled_from(fact_rows._ROLES),
    staff_province=MAYBE_PROVINCE,
    inside=st.none() | st.integers(0, 10**6),
    outside=st.none() | st.integers(0, 10**6),
    rank=st.none() | st.integers(1, 10**6),
)


def test_numbers_keep_their_meaning() -> None:
    """Rows of years ago hold these numbers: lists may only grow at their end."""
    assert fact_rows._CODES[:15] == (
        *("transferred", "not_first_time", "fake_lockstep", "fake_burst", "fake_shared_device"),
        *("fake_ring", "fake_reward_hunter", "fake_throwaway", "employee", "duplicate_identity"),
        *("removed_early", "unverified", "no_account", "not_own_customer", "out_of_province"),
    )
    assert fact_rows._ROLES[:4] == ("head", "manager", "teller", "middle_office")
    assert fact_rows._SOURCES[:4] == ("verification", "verification_ip", "add", "add_ip")
    assert PROVINCE_NAMES[:3] == ("北京", "天津", "河北")
    assert PROVINCE_NAMES[33] == "澳门"


def test_every_rule_has_a_number() -> None:
    codes = {rule.code for rule in ALL_RULES} - {"fake_*"}
    assert codes <= set(fact_rows._CODES)


@given(candidate=CANDIDATES, outcome=st.none() | OUTCOMES)
def test_a_fact_comes_back_as_it_was(candidate: Candidate, outcome: Outcome | None) -> None:
    fact = Fact(candidate, outcome)
    written = MonthRows("S1", 24322)
    row = written.row("C1", fact)
    names = list(written.new_names())
    assert row[:4] == (STAFF, "S1", "fact:24322", "C1")
    assert list(written.new_names()) == []
    rows = [(sub, value) for *_, sub, value in [row, *names] if value is not None]
    read = MonthRows("S1", 24322)
    assert read.load(rows) == {"C1": fact}
    assert read.row("C1", fact) == row
    assert list(read.new_names()) == []
