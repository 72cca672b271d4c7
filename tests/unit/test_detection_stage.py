"""The detection stage on topics: what it reads of its state, writes, and drops with a month."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from pipeline.core.calendar import Calendar, parse_month
from pipeline.core.detectors.members import Member, Traits
from pipeline.core.ledger.fold import Look, marker
from pipeline.core.records import Signal
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.detection import DetectionStage
from pipeline.stream.stages.evidence import fact_output, read_signal, signal_output
from pipeline.stream.stages.records import Batch, Revisions, Route
from pipeline.stream.stages.rows import Rows
from tests.stream.memory import Record
from topics.times import parse_time

NOON = parse_time("2026-11-10T12:00:00+08:00")
NOVEMBER = parse_month("2026-11")
PAIR = f"p{NOVEMBER}\x1fs1\x1fs2"
SUSPECTS = f"q{NOVEMBER}\x1f"
POOLED = Traits(adds=5, removed=2, identity=1, suspicion=3)


class CountedRows(Rows):
    """Rows that say how often a key was read whole."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: Counter[str] = Counter()

    def subs(self, key: str, kind: str) -> dict[str, bytes]:
        self.reads[key] += 1
        return super().subs(key, kind)


def context(hot_subjects: int = 10, sealed_through: int = -1) -> Context:
    look = Look(lambda _: None, marker(b""))
    return Context(
        Calendar("Asia/Shanghai"), Route(3), look,
        hot_subjects=hot_subjects, sealed_through=sealed_through,
    )  # fmt: skip


def told(stage: DetectionStage, subject: str, members: dict[str, Member | None]) -> Batch:
    """What the stage writes once it is told of these members."""
    outputs = [fact_output((subject, name, one), Route(3)) for name, one in members.items()]
    stage.take_facts(
        Record("facts", one.partition, 0, 0, one.key, one.value)  # type: ignore[arg-type]
        for one in outputs
    )
    batch = Batch()
    stage.finish(batch)
    return batch


def quick(number: int) -> Member:
    return Member((NOON + number, NOON + number + 2_000_000), POOLED)


def signals(batch: Batch) -> list[Signal]:
    return [
        read_signal(Record("signals", one.partition, 0, 0, one.key, one.value))
        for one in batch.outputs
        if one.topic == "signals"
    ]


@pytest.mark.parametrize(("hot_subjects", "reads"), [(10, 1), (0, 3)])
def test_a_large_subject_is_read_once_while_it_is_hot(hot_subjects: int, reads: int) -> None:
    rows = CountedRows()
    before = DetectionStage(context(), rows, Revisions(1))
    told(before, PAIR, {f"c{n}": quick(n) for n in range(5_000)})
    stage = DetectionStage(context(hot_subjects), rows, Revisions(2))
    rows.reads.clear()
    for number in range(3):
        batch = told(stage, PAIR, {f"new{number}": quick(number)})
        assert [row[3] for row in batch.state] == [f"new{number}"]
        assert {one.customer_id for one in signals(batch)} == {f"new{number}"}
    assert rows.reads[PAIR] == reads


def test_signals_are_counted_by_code_and_taken_back_with_the_group() -> None:
    stage = DetectionStage(context(), Rows(), Revisions(1))
    found = signals(batch := told(stage, PAIR, {f"c{n}": quick(n) for n in range(9)}))
    by_code = Counter(one.code for one in found)
    assert by_code["fake_lockstep"] == 9
    assert batch.counts == by_code
    gone = signals(told(stage, PAIR, {f"c{n}": None for n in range(9)}))
    assert {one.signal_id for one in gone} == {one.signal_id for one in found}
    assert {one.score for one in gone} == {0.0}


def test_an_alert_is_written_and_taken_back_by_a_null() -> None:
    stage = DetectionStage(context(), Rows(), Revisions(7))
    suspects = {
        f"c{n}": Member((NOON, NOON + n), POOLED, ("g",), ("s1",)) for n in range(3)
    }  # fmt: skip
    (alert,) = told(stage, SUSPECTS, {**suspects}).outputs
    row = msgspec.json.decode(alert.value or b"")
    assert (alert.topic, alert.key.decode()) == ("alerts", row["fingerprint"])
    assert (row["status"], row["severity"], row["revision"]) == ("firing", "warning", (7 << 32) + 1)
    assert row["evidence"]["members"] == ["c0", "c1", "c2"]
    (gone,) = told(stage, SUSPECTS, {"c0": None}).outputs
    assert (gone.topic, gone.key, gone.value) == ("alerts", alert.key, None)


def test_a_sealed_months_subjects_are_dropped_and_not_made_again() -> None:
    rows = Rows()
    told(DetectionStage(context(), rows, Revisions(1)), PAIR, {f"c{n}": quick(n) for n in range(9)})
    stage = DetectionStage(context(sealed_through=NOVEMBER), rows, Revisions(2))
    batch = Batch()
    stage.seal(list(rows.keys()), batch)
    assert {row[1:4] for row in batch.state} == {(PAIR, "member", f"c{n}") for n in range(9)}
    assert list(rows.keys()) == []
    later = told(stage, PAIR, {"c10": quick(10)})
    assert (later.outputs, later.state) == ([], [])


@pytest.mark.parametrize("staff_id", ["", "s1"])
def test_a_signal_comes_back_as_it_was(staff_id: str) -> None:
    signal = Signal("a" * 32, "fake_burst", "c1", staff_id, 0.1234567, NOON, NOON + 1, '{"a":[1]}')
    written = signal_output(signal, context())
    assert read_signal(Record("signals", 0, 0, 0, written.key, written.value)) == signal
    assert written.partition == Route(3)("c1")
