"""Policies, cases and branches on their topics: followed while running, bad rows buried."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaProducer

from pipeline.clients import Clients
from pipeline.core.ids import add_id
from pipeline.settings import Settings
from tests.conftest import FreshTopics
from tests.database_maker import added
from tests.stream.deployment import Deployment
from tests.stream.reading import read_all
from topics.catalog import topic_name
from topics.partitions import partition_of

POLICY = 'version = "v2"\neffective_from = 2026-01-01\n[verification]\nrequired = false\n' + (
    "[account]\nrequired = false\n[own_customer]\nrequired = false\n"
)


@pytest.fixture
def running(fresh_topics: FreshTopics, tmp_path: Path) -> Iterator[Deployment]:
    deployment = Deployment(fresh_topics(2), tmp_path)
    deployment.worker()
    yield deployment
    deployment.close()


def send(settings: Settings, topic: str, key: bytes, value: bytes | None) -> None:
    producer = KafkaProducer(**Clients(settings).kafka_python())
    keyed = topic == "interactions"
    partition = partition_of(key.decode(), 2) if keyed else 0
    name = topic_name(settings.namespace, topic)
    producer.send(name, key=key, value=value, partition=partition).get(10)
    producer.close()


def last_add(settings: Settings, one: str) -> dict[str, object] | None:
    found = [record for record in read_all(settings, "adds") if record.key == one.encode()]
    return msgspec.json.decode(found[-1].value) if found else None


def wait_for(settings: Settings, one: str, **wanted: object) -> None:
    end = time.monotonic() + 30
    add = None
    while time.monotonic() < end:
        add = last_add(settings, one)
        if add is not None and all(add[name] == value for name, value in wanted.items()):
            return
        time.sleep(0.3)
    raise AssertionError(add)


def test_a_policy_is_followed_while_running_and_bad_rows_are_buried(running: Deployment) -> None:
    settings = running.settings
    one = add_id("S1", "C1")
    send(settings, "interactions", b"C1", added("S1", "C1", "2026-11-10"))
    wait_for(settings, one, policy_version="default", verdict="pending")
    send(settings, "policies", b"v2", POLICY.encode())
    wait_for(settings, one, policy_version="v2", verdict="valid", cause={"policy": "v2"})
    send(settings, "policies", b"v3", b"no policy")
    send(settings, "branches", b"B1", b'{"branch_id":"B2"}')
    send(settings, "cases", b"nobody", b"{}")
    end = time.monotonic() + 30
    codes: list[tuple[str, str]] = []
    while len(codes) < 3 and time.monotonic() < end:
        letters = [dict(record.headers) for record in read_all(settings, "dead-letters")]
        codes = sorted((one["topic"].decode(), one["code"].decode()) for one in letters)
    assert codes == [(name, "bad_reference") for name in ("branches", "cases", "policies")]
    send(settings, "policies", b"v2", None)
    wait_for(settings, one, policy_version="default", verdict="pending")
