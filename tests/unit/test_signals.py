"""Detectors' evidence in the ledger: integer weights, capped per family, taken back by score 0."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.calendar import Calendar
from pipeline.core.ids import add_id
from pipeline.core.ledger.account import Account
from pipeline.core.ledger.judge import Judge
from pipeline.core.policy import DEFAULT_POLICY, PolicySet
from pipeline.core.records import Candidate, Pair, Signal
from pipeline.core.rules import verdict_of
from pipeline.core.score import score
from topics.events import EventRef

POLICY = replace(
    DEFAULT_POLICY,
    version="v1",
    effective_from=dt.date(2026, 1, 1),
    fake_prior=-4_000_000,
    fake_weights={"fake_burst": 2_500_000, "fake_lockstep": 5_000_000, "fake_zebra": 1_000_000},
    fake_caps={"fake_burst": 3_000_000},
    fake_threshold=0.95,
)
ADDED = EventRef(1_795_138_815_000_000, "e1", "wecom/1")


OCTOBER_END = 1_793_462_399_999_999  # 2026-10-31T23:59:59.999999+08:00


def signal(
    name: str, code: str, score: float = 1.0, staff_id: str = "s1", start: int = OCTOBER_END + 1
) -> Signal:
    return Signal(name, code, "c1", staff_id, score, start, start + 1, '{"group":"g1"}')


def judged(signals: Iterable[Signal], dismissed: frozenset[str] = frozenset()) -> Candidate:
    account = Account()
    account.pairs["s1"] = Pair(added=ADDED, add_way=1)
    for one in signals:
        account.take_signal(one)
    judge = Judge(Calendar("Asia/Shanghai"), PolicySet([POLICY]), dismissed)
    (candidate,) = judge.peek("c1", account)
    return candidate


def test_without_evidence_the_score_is_zero() -> None:
    candidate = judged([])
    assert (candidate.fake_score, candidate.evidence) == (0.0, "[]")
    assert candidate.reasons == ["unverified"]


def test_evidence_below_the_threshold_gives_no_code() -> None:
    candidate = judged([signal("a", "fake_burst")])
    assert candidate.fake_score == 0.182426  # 1 / (1 + e^1.5)
    assert candidate.reasons == ["unverified"]
    (evidence,) = json.loads(candidate.evidence)
    assert evidence == {
        "signal_id": "a",
        "code": "fake_burst",
        "score": 1.0,
        "weight": 2_500_000,
        "of": 1,
        "detail": {"group": "g1"},
    }


def test_each_family_with_evidence_gives_its_code_in_the_contracts_order() -> None:
    some = [signal("z", "fake_zebra"), signal("b", "fake_burst"), signal("l", "fake_lockstep")]
    candidate = judged(some)
    assert candidate.fake_score == 0.989013  # 1 / (1 + e^-4.5)
    assert candidate.reasons == ["fake_lockstep", "fake_burst", "fake_zebra", "unverified"]
    assert verdict_of(candidate.reasons) == "fake"


def test_a_family_is_capped() -> None:
    candidate = judged([signal(name, "fake_burst") for name in "abcdef"])
    assert candidate.fake_score == 0.268941  # 1 / (1 + e^1): 3,000,000 and no more


def test_weak_lockstep_together_counts_no_more_than_7_5_and_one_strong_signal_its_own() -> None:
    policy = replace(DEFAULT_POLICY, fake_prior=-7_500_000)
    weak = [signal(name, "fake_lockstep", 0.25) for name in "abcd"]  # 3.25 each at 13 a score
    assert score(weak[:2], policy).fake_score == 0.268941  # 1 / (1 + e^1): 6.5
    assert score(weak, policy).fake_score == 0.5
    assert score([*weak, signal("e", "fake_lockstep", 0.75)], policy).fake_score == 0.904651  # 9.75


def test_an_adds_evidence_shows_the_strongest_of_a_family() -> None:
    scores = {"a": 0.2, "b": 0.9, "c": 0.1, "d": 0.9, "e": 1.0}
    candidate = judged([signal(name, "fake_burst", score) for name, score in scores.items()])
    shown = [(one["signal_id"], one["of"]) for one in json.loads(candidate.evidence)]
    assert shown == [("e", 5), ("b", 5), ("d", 5)]


def test_a_score_of_zero_takes_a_signal_back() -> None:
    some = [
        signal("l", "fake_lockstep"),
        signal("b", "fake_burst"),
        signal("l", "fake_lockstep", 0),
    ]
    assert judged(some) == judged([signal("b", "fake_burst")])


def test_a_signal_against_another_staff_members_add_is_not_this_ones() -> None:
    assert judged([signal("l", "fake_lockstep", staff_id="s2")]).fake_score == 0.0


def test_a_signal_of_no_staff_member_is_against_all_adds_of_its_month() -> None:
    account = Account()
    account.pairs |= {
        "s1": Pair(added=ADDED, add_way=1),
        "s2": Pair(added=EventRef(ADDED.time + 1, "e2", "wecom/1"), add_way=1),
        "s3": Pair(added=EventRef(OCTOBER_END, "e3", "wecom/1"), add_way=1),
    }
    account.take_signal(signal("l", "fake_lockstep", staff_id=""))
    found = Judge(Calendar("Asia/Shanghai"), PolicySet([POLICY])).peek("c1", account)
    scores = {candidate.staff_id: candidate.fake_score for candidate in found}
    assert scores == {"s1": 0.731059, "s2": 0.731059, "s3": 0.0}


def test_a_signal_of_another_month_is_not_of_this_months_add() -> None:
    assert judged([signal("l", "fake_lockstep", start=OCTOBER_END)]).fake_score == 0.0


def test_a_dismissed_add_has_evidence_but_no_code() -> None:
    some = [signal("b", "fake_burst"), signal("l", "fake_lockstep")]
    candidate = judged(some, frozenset({add_id("s1", "c1")}))
    assert candidate.fake_score == 0.970688
    assert candidate.reasons == ["unverified"]


SIGNALS = st.lists(
    st.builds(
        signal,
        st.sampled_from("abcd"),
        st.sampled_from(sorted(POLICY.fake_weights)),
        st.floats(0.01, 1.0).map(lambda score: round(score, 6)),
    ),
    unique_by=lambda one: one.signal_id,
)


@given(some=SIGNALS, data=st.data())
def test_no_order_of_adding_changes_the_score(some: list[Signal], data: st.DataObject) -> None:
    assert judged(data.draw(st.permutations(some))) == judged(some)


@given(some=SIGNALS)
def test_signals_are_state_rows(some: list[Signal]) -> None:
    account, loaded = Account(), Account()
    for one in some:
        account.take_signal(one)
    rows = list(account.changed_rows("c1"))
    loaded.load([(kind, sub, value) for _, _, kind, sub, value in rows if value is not None])
    assert loaded.signals == account.signals
    assert (loaded.signals or {}) == {one.signal_id: one for one in some}
    kept = {sub for _, _, kind, sub, _ in rows if kind == "signal"}
    assert kept == {one.signal_id for one in some}
    assert [row[2] for row in account.changed_rows("c1")] == ["account"]  # written once
