"""The rules' own examples, their order, and that people are told what to do in both languages."""

from __future__ import annotations

import re

import pytest

from pipeline.core.detectors.base import CODES
from pipeline.core.rules import ALL_RULES, RULES_VERSION, find_rule, reasons_for, verdict_of
from pipeline.core.rules.base import Example, Rule, ref, verified, view

CONTRACT = [
    ("transferred", "excluded"),
    ("not_first_time", "excluded"),
    ("fake_*", "fake"),
    ("employee", "invalid"),
    ("duplicate_identity", "invalid"),
    ("removed_early", "invalid"),
    ("unverified", "pending"),
    ("no_account", "invalid"),
    ("not_own_customer", "invalid"),
    ("out_of_province", "invalid"),
]
EXAMPLES = [(rule, example) for rule in ALL_RULES for example in rule.examples]


@pytest.mark.parametrize(
    ("rule", "example"),
    EXAMPLES,
    ids=[f"{rule.code}: {example.name}" for rule, example in EXAMPLES],
)
def test_an_example(rule: Rule, example: Example) -> None:
    assert rule.applies(example.view) is example.applies
    codes = set(example.view.families) if rule.code == "fake_*" else {rule.code}
    assert (codes & set(reasons_for(example.view)) != set()) is example.applies


def test_the_rules_stand_in_the_contract_s_order() -> None:
    assert [(rule.code, rule.verdict) for rule in ALL_RULES] == CONTRACT
    assert list(CODES) == [
        "fake_lockstep",
        "fake_burst",
        "fake_shared_device",
        "fake_ring",
        "fake_reward_hunter",
        "fake_throwaway",
    ]
    assert RULES_VERSION


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_a_rule_says_what_to_do(rule: Rule) -> None:
    assert re.search("[一-鿿]", rule.runbook_zh)
    assert rule.runbook_zh.endswith("。")
    assert re.fullmatch(r"[A-Z][ -~]+\.", rule.runbook_en)
    assert rule.severity in ("info", "warning", "critical")


@pytest.mark.parametrize("rule", ALL_RULES[:-1], ids=lambda rule: rule.code)
def test_a_rule_has_examples_of_both_kinds(rule: Rule) -> None:
    assert {example.applies for example in rule.examples} == {True, False}
    names = [example.name for example in rule.examples]
    assert len(set(names)) == len(names)


def test_all_codes_that_apply_are_given_in_order() -> None:
    add = view(
        earlier_add=ref(-1),
        families=("fake_zebra", "fake_throwaway", "fake_apple", "fake_lockstep"),
        removals=[ref(1)],
    )
    assert reasons_for(add) == [
        "not_first_time",
        "fake_lockstep",
        "fake_throwaway",
        "fake_apple",
        "fake_zebra",
        "removed_early",
        "unverified",
    ]
    assert reasons_for(view(verification=verified(), policy={"account_required": False})) == [
        "not_own_customer"
    ]


@pytest.mark.parametrize(
    ("reasons", "overdue", "verdict"),
    [
        ([], False, "valid"),
        ([], True, "valid"),
        (["transferred", "fake_burst"], True, "excluded"),
        (["fake_burst", "unverified"], False, "fake"),
        (["fake_unheard_of"], False, "fake"),
        (["removed_early", "unverified"], False, "invalid"),
        (["unverified"], False, "pending"),
        (["unverified"], True, "invalid"),
        (["unverified", "out_of_province"], False, "pending"),
        (["out_of_province"], False, "invalid"),
    ],
)
def test_the_first_reason_gives_the_verdict(
    reasons: list[str], overdue: bool, verdict: str
) -> None:
    assert verdict_of(reasons, overdue=overdue) == verdict


def test_a_rule_is_found_by_its_code() -> None:
    assert find_rule("fake_ring").code == "fake_*"
    assert find_rule("employee").code == "employee"
