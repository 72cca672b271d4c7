"""Verdicts are revised when reference rows, policies or events change after them.

A bank that learns something later ends with the rows of one that knew it from the start.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.promise import promised, state
from tests.property.strategies import World, worlds
from tests.property.test_invariance import MANY, SOME, run, without_conflicts, write


def both(first: World, then: World) -> World:
    """The first world with the second one's reference rows after its own: the last count."""
    return replace(
        first,
        customers=[*first.customers, *then.customers],
        staff=[*first.staff, *then.staff],
        branches=[*first.branches, *then.branches],
        cases=[*first.cases, *then.cases],
    )


def check(world: World, later: World, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = both(world, later)
        paths = whole.write(folder / "whole")
        lines = without_conflicts(whole, paths)
        at_once = folder / "at_once.duckdb"
        run(whole, paths, at_once, [write(folder, "all", lines)])

        cut = data.draw(st.integers(0, len(lines)), label="cut")
        known = data.draw(st.integers(0, len(world.policies)), label="policies known")
        shards = data.draw(st.sampled_from((1, 4)), label="shards")
        before = replace(world, policies=world.policies[:known]).write(folder / "before")
        after = replace(later, policies=world.policies, ip_table=world.ip_table).write(
            folder / "after"
        )
        revised = folder / "revised.duckdb"
        early, late = write(folder, "early", lines[:cut]), write(folder, "late", lines[cut:])
        run(world, before, revised, [early], shards=shards)
        run(world, after, revised, [late], shards=shards)
        assert promised(revised) == promised(at_once)
        assert state(revised) == state(at_once)


@SOME
@given(world=worlds(), later=worlds(max_events=0), data=st.data())
def test_what_is_learned_later_gives_the_same_rows(
    world: World, later: World, data: st.DataObject
) -> None:
    check(world, later, data)


@pytest.mark.full
@MANY
@given(world=worlds(max_events=80), later=worlds(max_events=0), data=st.data())
def test_what_is_learned_later_gives_the_same_rows_in_many_worlds(
    world: World, later: World, data: st.DataObject
) -> None:
    check(world, later, data)
