"""The same tables by DuckDB alone: SQL over the same file, with no event handled in Python.

    python -m bench.replay.duckdb_only --bank FOLDER --db FILE

It reads a simulated bank's folder, runs the SQL of the definition (tests/definition) in memory
and writes the tables d_* and the reference rows into a new DuckDB file. What a replay does beyond
that, this leaves out: dead letters, what decided each verdict, and any state that takes tomorrow's
file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
DEFINITION = HERE.parent.parent / "tests" / "definition"
KEPT = (
    "d_adds", "d_staff_daily", "d_branch_daily", "d_segment_coverage",
    "customers", "staff", "branches",
)  # fmt: skip


def main() -> None:
    """Reads the command line and builds the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank", type=Path, required=True)
    parser.add_argument("--db", type=Path, required=True)
    options = parser.parse_args()
    build(options.bank, options.db)


def build(bank: Path, db: Path) -> None:
    """Writes a new database."""
    _check_networks(bank / "ip.csv")
    with duckdb.connect() as connection:
        connection.execute((DEFINITION / "tables.sql").read_text(encoding="utf-8"))
        connection.execute(_reading(bank))
        for name in ("adds.sql", "staff_daily.sql", "segment_coverage.sql"):
            connection.execute((DEFINITION / name).read_text(encoding="utf-8"))
        connection.execute(f"ATTACH {_text(db)} AS kept")
        for name in KEPT:
            connection.execute(f"CREATE TABLE kept.{name} AS FROM {name}")
        connection.execute("DETACH kept")  # writes the file


def _reading(bank: Path) -> str:
    """The SQL that loads a bank's folder; a path cannot be a parameter of several statements."""
    sql = (HERE / "duckdb_only.sql").read_text(encoding="utf-8")
    places = {
        "$events": bank / "events.jsonl.gz",
        "$reference": bank / "reference",
        "$ip_table": bank / "ip.csv",
    }
    for name, place in places.items():
        sql = sql.replace(name, _text(place))
    return sql


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _check_networks(ip_table: Path) -> None:
    """The hash join over networks is right for these two lengths of prefix only."""
    lines = ip_table.read_text(encoding="utf-8").splitlines()[1:]
    lengths = {(":" in line, line.partition("/")[2].partition(",")[0]) for line in lines}
    if not lengths <= {(False, "16"), (True, "48")}:
        raise SystemExit(f"{ip_table} has networks of other lengths: {sorted(lengths)}.")


if __name__ == "__main__":
    main()
