"""Invents a bank's database of any size straight in SQL, for measuring the report.

    python -m bench.report.make --adds 10000000 --staff 50000 --db FILE

The adds lie in the 90 days up to 2026-11-20, with facts as long as real ones. The verdicts are
drawn, not judged. The same arguments give the same rows.
"""

import argparse
from pathlib import Path

import duckdb

import sinks.duckdb

SCHEMA = Path(sinks.duckdb.__file__).parent
LAST_DAY = "2026-11-20"


def main() -> None:
    """Reads the command line and writes the database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adds", type=int, default=10_000_000)
    parser.add_argument("--staff", type=int, default=50_000)
    parser.add_argument("--branches", type=int)
    parser.add_argument("--db", type=Path, required=True)
    options = parser.parse_args()
    make(options.db, options.adds, options.staff, options.branches)


def make(db: Path, adds: int, staff: int, branches: int | None = None) -> None:
    """Writes a new database. FileExistsError: there is one already."""
    if db.exists():
        raise FileExistsError(db)
    sizes = {"adds": adds, "staff": staff, "branches": branches or max(1, staff // 25)}
    with duckdb.connect(str(db)) as connection:
        for name in ("schema.sql", "views.sql"):
            connection.execute((SCHEMA / name).read_text(encoding="utf-8"))
        connection.execute(
            "SET threads = 2; SET memory_limit = '3GB'; SET TimeZone = 'Asia/Shanghai'"
        )
        connection.execute("SET preserve_insertion_order = false")
        for statement in Path(__file__).with_name("make.sql").read_text("utf-8").split(";\n"):
            if statement.strip():
                used = {name: size for name, size in sizes.items() if f"${name}" in statement}
                connection.execute(statement, {**used, **_last(statement)})


def _last(statement: str) -> dict[str, str]:
    return {"last": LAST_DAY} if "$last" in statement else {}


if __name__ == "__main__":
    main()
