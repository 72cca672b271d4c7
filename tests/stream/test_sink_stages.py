"""The stages' own records into the sink, without a broker: the rows of a replay, late ones too."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pipeline.core.calendar import Calendar, parse_month
from pipeline.core.ledger.fold import Look, marker
from pipeline.core.policy import PolicySet
from pipeline.ip_table import load_ip_table
from pipeline.replay.run import ReplayOptions, replay
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.records import Route
from sinks.duckdb.database import writing
from sinks.duckdb.seal import seal
from sinks.duckdb.stream.apply import StreamDatabase
from sinks.duckdb.stream.records import READ, REFERENCES, Record
from sources.files import read_policy
from sources.simulate import simulate
from tests.database_maker import Database, added, message, removed, verified
from tests.promise import promised
from tests.stream.memory import MemoryTopics
from tests.stream_records import KEYED, make

CALENDAR = Calendar("Asia/Shanghai")

LOOK = Look(lambda _: None, marker(b""))


def waiting(topics: MemoryTopics, taken: dict[tuple[str, int], int]) -> list[list[Record]]:
    """What each log of a topic that the sink reads holds beyond ``taken``, which moves."""
    found = []
    for (name, number), log in topics.logs.items():
        if name in READ:
            start = taken.get((name, number), 0)
            taken[name, number] = len(log)
            found.append(
                [
                    Record(name, number, one.offset, 0, one.key, one.value, one.headers)
                    for one in log[start:]
                ]
            )
    return found


def mixed(logs: list[list[Record]], chance: random.Random) -> Iterator[list[Record]]:
    """Batches from all logs at random, each log in its order."""
    logs = [log for log in logs if log]
    while logs:
        batch: list[Record] = []
        for _ in range(chance.randint(1, 6)):
            if logs:
                log = chance.choice(logs)
                size = chance.randint(1, 400)
                batch += log[:size]
                del log[:size]
                logs = [one for one in logs if one]
        yield batch


def reference(folder: Path) -> Iterator[Record]:
    for name in REFERENCES:
        path = folder / f"{name}.jsonl"
        for line in path.read_bytes().splitlines() if path.exists() else ():
            key = next(iter(msgspec.json.decode(line).values()))
            yield make(name, key, line)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_simulated_bank(tmp_path: Path, seed: int) -> None:
    bank, chance = tmp_path / "bank", random.Random(seed)
    simulate(seed, bank, days=6, staff=30, customers=1_500)
    policy, table = read_policy(bank / "policy.toml"), load_ip_table(bank / "ip.csv")
    replay(
        ReplayOptions(
            inputs=[bank / "events.jsonl.gz"],
            reference=bank / "reference",
            policies=[bank / "policy.toml"],
            ip_table=bank / "ip.csv",
            db=tmp_path / "replay.duckdb",
        )
    )
    context = Context(
        CALENDAR, Route(KEYED), Look(table.province, marker(b"")), PolicySet([policy])
    )
    topics = MemoryTopics(lambda: context, KEYED, seed)
    rows = list(reference(bank / "reference"))
    for row in rows:
        if row.topic in ("customers", "staff"):
            topics.send(row.topic, row.partition, row.key, row.value, 0)
    topics.send_events(gzip.decompress((bank / "events.jsonl.gz").read_bytes()).splitlines())
    topics.run(crashes=0.1)
    others = [row for row in rows if row.topic not in ("customers", "staff")]
    others.append(make("policies", policy.version, policy.toml.encode()))
    with writing(tmp_path / "stream.duckdb", "Asia/Shanghai") as connection:
        sink = StreamDatabase(connection, KEYED)
        sink.claim("truefriend@test")
        for batch in mixed([*waiting(topics, {}), others], chance):
            sink.apply(batch, {})
    assert promised(tmp_path / "stream.duckdb") == promised(tmp_path / "replay.duckdb")


FIRST = [
    added("S1", "C1", "2026-11-10"),
    verified("C1", "K1", "2026-11-10"),
    added("S1", "C2", "2026-11-20"),
    message("S1", "C1", "2026-11-11"),
    added("S2", "C3", "2026-12-05"),
]
THEN = [
    removed("S1", "C1", "2026-11-12"),
    verified("C2", "K2", "2026-12-06"),
    verified("C9", "K3", "2026-11-01"),
    added("S2", "C4", "2026-11-07"),
    added("S2", "C3", "2026-11-06"),
    added("S1", "C3", "2026-12-07"),
    verified("C3", "K3", "2026-12-07"),
    message("S2", "C3", "2026-11-12"),
    message("S2", "C3", "2026-12-12"),
    removed("S1", "C1", "2026-12-03"),
]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_late(tmp_path: Path, seed: int) -> None:
    bank, chance = Database(tmp_path, "replay.duckdb"), random.Random(seed)
    bank.replay(*FIRST)
    bank.close("2026-11")
    bank.replay(*THEN)
    context = [Context(CALENDAR, Route(KEYED), LOOK)]
    topics = MemoryTopics(lambda: context[0], KEYED, seed)
    for row in reference(tmp_path / "run1" / "reference"):
        topics.send(row.topic, row.partition, row.key, row.value, 0)
    topics.send_events(FIRST)
    topics.run()
    taken: dict[tuple[str, int], int] = {}
    with writing(tmp_path / "stream.duckdb", "Asia/Shanghai") as connection:
        sink = StreamDatabase(connection, KEYED)
        sink.claim("truefriend@test")
        for batch in mixed(waiting(topics, taken), chance):
            sink.apply(batch, {})
        seal(connection, "2026-11")
        context[0] = Context(
            CALENDAR,
            Route(KEYED),
            LOOK,
            sealed_through=parse_month("2026-11"),
        )
        for stages in topics.stages:
            stages.renew(context[0])
            for _ in stages.seal(parse_month("2026-11")):
                topics.commit(stages.partition, stages.finish())
        topics.send_events(THEN)
        topics.run(most=chance.choice((1, 100)))
        for batch in mixed(waiting(topics, taken), chance):
            sink.apply(batch, {})
    assert promised(tmp_path / "stream.duckdb") == promised(tmp_path / "replay.duckdb")
    late = (
        "SELECT event_id, source, type, time, add_id, month, verdict FROM late_events ORDER BY ALL"
    )
    assert Database(tmp_path, "stream.duckdb").rows(late) == bank.rows(late)
