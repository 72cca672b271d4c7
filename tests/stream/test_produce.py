"""Files into the topics of a real broker."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from aiokafka.errors import KafkaTimeoutError

from pipeline.broker import start_broker
from pipeline.clients import Clients
from pipeline.settings import Settings
from pipeline.topics_admin import create_topics
from sources.kafka.sender import open_sender
from tests.command import COMMAND, refusal, run
from tests.conftest import FreshTopics, NewBroker
from tests.definition.build import line
from tests.stream.reading import read_all
from topics.partitions import partition_of

NOON = "2026-11-10T12:00:00+08:00"
NOON_MS = 1_794_283_200_000


def test_every_record_as_the_contract_says(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    settings = fresh_topics(3)
    lines = [
        line("friend.added", NOON, "e1", staff_id="s1", customer_id="c1", add_way=1),
        line("app.activated", "2026-11-10T12:00:00.123456+08:00", "e2", bank_customer_id="王"),
        b"not json \xff",
        b"",
        b" \t",
        line(
            "task.assigned", NOON, "e3", task_id="t", staff_id="s9", kind="moment", assigned_by="m"
        ),
        b'{"specversion":"1.0","id":"e4","source":"s","type":"nobody","time":"x","data":{}}\r',
    ]
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
    before = time.time_ns() // 1_000_000
    done = _produce(settings, path)
    assert done == {
        "lines": 5,
        "undecodable": 2,
        "resumed_after": 0,
        "reference": {},
        "policies": 0,
    }
    records = read_all(settings, "interactions")
    for record in records:
        assert record.headers == [("content-type", b"application/cloudevents+json")]
    good = {
        (record.partition, record.key, record.value, record.timestamp)
        for record in records
        if record.key
    }
    assert good == {
        (partition_of("c1", 3), b"c1", lines[0], NOON_MS),
        (partition_of("王", 3), "王".encode(), lines[1], NOON_MS + 123),
        (partition_of("s9", 3), b"s9", lines[5], NOON_MS),
    }
    bad = [record for record in records if not record.key]
    assert [(record.partition, record.key, record.value) for record in bad] == [
        (0, b"", lines[2]),
        (0, b"", lines[6]),
    ]
    assert all(record.timestamp >= before for record in bad)


def test_reference_rows_and_policies(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    settings = fresh_topics(3)
    (tmp_path / "reference").mkdir()
    files = {
        "customers.jsonl": b'{"bank_customer_id":"b1","segment":"gold"}\n\n{"segment":"x"}\n',
        "staff.jsonl.gz": gzip.compress(b'{"staff_id":"s1","role":"head","branch_id":"h"}\n'),
        "branches.jsonl": b'{"branch_id":"h","name":"\xe6\x80\xbb"}',
    }
    for name, data in files.items():
        (tmp_path / "reference" / name).write_bytes(data)
    policy = 'version = "v1"\neffective_from = 2026-01-01\n'
    (tmp_path / "policy.toml").write_text(policy)
    (tmp_path / "events.jsonl").write_bytes(b"")
    given = ["--reference", tmp_path / "reference", "--policy", tmp_path / "policy.toml"]
    done = _produce(settings, tmp_path / "events.jsonl", *given)
    assert (done["reference"], done["policies"]) == ({"customers": 2, "staff": 1, "branches": 1}, 1)

    def rows(topic: str) -> set[tuple[int, bytes, bytes]]:
        return {(one.partition, one.key, one.value) for one in read_all(settings, topic)}

    assert rows("customers") == {
        (partition_of("b1", 3), b"b1", b'{"bank_customer_id":"b1","segment":"gold"}'),
        (0, b"", b'{"segment":"x"}'),
    }
    assert rows("staff") == {
        (partition_of("s1", 3), b"s1", b'{"staff_id":"s1","role":"head","branch_id":"h"}')
    }
    assert rows("branches") == {(0, b"h", files["branches.jsonl"])}
    assert rows("policies") == {(0, b"v1", policy.encode())}


def test_a_line_ahead_of_the_clock(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    settings = fresh_topics(2)
    lines = [
        line("friend.added", NOON, "e1", staff_id="s1", customer_id="c1", add_way=1),
        line(
            "friend.added", "2099-01-01T00:00:00Z", "e2", staff_id="s", customer_id="c", add_way=1
        ),
    ]
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(lines))
    said = refusal(run("produce", path, env=_env(settings)), 2)
    assert said == (
        f"Error: {path}:2: The event's time is more than 10 minutes ahead of this machine's clock. "
        "Nothing was sent. Correct the line or the clock, or give --allow-future."
    )
    assert read_all(settings, "interactions") == []
    said = refusal(run("produce", "-", stdin=path.read_bytes(), env=_env(settings)), 2)
    assert "-:2: The event's time" in said
    assert "0 lines were sent before." in said
    assert read_all(settings, "interactions") == []
    assert _produce(settings, path, "--allow-future")["lines"] == 2
    assert len(read_all(settings, "interactions")) == 2


def test_ctrl_c_while_standard_input_brings_nothing(fresh_topics: FreshTopics) -> None:
    settings = fresh_topics(2)
    first = line("friend.added", NOON, "e1", staff_id="s1", customer_id="c1", add_way=1)
    command = [COMMAND, "produce", "-", "--commit-lines", "1", "--block-bytes", "1"]
    with subprocess.Popen(
        command, env=_env(settings), stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(first + b"\n" + first)  # the second line has not come to its end
        process.stdin.flush()
        end = time.monotonic() + 60
        while not (records := read_all(settings, "interactions")):
            assert time.monotonic() < end
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 1
        assert process.stderr is not None
        assert process.stderr.read().strip() == b"Stopped. Run the same command again to go on."
    assert [record.value for record in records] == [first]
    assert len(read_all(settings, "interactions")) == 1


def test_again_and_again_after_kills(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    """Each line once and the lines of a key in order, however often the run is killed."""
    settings = fresh_topics(4)
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"]
    lines = [
        line("friend.added", NOON, f"e{n}", staff_id="s1", customer_id=f"c{n % 997}", add_way=1)
        for n in range(60_000)
    ]
    files[0].write_bytes(b"\n".join(lines[:40_000]) + b"\n")
    files[1].write_bytes(gzip.compress(b"\n".join(lines[40_000:]), 1))
    seed = int(os.environ.get("SEED", "1"))
    print(f"seed {seed}")
    chance = random.Random(seed)
    small = ["--commit-lines", "1000", "--block-bytes", "100000"]
    command = [COMMAND, "produce", *map(str, files), *small]
    kills, ended = 0, False
    while kills < 3 and not ended:
        process = subprocess.Popen(command, env=_env(settings), stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(1.0, 2.0))
        process.send_signal(signal.SIGKILL)
        ended = process.wait() == 0
        kills += not ended
        # Killed between its last commit and its end it has done all: once more were a new run.
        ended = ended or len(read_all(settings, "interactions")) == len(lines)
    assert kills, "the run ended before it was killed"
    if not ended:
        done = _produce(settings, *files, *small)
        assert done["lines"] + done["resumed_after"] == 60_000
    records = read_all(settings, "interactions")
    assert Counter(record.value for record in records) == Counter(lines)
    by_key: dict[bytes, list[int]] = {}
    for record in records:
        by_key.setdefault(record.key, []).append(int(json.loads(record.value)["id"][1:]))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())
    # A run that reached its end begins anew: workers drop the copies.
    assert _produce(settings, *files)["resumed_after"] == 0


def test_a_broker_that_goes_away(new_broker: NewBroker) -> None:
    data, broker = new_broker()
    settings = Settings(namespace="gone", bootstrap_servers=broker.bootstrap_servers)
    create_topics(Clients(settings), 2)
    one = line("friend.added", NOON, "e1", staff_id="s1", customer_id="c1", add_way=1) + b"\n"
    small = ["--commit-lines", "1", "--block-bytes", str(len(one)), "--patience", "2"]
    process = subprocess.Popen(
        [COMMAND, "produce", "-", *small],
        env=_env(settings),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(one * 100)
    process.stdin.flush()
    while not read_all(settings, "interactions"):
        time.sleep(0.2)
    os.kill(broker.pid, signal.SIGKILL)
    _, said = process.communicate(one * 100, timeout=60)
    assert process.returncode == 1
    assert b"Traceback" not in said
    sentence = said.decode().splitlines()[-1]  # clients may warn of the lost connection before it
    assert sentence.startswith(f"Error: No Kafka broker answers at {broker.bootstrap_servers} (")
    assert start_broker(data).port == broker.port


def test_a_broker_that_stops_within_a_commit(new_broker: NewBroker) -> None:
    _, broker = new_broker()
    clients = Clients(Settings(namespace="halt", bootstrap_servers=broker.bootstrap_servers))
    create_topics(clients, 1)

    async def stopped_while_committing() -> None:
        async with open_sender(clients, "halt", patience=2) as sender:
            await sender.put("halt.interactions", 0, b"k", b"v", NOON_MS)
            await sender.make_room("halt.interactions", 0)
            await sender._settle(0)
            os.kill(broker.pid, signal.SIGSTOP)
            # After the commit was given up, and soon enough for the connections to be closed.
            asyncio.get_running_loop().call_later(4, os.kill, broker.pid, signal.SIGCONT)
            await sender.commit()

    try:
        with pytest.raises(KafkaTimeoutError):
            asyncio.run(stopped_while_committing())
    finally:
        os.kill(broker.pid, signal.SIGCONT)


def test_wrong_use(fresh_topics: FreshTopics, tmp_path: Path) -> None:
    settings = fresh_topics(1)
    (tmp_path / "e.jsonl").write_bytes(b"")
    (tmp_path / "bad.toml").write_text("version = 1\n")
    assert refusal(run("produce", tmp_path / "none.jsonl", env=_env(settings)), 2)
    policy = ["--policy", tmp_path / "bad.toml"]
    assert "bad.toml:1:" in refusal(
        run("produce", tmp_path / "e.jsonl", *policy, env=_env(settings)), 2
    )
    env = {**_env(settings), "TRUEFRIEND_NAMESPACE": "nobody"}
    assert "truefriend topics create" in refusal(run("produce", tmp_path / "e.jsonl", env=env), 1)


@pytest.mark.parametrize("damage", [b"\x1f\x8b\x08", b"{}\n"])
def test_a_damaged_file(fresh_topics: FreshTopics, tmp_path: Path, damage: bytes) -> None:
    settings = fresh_topics(1)
    path = tmp_path / "e.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}\n") + damage)
    assert "The file is damaged near line" in refusal(run("produce", path, env=_env(settings)), 1)
    assert read_all(settings, "interactions") == []


def _env(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "TRUEFRIEND_NAMESPACE": settings.namespace,
        "TRUEFRIEND_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
    }


def _produce(settings: Settings, *arguments: str | Path) -> dict[str, object]:
    done = run("produce", *arguments, env=_env(settings))
    assert (done.returncode, done.stderr) == (0, b"")
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result
