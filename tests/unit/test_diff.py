"""Two databases held against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli.diff import command
from pipeline.core.errors import WrongUse
from tests.database_maker import Database, added, removed, verified

HEAD = "effective_from = 2026-01-01\nversion = "


def diff(old: Database | Path, new: Database | Path, *options: str) -> str:
    paths = [str(one.path if isinstance(one, Database) else one) for one in (old, new)]
    result = CliRunner().invoke(command, [*paths, *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Database, Database]:
    """The same bank under a strict and a mild policy; C3 only in the old, C4 only in the new."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    old, new = Database(tmp_path / "a", "old.duckdb"), Database(tmp_path / "b", "before's.duckdb")
    both = [
        added("S1", "C1", "2026-11-10"), verified("C1", "K1", "2026-11-10"),
        added("S1", "C2", "2026-11-10"), verified("C2", "K2", "2026-11-10"),
        removed("S1", "C2", "2026-11-13"),
    ]  # fmt: skip
    old.replay(*both, added("S2", "C3", "2026-11-11"), policy=f'{HEAD}"strict"\n')
    new.replay(*both, added("S2", "C4", "2026-11-11"), policy=f'{HEAD}"mild"\nkeep_days = 1\n')
    return old, new


def test_in_english(pair: tuple[Database, Database]) -> None:
    assert (
        diff(*pair, "--lang", "en")
        == """\
Old: 3 adds, as of 2026-11-13 12:00:00, policies strict
New: 3 adds, as of 2026-11-13 12:00:00, policies mild
1 adds are judged alike, 1 otherwise; 1 are only in the old, 1 only in the new.
At ¥1.00 a valid add: ¥1.00 before, ¥2.00 now, a difference of +¥1.00.

By reason
         1  Invalid (Removed again within days) → Valid
         1  Pending (Not verified yet, may still count) → no add
         1  no add → Pending (Not verified yet, may still count)

By staff member
  S2: 2 adds differ; valid ones 0 → 0 (0)
  S1: 1 adds differ; valid ones 1 → 2 (+1)

Judged otherwise
  07bd26dc49a89e73fd1b5429c54207e3  S1 / C2: Invalid (Removed again within days) → Valid

Only in the old
  14145d1df6c7b1be4d6cec6f24d037a3  S2 / C3: Pending (Not verified yet, may still count) → no add

Only in the new
  689fe87e60967f70e377b1e1ee5ec612  S2 / C4: no add → Pending (Not verified yet, may still count)
"""
    )


def test_as_json(pair: tuple[Database, Database]) -> None:
    found: dict[str, Any] = json.loads(diff(*pair, "--json"))
    assert {name: found[name] for name in ("same", "changed", "only_old", "only_new")} == {
        "same": 1,
        "changed": 1,
        "only_old": 1,
        "only_new": 1,
    }
    assert found["money"] == {
        "fen_an_add": 100,
        "old_fen": 100,
        "new_fen": 200,
        "difference_fen": 100,
    }
    assert found["new"] == {
        "as_of": "2026-11-13 12:00:00",
        "timezone": "Asia/Shanghai",
        "adds": 3,
        "verdicts": {"pending": 1, "valid": 2},
        "policies": ["mild"],
        "rules_versions": ["2"],
    }
    assert [row["staff_id"] for row in found["by_staff"]] == ["S2", "S1"]


def test_a_database_against_itself(pair: tuple[Database, Database]) -> None:
    for bank in pair:
        found = json.loads(diff(bank, bank, "--json"))
        assert (found["same"], found["changed"], found["by_reason"]) == (3, 0, [])


def test_an_empty_one(pair: tuple[Database, Database], tmp_path: Path) -> None:
    empty = Database(tmp_path, "old.duckdb")
    empty.replay()
    found = json.loads(diff(empty, pair[0], "--json"))
    assert (found["only_new"], found["old"]["as_of"]) == (3, None)
    assert "Old: 0 adds, as of –, policies –" in diff(empty, pair[0], "--lang", "en")


def test_no_more_than_twenty_examples(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    many, empty = Database(tmp_path / "a"), Database(tmp_path)
    many.replay(*(added("S1", f"C{n}", "2026-11-10") for n in range(25)))
    empty.replay()
    found = json.loads(diff(empty, many, "--json"))
    listed = [row["add_id"] for row in found["examples"]["only_new"]]
    assert (found["only_new"], len(listed), listed) == (25, 20, sorted(listed))
    assert "… and 5 more" in diff(empty, many, "--lang", "en")


def test_a_missing_or_foreign_file(pair: tuple[Database, Database], tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="There is no database"):
        diff(tmp_path / "none.duckdb", pair[1])
    with pytest.raises(WrongUse, match="There is no database"):
        diff(pair[0], tmp_path / "none.duckdb")
    (tmp_path / "text").write_text("no database")
    with pytest.raises(WrongUse, match="not a DuckDB database"):
        diff(tmp_path / "text", pair[1])
