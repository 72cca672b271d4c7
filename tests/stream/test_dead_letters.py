"""Dead letters in a real topic: listed, and sent once more."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from pipeline.clients import Clients
from pipeline.settings import Settings
from tests.command import run
from tests.conftest import FreshTopics
from tests.stream.reading import read_all
from topics.catalog import topic_name
from topics.partitions import partition_of

# key, value, topic, partition, offset, code; the sentence is the code's
Letter = tuple[bytes | None, bytes, str, int, int, str]
LETTERS: list[Letter] = [
    (b"", b"no json", "interactions", 0, 7, "bad_json"),
    (b"c1", b'{"a":1}', "interactions", 1, 8, "future_time"),
    (b"c1", b'{"a":1}', "interactions", 1, 9, "future_time"),  # the same once more
    (b"b1", b'{"segment":1}', "customers", 2, 3, "bad_reference"),
    (None, b"version = 1", "policies", 0, 0, "bad_reference"),
    (b"\xff", b"{}", "interactions", 2, 4, "misrouted"),
]


@pytest.fixture
def settings(fresh_topics: FreshTopics, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = fresh_topics(3)
    monkeypatch.setenv("TRUEFRIEND_NAMESPACE", made.namespace)
    monkeypatch.setenv("TRUEFRIEND_BOOTSTRAP_SERVERS", made.bootstrap_servers)
    return made


def test_none(settings: Settings) -> None:
    assert run("dead-letters", "list").stdout == b"No dead letters.\n"
    assert run("dead-letters", "replay").stdout == b"0 dead letters sent once more.\n"


def test_they_are_listed_without_their_content(settings: Settings) -> None:
    asyncio.run(_write(settings, LETTERS))
    done = run("dead-letters", "list", "--newest", "2")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        "         2  bad_reference",
        "         2  future_time",
        "         1  bad_json",
        "         1  misrouted",
        "2026-11-25 08:00:05+08:00  interactions/2 offset 4  misrouted: said of misrouted",
        "2026-11-25 08:00:04+08:00  policies/0 offset 0  bad_reference: said of bad_reference",
    ]
    done = run("dead-letters", "list", "--code", "bad_json", "--show")
    assert done.stdout.decode().splitlines() == [
        "         1  bad_json",
        "2026-11-25 08:00:00+08:00  interactions/0 offset 7  bad_json: said of bad_json",
        "    key b''",
        "    b'no json'",
    ]
    assert (
        run("dead-letters", "list", "--code", "x").stdout == b"No dead letters with the code x.\n"
    )


def test_they_are_sent_once_more(settings: Settings) -> None:
    asyncio.run(_write(settings, LETTERS))
    done = run("dead-letters", "replay", "--code", "future_time")
    assert done.stdout == b"1 dead letters sent once more: 1 to interactions.\n"
    assert _rows(settings, "interactions") == [(partition_of("c1", 3), b"c1", b'{"a":1}')]
    done = run("dead-letters", "replay")
    assert done.stdout.decode() == (
        "5 dead letters sent once more: 1 to customers, 3 to interactions, 1 to policies.\n"
    )
    assert sorted(_rows(settings, "interactions")) == sorted(
        [
            *[(partition_of("c1", 3), b"c1", b'{"a":1}')] * 2,
            (0, b"", b"no json"),
            (0, b"\xff", b"{}"),
        ]
    )
    assert _rows(settings, "customers") == [(partition_of("b1", 3), b"b1", b'{"segment":1}')]
    assert _rows(settings, "policies") == [(0, b"", b"version = 1")]


def _rows(settings: Settings, topic: str) -> list[tuple[int, bytes, bytes]]:
    return [(one.partition, one.key, one.value) for one in read_all(settings, topic)]


async def _write(settings: Settings, letters: list[Letter]) -> None:
    """As workers do; and some in a transaction that is aborted, which nobody may see."""
    name = topic_name(settings.namespace, "dead-letters")
    producer = AIOKafkaProducer(**Clients(settings).aiokafka(), transactional_id="test")
    await producer.start()
    for abort in (False, True):
        await producer.begin_transaction()
        for number, (key, value, topic, partition, offset, code) in enumerate(letters):
            said = {
                "topic": topic,
                "partition": str(partition),
                "offset": str(offset),
                "code": code,
                "sentence": f"said of {code}",
            }
            await producer.send(
                name,
                value,
                key,
                partition=number % 3,
                timestamp_ms=1_795_564_800_000 + number * 1000,
                headers=[(header, text.encode()) for header, text in said.items()],
            )
        await (producer.abort_transaction() if abort else producer.commit_transaction())
    await producer.stop()
