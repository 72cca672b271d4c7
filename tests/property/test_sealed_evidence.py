"""Evidence around a seal: a sealed month's stays, an open one's is found, replayed or streamed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.calendar import Calendar, parse_month
from pipeline.core.ledger.fold import Look, marker
from pipeline.core.policy import PolicySet
from pipeline.ip_table import load_ip_table
from pipeline.replay.options import ReplayOptions
from pipeline.replay.run import replay
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.records import Route
from sinks.duckdb.database import writing
from sinks.duckdb.seal import seal
from sources.files import read_policy
from tests.promise import state
from tests.property.crowds import crowds
from tests.property.points import Tables, points_in_force, points_tables
from tests.property.strategies import Paths, World
from tests.property.test_invariance import Crash, crash_at, without_conflicts, write
from tests.property.test_stages import (
    ALERT,
    KEYS,
    SIGNAL,
    SOME,
    evidence_of_replay,
    evidence_of_topic,
    reference_rows,
)
from tests.stream.memory import MemoryTopics

NOVEMBER = parse_month("2026-11")
LAST = (
    b'{"specversion":"1.0","id":"last","source":"wecom/1","type":"message.sent",'
    b'"time":"2026-12-30T12:00:00+08:00","data":{"staff_id":"S1","customer_id":"x","sender":"staff","kind":"text"}}'
)
"""Has *as of* pass the end of November."""

Evidence = dict[str, list[tuple[Any, ...]]]


def run(paths: Paths, db: Path, inputs: Sequence[Path], **options: Any) -> None:
    replay(
        ReplayOptions(
            inputs=inputs,
            reference=paths.reference,
            policies=paths.policies,
            db=db,
            ip_table=paths.ip_table,
            **options,
        )
    )


def evidence(db: Path) -> Evidence:
    with duckdb.connect(str(db), read_only=True) as con:
        return {
            "signals": evidence_of_replay(con, "signals", SIGNAL),
            "alerts": evidence_of_replay(con, "alerts", ALERT),
        }


def replayed(
    paths: Paths, folder: Path, first: list[bytes], second: list[bytes], data: st.DataObject
) -> tuple[Evidence, Evidence, Path]:
    """What there is at the seal, and at the end; the second half perhaps with a crash."""
    db = folder / "bank.duckdb"
    run(paths, db, [write(folder, "first", first)], shards=data.draw(st.sampled_from((1, 3))))
    with writing(db, "Asia/Shanghai") as connection:
        seal(connection, "2026-11")
    at_seal = evidence(db)
    inputs = [write(folder, "second", second)]
    if data.draw(st.booleans(), label="crash"):
        stop = crash_at(data.draw(st.integers(0, 5), label="after blocks"))
        with suppress(Crash):
            run(paths, db, inputs, progress=stop, block_bytes=500, commit_lines=1)
    run(paths, db, inputs)
    return at_seal, evidence(db), db


def streamed(
    paths: Paths, first: list[bytes], second: list[bytes], data: st.DataObject
) -> Evidence:
    partitions = data.draw(st.sampled_from((1, 3)), label="partitions")
    table = load_ip_table(paths.ip_table) if paths.ip_table else None
    context = Context(
        Calendar("Asia/Shanghai"),
        Route(partitions),
        Look(table.province if table else lambda _: None, marker(b"")),
        PolicySet([read_policy(path) for path in paths.policies]),
        hot_subjects=data.draw(st.sampled_from((0, 1000)), label="hot subjects"),
    )
    topics = MemoryTopics(lambda: context, partitions, 1)
    for name in KEYS:
        topics.send_rows(name, reference_rows(paths.reference, name))
    topics.send_events(first)
    topics.run(most=20)
    sealed = changed(context, sealed_through=NOVEMBER)
    topics.context = lambda: sealed
    for partition, stages in enumerate(topics.stages):
        stages.renew(sealed)
        for _ in stages.seal(NOVEMBER, keys=3):
            topics.commit(partition, stages.finish())
    topics.send_events(second)
    topics.run(most=20, crashes=data.draw(st.sampled_from((0.0, 0.2)), label="crashes"))
    return {
        "signals": evidence_of_topic(topics, "signals", SIGNAL),
        "alerts": evidence_of_topic(topics, "alerts", ALERT),
    }


def of_november(found: Evidence) -> Evidence:
    end = Calendar("Asia/Shanghai").end_of_month(NOVEMBER)
    begins = {"signals": 5, "alerts": 3}
    return {name: [row for row in rows if row[begins[name]] <= end] for name, rows in found.items()}


def check(world: World, tables: Tables, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name, points_in_force(tables):
        folder = Path(name)
        paths = world.write(folder)
        lines = without_conflicts(world, paths)
        cut = data.draw(st.integers(0, len(lines)), label="cut")
        first, second = [*lines[:cut], LAST], lines[cut:]
        at_seal, at_end, db = replayed(paths, folder, first, second, data)
        moved = {row[0] for row in at_end["signals"]} & {row[0] for row in at_seal["signals"]}
        assert of_november(at_end)["alerts"] == of_november(at_seal)["alerts"]
        frozen = of_november(at_seal)["signals"]
        assert set(of_november(at_end)["signals"]) <= set(frozen)
        assert {row for row in frozen if row[0] in moved} >= set(of_november(at_end)["signals"])
        assert streamed(paths, first, second, data) == at_end
        months = {key.split("\x1f")[0][1:] for stage, key, *_ in state(db) if stage == "detection"}
        assert months <= {"", str(NOVEMBER + 1)}


@settings(SOME, max_examples=8)
@given(world=crowds(), tables=points_tables(), data=st.data())
def test_a_sealed_months_evidence_stays(world: World, tables: Tables, data: st.DataObject) -> None:
    check(world, tables, data)


@pytest.mark.full
@settings(SOME, max_examples=300)
@given(world=crowds(), tables=points_tables(), data=st.data())
def test_a_sealed_months_evidence_stays_in_many_worlds(
    world: World, tables: Tables, data: st.DataObject
) -> None:
    check(world, tables, data)
