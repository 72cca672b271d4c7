"""The checked-in schemas are current, valid, and accept what the codec accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import topics.schemas
from tests.unit.test_content_hash import EVENTS
from topics.asyncapi import document
from topics.catalog import TOPICS, configs
from topics.codec import BadRecord, decode_event
from topics.events import EVENT_TYPES
from topics.json_schema import documents
from topics.outputs import OUTPUTS
from topics.reference import REFERENCE, decode_row

FOLDER = Path(topics.schemas.__path__[0])
SCHEMAS = documents()


def checked_in(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def accepts(name: str, value: Any) -> bool:
    return bool(Draft202012Validator(checked_in(name)).is_valid(value))


def event(kind: str, /, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": "1", "source": "w", "type": kind,
        "time": "2026-11-10T12:00:00+08:00", "data": {**EVENTS[kind], **data},
    }  # fmt: skip


def test_the_files_are_what_python_m_topics_schemas_writes() -> None:
    expected = {**SCHEMAS, "asyncapi.json": document()}
    assert {path.name for path in FOLDER.glob("*.json")} == set(expected)
    for name, content in expected.items():
        assert checked_in(name) == content, f"{name} is old: run python -m topics.schemas"


def test_there_is_one_for_every_type() -> None:
    names = [f"event.{name}.json" for name in EVENT_TYPES]
    names += [f"reference.{name}.json" for name in REFERENCE]
    names += [f"output.{name}.json" for name in OUTPUTS]
    assert list(SCHEMAS) == names


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid(name: str) -> None:
    Draft202012Validator.check_schema(checked_in(name))


@pytest.mark.parametrize("kind", EVENTS)
def test_a_good_event_passes(kind: str) -> None:
    assert accepts(f"event.{kind}.json", event(kind))
    absent = {name: None for name in event(kind)["data"] if name not in _required(kind)}
    if kind != "message.sent":
        assert accepts(f"event.{kind}.json", event(kind, **absent))
        assert accepts(f"event.{kind}.json", event(kind, **dict.fromkeys(absent, "")))
    assert accepts(f"event.{kind}.json", {**event(kind, unknown=1), "subject": None})


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_without_a_required_field_fails(kind: str) -> None:
    for name in _required(kind):
        for value in (None, "", [], True):
            assert not accepts(f"event.{kind}.json", event(kind, **{name: value}))


def _required(kind: str) -> set[str]:
    found: list[str] = SCHEMAS[f"event.{kind}.json"]["properties"]["data"]["required"]
    return set(found)


ENVELOPES: list[dict[str, Any]] = [
    {"specversion": "1.1"}, {"id": ""}, {"id": 7}, {"source": None}, {"type": "friend.removed"},
    {"data": []}, {"time": None}, {"time": "2026-11-10 12:00:00Z"},
    {"time": "2026-11-10T12:00:60Z"}, {"time": "1999-12-31T23:59:59Z"},
    {"time": "2100-01-01T00:00:00Z"}, {"time": "2026-11-10T12:00:00"},
]  # fmt: skip


@pytest.mark.parametrize("change", ENVELOPES)
def test_a_bad_envelope_fails(change: dict[str, Any]) -> None:
    assert not accepts("event.friend.added.json", event("friend.added") | change)


DATA: list[tuple[str, dict[str, Any]]] = [
    ("friend.added", {"add_way": 2**63}), ("friend.added", {"add_way": "1"}),
    ("friend.added", {"add_way": 1.5}), ("friend.added", {"add_way": -(2**63)}),
    ("friend.added", {"mutual": 1}), ("friend.added", {"account_kind": "qq"}),
    ("friend.added", {"ip": 1}), ("friend.added", {"ip": "none"}),
    ("friend.added", {"province": "Hunan"}), ("friend.removed", {"by": "nobody"}),
    ("message.sent", {"customer_id": None}),
    ("message.sent", {"customer_id": None, "group_id": ""}),
    ("sale.completed", {"amount_fen": 10**15}), ("sale.completed", {"amount_fen": 10**15 + 1}),
    ("sale.completed", {"fee_income_fen": 10**15 + 1}), ("sale.completed", {"product": "gold"}),
    ("task.assigned", {"audience": -1}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change"), DATA)
def test_the_schema_and_the_codec_agree(kind: str, change: dict[str, Any]) -> None:
    value = event(kind, **change)
    try:
        decode_event(json.dumps(value).encode())
        good = True
    except BadRecord:
        good = False
    assert accepts(f"event.{kind}.json", value) is good


CASE = {"add_id": "a", "decision": "confirmed", "by": "p", "at": "2026-11-10T12:00:00Z"}
ROWS: list[tuple[str, dict[str, Any], bool]] = [
    ("customers", {"bank_customer_id": "b"}, True),
    ("customers", {"bank_customer_id": "b", "account_opened_on": "2026-11-10"}, True),
    ("customers", {"bank_customer_id": "b", "manager_since": None, "tags": ["a"]}, True),
    ("customers", {"bank_customer_id": "b", "employee": True, "segment": ""}, True),
    ("customers", {"bank_customer_id": "b", "employee": None, "account_opened_on": ""}, True),
    ("customers", {"bank_customer_id": ""}, False),
    ("customers", {"bank_customer_id": "b", "employee": "no"}, False),
    ("customers", {"bank_customer_id": "b", "tags": "a"}, False),
    ("staff", {"staff_id": "s", "role": "manager", "branch_id": "b"}, True),
    ("staff", {"staff_id": "s", "role": "boss", "branch_id": "b"}, False),
    ("staff", {"staff_id": "s", "role": "manager"}, False),
    ("branches", {"branch_id": "b", "province": "Hunan", "new": 1}, True),
    ("branches", {"name": "b"}, False),
    ("cases", {**CASE, "decision": "dismissed"}, True),
    ("cases", {**CASE, "decision": "maybe"}, False),
    ("cases", {**CASE, "at": "2026-11-10"}, False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "row", "good"), ROWS)
def test_reference_rows(name: str, row: dict[str, Any], good: bool) -> None:
    assert accepts(f"reference.{name}.json", row) is good
    try:
        decode_row(json.dumps(row).encode(), REFERENCE[name])
        decoded = True
    except BadRecord:
        decoded = False
    assert decoded is good


T = "2026-11-10T12:00:00+08:00"
ADD: dict[str, Any] = {
    "add_id": "0123456789abcdef0123456789abcdef", "staff_id": "s", "customer_id": "c",
    "bank_customer_id": None, "added_at": T, "verified_at": None, "province": None,
    "verdict": "pending", "reasons": ["unverified"], "fake_score": 0.0, "evidence": {},
    "policy_version": "default", "pending_until": T, "facts": {}, "rules_version": "1",
    "revision": 2**32 + 1, "day": "2026-11-10", "month": "2026-11", "add_way": 1, "cause": {},
}  # fmt: skip
SIGNAL: dict[str, Any] = {
    "signal_id": "x", "code": "fake_burst", "customer_id": "c", "staff_id": "s", "score": 0.0,
    "window_start": T, "window_end": T, "evidence": {},
}  # fmt: skip
ALERT: dict[str, Any] = {
    "fingerprint": "f", "key": "staff/s", "severity": "critical", "status": "firing",
    "started_at": T, "ended_at": None, "summary_zh": "突增", "summary_en": "burst",
    "evidence": {}, "runbook": "…", "revision": 1,
}  # fmt: skip
LETTER = {"topic": "t", "partition": "0", "offset": "12", "code": "bad_json", "sentence": "…"}


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("adds", ADD, {"verdict": "unknown"}),
        ("adds", ADD, {"fake_score": 1.1}),
        ("adds", ADD, {"add_id": "0123456789ABCDEF0123456789ABCDEF"}),
        ("adds", ADD, {"month": "2026-11-10"}),
        ("signals", SIGNAL, {"score": -1}),
        ("alerts", ALERT, {"severity": "high"}),
        ("dead-letters", LETTER, {"code": "bad"}),
        ("dead-letters", LETTER, {"offset": 12}),
    ],
)
def test_outputs(name: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert accepts(f"output.{name}.json", good)
    assert not accepts(f"output.{name}.json", good | bad)
    for field in good:
        assert not accepts(f"output.{name}.json", {k: v for k, v in good.items() if k != field})


def test_asyncapi_names_every_topic_and_all_its_references_lead_somewhere() -> None:
    api = checked_in("asyncapi.json")
    assert api["asyncapi"] == "3.0.0"
    assert list(api["channels"]) == list(TOPICS)
    assert {one["channel"]["$ref"].rpartition("/")[2] for one in api["operations"].values()} == set(
        TOPICS
    )
    for target in re.findall(r'"\$ref": "([^"]+)"', json.dumps(api)):
        if target.startswith("#/"):
            found = api
            for part in target[2:].split("/"):
                found = found[part]
        else:
            assert (FOLDER / target).is_file()
    kafka = api["channels"]["interactions"]["bindings"]["kafka"]
    assert kafka["x-configs"] == configs(TOPICS["interactions"])
    assert kafka["topicConfiguration"]["cleanup.policy"] == ["delete"]
