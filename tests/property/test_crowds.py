"""The crowds that other properties are tested on do bring evidence of every kind, and verdicts."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
from hypothesis import given, settings

from pipeline.core.detectors import CUSTOMER_DETECTORS, GROUP_DETECTORS
from pipeline.replay.options import ReplayOptions
from pipeline.replay.run import replay
from tests.property.crowds import crowds
from tests.property.points import Tables, points_in_force, points_tables
from tests.property.strategies import World
from tests.property.test_stages import SOME

CODES = {one.code for one in GROUP_DETECTORS} | {one.code for one in CUSTOMER_DETECTORS}
QUERY = """
    SELECT code FROM signals UNION SELECT unnest(reasons) FROM adds WHERE verdict = 'fake'
    UNION SELECT verdict FROM adds UNION SELECT severity FROM alerts
"""


def test_crowds_bring_evidence_of_every_kind_and_fakes() -> None:
    seen: set[str] = set()

    @settings(SOME, max_examples=40, derandomize=True, database=None)
    @given(world=crowds(), tables=points_tables())
    def look(world: World, tables: Tables) -> None:
        with tempfile.TemporaryDirectory() as folder, points_in_force(tables):
            paths, db = world.write(Path(folder)), Path(folder, "bank.duckdb")
            replay(
                ReplayOptions(
                    inputs=paths.inputs,
                    reference=paths.reference,
                    policies=paths.policies,
                    db=db,
                )
            )
            with duckdb.connect(str(db), read_only=True) as con:
                seen.update(name for (name,) in con.execute(QUERY).fetchall())

    look()
    assert seen >= CODES | {"fake", "valid", "warning"}
