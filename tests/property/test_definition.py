"""A replay of any world gives the rows that the definition gives.

The definition (tests/definition) is SQL over the whole set of events, written from the contract
alone; the implementation folds events by key. Neither knows the other.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from pipeline.replay.options import ReplayOptions, Summary
from pipeline.replay.run import replay
from tests.definition.bank import ACCOUNT, EARLY_POLICY, MANAGER
from tests.definition.build import line
from tests.definition.cases import ANSWERED, CASES, COVERED, IP_TABLE, PLACED, conversation
from tests.definition.compare import compare
from tests.definition.load import Loaded, load
from tests.property.crowds import crowds
from tests.property.points import Tables, points_in_force, points_tables
from tests.property.strategies import Paths, World, ratio_worlds, worlds

SLOW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LONG = settings(SLOW, max_examples=500)
SHARDS = st.integers(1, 3)


def run(world: World, paths: Paths, db: Path, inputs: list[Path], **options: Any) -> Summary:
    return replay(
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


def differences(world: World, paths: Paths, db: Path) -> list[str]:
    return compare(
        db, world.lines, paths.reference, world.policies, world.as_of, paths.ip_table
    )  # fmt: skip


def defined(world: World, paths: Paths) -> Loaded:
    with duckdb.connect() as con:
        return load(
            con, world.lines, paths.reference, world.policies, world.as_of, paths.ip_table
        )  # fmt: skip


def dead_letters(db: Path, path: Path) -> list[tuple[Any, ...]]:
    query = 'SELECT "offset", code FROM dead_letters WHERE topic = ? ORDER BY 1'
    with duckdb.connect(str(db), read_only=True) as con:
        return con.execute(query, [str(path)]).fetchall()


def check_one_run(world: World, shards: int, block_bytes: int) -> None:
    """Rows, counts and dead letters of one replay of one file."""
    with tempfile.TemporaryDirectory() as folder:
        paths, db = world.write(Path(folder)), Path(folder, "bank.duckdb")
        summary = run(world, paths, db, paths.inputs, shards=shards, block_bytes=block_bytes)
        assert differences(world, paths, db) == []
        loaded = defined(world, paths)
        got = summary.as_json()
        assert got == {**got, **loaded.counts, "late": 0}
        assert dead_letters(db, paths.inputs[0]) == loaded.reading.dead_letters


@SLOW
@given(world=worlds(), shards=SHARDS, block_bytes=st.sampled_from((300, 2000, 1 << 20)))
def test_a_replay_gives_what_the_definition_gives(
    world: World, shards: int, block_bytes: int
) -> None:
    check_one_run(world, shards, block_bytes)


@SLOW
@given(world=crowds(), tables=points_tables(), shards=SHARDS)
def test_crowds_are_scored_as_defined(world: World, tables: Tables, shards: int) -> None:
    with points_in_force(tables):
        check_one_run(world, shards, 1 << 20)


@SLOW
@given(world=ratio_worlds(), shards=SHARDS)
def test_a_replay_gives_the_defined_out_of_province(world: World, shards: int) -> None:
    check_one_run(world, shards, 1 << 20)


@SLOW
@given(world=worlds(), shards=SHARDS, files=st.integers(2, 3), together=st.booleans())
def test_files_and_runs_together_give_what_the_definition_gives(
    world: World, shards: int, files: int, together: bool
) -> None:
    world.lines = [text.removeprefix(b"\xef\xbb\xbf") for text in world.lines]
    with tempfile.TemporaryDirectory() as folder:
        paths, db = world.write(Path(folder), files), Path(folder, "bank.duckdb")
        runs = [paths.inputs] if together else [[path] for path in paths.inputs]
        for inputs in runs:
            note(f"replayed: {run(world, paths, db, inputs, shards=shards).as_json()}")
        assert differences(world, paths, db) == []


@pytest.mark.full
@LONG
@given(world=worlds(max_events=80), shards=SHARDS)
def test_many_worlds(world: World, shards: int) -> None:
    check_one_run(world, shards, 1000)


@pytest.mark.full
@LONG
@given(world=ratio_worlds(), shards=SHARDS)
def test_many_months_of_provinces(world: World, shards: int) -> None:
    check_one_run(world, shards, 1000)


def replayed_alike(folder: Path, events: list[bytes], **parts: Any) -> list[str]:
    given = {"customers": [ACCOUNT], "staff": [MANAGER], "branches": []} | parts
    world = World(events, **given)
    paths, db = world.write(folder), folder / "bank.duckdb"
    run(world, paths, db, paths.inputs)
    return differences(world, paths, db)


@pytest.mark.parametrize("name", CASES)
def test_each_edge_of_a_verdict_is_replayed_as_defined(tmp_path: Path, name: str) -> None:
    events, settings_, _ = CASES[name]
    parts = dict(settings_)
    if "policy" in parts:
        parts["policies"] = [EARLY_POLICY.format(parts.pop("policy"))]
    assert replayed_alike(tmp_path, events, **parts) == []


@pytest.mark.parametrize("number", range(len(COVERED)))
def test_each_edge_of_coverage_is_replayed_as_defined(tmp_path: Path, number: int) -> None:
    assert replayed_alike(tmp_path, COVERED[number][0]) == []


@pytest.mark.parametrize("staff_wrote", ANSWERED)
def test_each_edge_of_an_answer_is_replayed_as_defined(tmp_path: Path, staff_wrote: str) -> None:
    assert replayed_alike(tmp_path, conversation(staff_wrote)) == []


def test_provinces_from_each_place_are_replayed_as_defined(tmp_path: Path) -> None:
    assert replayed_alike(tmp_path, PLACED, ip_table=IP_TABLE) == []


def big_world() -> World:
    """172 valid adds in the staff member's province, 44 outside it, mixed."""
    bases: list[str] = []
    for n in range(216):
        outside = n % 5 == 4 or n == 215
        bases.append("湖南" if outside else "广东")
    lines = []
    for n, place in enumerate(bases):
        time = f"2026-11-{1 + n // 24:02}T{n % 24:02}:00:00+08:00"
        who = {"customer_id": f"C{n:03}", "staff_id": "S1"}
        lines.append(line("friend.added", time, f"a{n}", **who, add_way=1))
        lines.append(line("identity.verified", time, f"v{n}", **who, method="h5_form",
                          bank_customer_id=f"K{n}", province=place))  # fmt: skip
    rows = [{"bank_customer_id": f"K{n}", "manager_staff_id": "S1",
             "account_opened_on": "2026-11-30"} for n in range(216)]  # fmt: skip
    staff = [{"staff_id": "S1", "role": "manager", "branch_id": "B1", "province": "广东"}]
    return World(lines, customers=rows, staff=staff)


@pytest.mark.parametrize("shards", [1, 3])
def test_172_in_province_allow_43_outside(tmp_path: Path, shards: int) -> None:
    world = big_world()
    paths, db = world.write(tmp_path), tmp_path / "bank.duckdb"
    summary = run(world, paths, db, paths.inputs, shards=shards)
    assert summary.adds == {"valid": 215, "invalid": 1}
    assert differences(world, paths, db) == []
    with duckdb.connect(str(db), read_only=True) as con:
        found = con.execute("SELECT customer_id, reasons FROM adds WHERE verdict = 'invalid'")
        assert found.fetchall() == [("C215", ["out_of_province"])]
