"""Streamed equals replayed: the stages on topics give what a replay of the same events gives."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.calendar import Calendar
from pipeline.core.detectors import CUSTOMER_DETECTORS
from pipeline.core.ledger.fold import Look, marker
from pipeline.core.policy import PolicySet
from pipeline.ip_table import load_ip_table
from pipeline.replay.options import ReplayOptions
from pipeline.replay.run import replay
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.records import Route
from sources.files import read_policy
from tests.property.crowds import crowds
from tests.property.points import Tables, points_in_force, points_tables
from tests.property.strategies import Paths, World, worlds
from tests.stream.memory import MemoryTopics
from topics.codec import BadRecord
from topics.reference import REFERENCE, decode_row
from topics.times import parse_time

SOME = settings(
    max_examples=24,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
CROWDED = settings(SOME, max_examples=18)
KEYS = {"customers": "bank_customer_id", "staff": "staff_id"}


def reference_rows(folder: Path, name: str) -> list[tuple[str, bytes]]:
    """The good rows of a reference file by key; bad ones have no place on a topic."""
    rows = []
    for line in (folder / f"{name}.jsonl").read_bytes().split(b"\n"):
        try:
            row: Any = decode_row(line, REFERENCE[name])
        except BadRecord:
            continue
        rows.append((getattr(row, KEYS[name]), line))
    return rows


def dismissed(folder: Path) -> frozenset[str]:
    path = folder / "cases.jsonl"
    last = {}
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        try:
            case: Any = decode_row(line, REFERENCE["cases"])
        except BadRecord:
            continue
        last[case.add_id] = case.decision
    return frozenset(add_id for add_id, decision in last.items() if decision == "dismissed")


def streamed(world: World, paths: Paths, data: st.DataObject) -> MemoryTopics:
    partitions = data.draw(st.sampled_from((1, 3, 4)), label="partitions")
    policies = PolicySet([read_policy(path) for path in paths.policies])
    table = load_ip_table(paths.ip_table) if paths.ip_table else None
    context = Context(
        Calendar("Asia/Shanghai"),
        Route(partitions),
        Look(table.province if table else lambda _: None, marker(b"")),
        policies,
        dismissed(paths.reference),
        hot=data.draw(st.sampled_from((0, 3, 1000)), label="hot"),
        hot_facts=data.draw(st.sampled_from((0, 1000)), label="hot facts"),
        hot_subjects=data.draw(st.sampled_from((0, 2, 1000)), label="hot subjects"),
    )
    topics = MemoryTopics(lambda: context, partitions, data.draw(st.integers(0, 999), label="seed"))
    for name in KEYS:
        topics.send_rows(name, reference_rows(paths.reference, name))
    lines = [line.removeprefix(b"\xef\xbb\xbf") for line in world.lines]
    topics.send_events(line for line in lines if line.strip(b" \t\r\n"))
    crashes = data.draw(st.sampled_from((0.0, 0.2)), label="crashes")
    topics.run(most=data.draw(st.sampled_from((1, 5, 1000)), label="most"), crashes=crashes)
    return topics


def adds_of_topic(topics: MemoryTopics) -> list[tuple[Any, ...]]:
    adds = [msgspec.json.decode(value) for value in topics.last("adds").values()]
    return sorted(
        (
            add["add_id"], add["staff_id"], add["customer_id"], add["bank_customer_id"],
            add["province"], "".join(add["reasons"]), add["policy_version"], add["month"],
            add["day"], add["add_way"], add["verified_at"] is not None, add["fake_score"],
            json.dumps(add["evidence"]), json.dumps(add["facts"], sort_keys=True),
        )
        for add in adds
    )  # fmt: skip


def adds_of_replay(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    rows = con.execute(
        "SELECT add_id, staff_id, customer_id, bank_customer_id, province, "
        "array_to_string(reasons, ''), policy_version, month, day::VARCHAR, add_way, "
        "verified_at IS NOT NULL, fake_score, evidence, facts FROM adds"
    ).fetchall()
    return sorted(
        (
            *row[:-2],
            json.dumps(json.loads(row[-2])),
            json.dumps(json.loads(row[-1]), sort_keys=True),
        )
        for row in rows
    )


SIGNAL = ("signal_id", "code", "customer_id", "staff_id", "score", "window_start", "window_end")
TIMES = ("_start", "_end", "_at")
ALERT = ("fingerprint", "key", "severity", "started_at", "ended_at", "summary_zh", "summary_en",
         "runbook")  # fmt: skip


def evidence_of_topic(
    topics: MemoryTopics, topic: str, names: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    """The rows that the last records give; times in microseconds, evidence as it was written."""
    rows = [msgspec.json.decode(value) for value in topics.last(topic).values()]
    return sorted(
        (
            *(parse_time(row[name]) if name.endswith(TIMES) else row[name] or "" for name in names),
            json.dumps(row["evidence"]),
        )
        for row in rows
        if row.get("score") != 0
    )


def evidence_of_replay(
    con: duckdb.DuckDBPyConnection, table: str, names: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    chosen = ", ".join(f"epoch_us({name})" if name.endswith(TIMES) else name for name in names)
    rows = con.execute(f"SELECT {chosen}, evidence FROM {table}").fetchall()
    return sorted(
        (*("" if one is None else one for one in row[:-1]), json.dumps(json.loads(row[-1])))
        for row in rows
    )


def rolling_of_topic(topics: MemoryTopics) -> list[tuple[Any, ...]]:
    rows = [msgspec.json.decode(value) for value in topics.last("rolling").values()]
    return sorted((row["staff_id"], row["day"], *list(row.values())[2:-1]) for row in rows)


def rolling_of_replay(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    rows = con.execute("SELECT staff_id, day::VARCHAR, * FROM internal.rolling").fetchall()
    names = [column[0] for column in con.description or ()]
    kept = [index for index, name in enumerate(names[2:], 2) if name not in ("day", "staff_id")]
    return sorted((row[0], row[1], *(int(row[index]) for index in kept)) for row in rows)


OF_ITSELF = tuple(detector.code for detector in CUSTOMER_DETECTORS)
ALONE = f"""
    SELECT signal_id FROM signals AS own
    WHERE own.code IN {OF_ITSELF}
    AND NOT EXISTS (
        FROM signals AS company
        WHERE company.customer_id = own.customer_id AND company.code NOT IN {OF_ITSELF}
        AND date_trunc('month', company.window_start AT TIME ZONE 'Asia/Shanghai')
          = date_trunc('month', own.window_start AT TIME ZONE 'Asia/Shanghai')
    )
