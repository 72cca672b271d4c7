"""The promise: the same set of events gives the same rows, however it arrives and is worked on."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from pipeline.replay.options import ReplayOptions
from pipeline.replay.run import replay
from tests.definition.load import load
from tests.promise import promised, state
from tests.property.crowds import crowds
from tests.property.points import Tables, points_in_force, points_tables
from tests.property.strategies import Paths, World, worlds

SOME = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MANY = settings(SOME, max_examples=300)


class Crash(BaseException):
    """Stands for a kill at this place: nothing is caught, nothing is cleaned up by the run."""


def run(world: World, paths: Paths, db: Path, inputs: Sequence[Path], **options: Any) -> None:
    replay(
        ReplayOptions(
            inputs=inputs,
            reference=paths.reference,
            policies=paths.policies,
            db=db,
            as_of=world.as_of,
            ip_table=paths.ip_table,
            **options,
        )
    )


def without_conflicts(world: World, paths: Paths) -> list[bytes]:
    """The lines but for conflicting copies: the promise leaves those out. No BOM, no blank."""
    with duckdb.connect() as con:
        reading = load(
            con, world.lines, paths.reference, world.policies, world.as_of, paths.ip_table
        ).reading
    bad = {number for number, code in reading.dead_letters if code == "conflicting_duplicate"}
    return [
        line.removeprefix(b"\xef\xbb\xbf").strip(b"\r\n")
        for number, line in enumerate(world.lines, 1)
        if number not in bad
    ]


def write(folder: Path, name: str, lines: Sequence[bytes]) -> Path:
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def crash_at(blocks: int) -> Any:
    """A progress callback that ends the run after so many blocks."""
    seen = 0

    def progress(done: int, total: int | None, lines: int) -> None:
        nonlocal seen
        seen += 1
        if seen > blocks:
            raise Crash

    return progress


def check(world: World, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = world.write(folder)
        lines = without_conflicts(world, paths)
        once = folder / "once.duckdb"
        run(world, paths, once, [write(folder, "once", lines)])

        again = data.draw(st.permutations(lines), label="order")
        again += data.draw(st.lists(st.sampled_from(lines or [b" "]), max_size=10), label="copies")
        shards = data.draw(st.sampled_from((1, 4, 7)), label="shards")
        cuts = sorted(data.draw(st.lists(st.integers(0, len(again)), max_size=3), label="cuts"))
        pieces = [again[i:j] for i, j in zip([0, *cuts], [*cuts, len(again)], strict=True)]
        files = [write(folder, f"part{i}", piece) for i, piece in enumerate(pieces)]
        runs = [files] if data.draw(st.booleans(), label="one run") else [[f] for f in files]
        other = folder / "other.duckdb"
        for inputs in runs:
            options = {
                "shards": shards,
                "block_bytes": data.draw(st.sampled_from((1, 500, 1 << 20)), label="block"),
                "commit_lines": data.draw(st.sampled_from((1, 7, 10**6)), label="commit"),
            }
            if data.draw(st.booleans(), label="crash"):
                stop = crash_at(data.draw(st.integers(0, 12), label="after blocks"))
                try:
                    run(world, paths, other, inputs, progress=stop, **options)
                except Crash:
                    note("crashed")
            run(world, paths, other, inputs, **options)
        assert promised(other) == promised(once)
        assert state(other) == state(once)


@SOME
@given(world=worlds(), data=st.data())
def test_any_way_to_work_gives_the_same_rows(world: World, data: st.DataObject) -> None:
    check(world, data)


@SOME
@given(world=crowds(), tables=points_tables(), data=st.data())
def test_any_way_to_work_finds_the_same_evidence_in_crowds(
    world: World, tables: Tables, data: st.DataObject
) -> None:
    with points_in_force(tables):
        check(world, data)


@pytest.mark.full
@MANY
@given(world=crowds(), tables=points_tables(), data=st.data())
def test_any_way_to_work_finds_the_same_evidence_in_many_crowds(
    world: World, tables: Tables, data: st.DataObject
) -> None:
    with points_in_force(tables):
        check(world, data)


@pytest.mark.full
@MANY
@given(world=worlds(max_events=80), data=st.data())
def test_any_way_to_work_gives_the_same_rows_in_many_worlds(
    world: World, data: st.DataObject
) -> None:
    check(world, data)