"""
"""What a customer's own month says counts in company only: signals of a month without any."""


def check(world: World, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = world.write(folder)
        topics = streamed(world, paths, data)
        db = folder / "bank.duckdb"
        summary = replay(
            ReplayOptions(
                inputs=paths.inputs,
                reference=paths.reference,
                policies=paths.policies,
                db=db,
                ip_table=paths.ip_table,
            )
        )
        with duckdb.connect(str(db), read_only=True) as con:
            assert con.execute(ALONE).fetchall() == []
            assert adds_of_topic(topics) == adds_of_replay(con)
            assert rolling_of_topic(topics) == rolling_of_replay(con)
            for table, names in (("signals", SIGNAL), ("alerts", ALERT)):
                wanted = evidence_of_replay(con, table, names)
                assert evidence_of_topic(topics, table, names) == wanted
            covered = con.execute("SELECT bank_customer_id FROM internal.covered").fetchall()
        told = {key.decode() for key, value in topics.last("coverage").items() if value == b"1"}
        assert told == {bank_id for (bank_id,) in covered}
        codes = {}
        for (topic, _), log in topics.logs.items():
            for record in log if topic == "dead-letters" else ():
                code = dict(record.headers)["code"].decode()
                codes[code] = codes.get(code, 0) + 1
        assert {k: v for k, v in codes.items() if k != "bad_reference"} == summary.dead_letters


@SOME
@given(world=worlds(), data=st.data())
def test_the_stages_on_topics_give_the_rows_of_a_replay(world: World, data: st.DataObject) -> None:
    check(world, data)


@CROWDED
@given(world=crowds(), tables=points_tables(), data=st.data())
def test_crowds_and_their_evidence_are_streamed_as_replayed(
    world: World, tables: Tables, data: st.DataObject
) -> None:
    with points_in_force(tables):
        check(world, data)
