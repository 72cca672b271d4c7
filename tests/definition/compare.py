"""Compares a truefriend database with what the definition says it should hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from tests.definition.load import load

# Table of the contract: (its key, its times, its columns beyond the definition). d_adds has no
# evidence, facts, rules_version and revision; day, month and add_way are beyond the contract.
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "adds": (("staff_id", "customer_id"), ("added_at", "verified_at", "pending_until")),
    "staff_daily": (("day", "staff_id"), ()),
    "branch_daily": (("day", "branch_id"), ()),
    "segment_coverage": (("manager_staff_id", "segment"), ()),
}

SIGNALS = (
    "SELECT signal_id, code, customer_id, staff_id, score, epoch_us(window_start) AS window_start "
    "FROM signals"
)

Row = dict[str, Any]


def compare(
    database: Path | str | duckdb.DuckDBPyConnection,
    lines: Iterable[bytes],
    reference_dir: Path | None,
    policy_texts: Sequence[str] = (),
    as_of: str | None = None,
    ip_csv: Path | None = None,
) -> list[str]:
    """The differences between the database and the definition, a sentence each; [] = they agree.

    `lines` are all lines that went in, in the order of reading; times are shown as microseconds
    since 1970 UTC. Scores are defined by the signals that the database has.
    """
    if not isinstance(database, duckdb.DuckDBPyConnection):
        with duckdb.connect(str(database), read_only=True) as opened:
            return compare(opened, lines, reference_dir, policy_texts, as_of, ip_csv)
    signals = database.execute(SIGNALS).to_arrow_table()
    with duckdb.connect() as definition:
        load(definition, lines, reference_dir, policy_texts, as_of, ip_csv, signals)
        return list(all_differences(definition, database))


def all_differences(
    definition: duckdb.DuckDBPyConnection, database: duckdb.DuckDBPyConnection
) -> Iterator[str]:
    for table, (key, times) in TABLES.items():
        expected = fetch(definition, f"SELECT * FROM d_{table}")
        chosen = ", ".join(
            f"epoch_us({name}) AS {name}" if name in times else name
            for name in columns(definition, f"d_{table}")
        )
        actual = fetch(database, f"SELECT {chosen} FROM {table}")
        yield from differences(table, key, expected, actual)


def columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()]


def fetch(con: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    result = con.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def differences(
    table: str, key: tuple[str, ...], expected: list[Row], actual: list[Row]
) -> Iterator[str]:
    """What is in one multiset of rows and not in the other, rows of one key side by side."""
    wanted, got = Counter(map(frozen, expected)), Counter(map(frozen, actual))
    missing, surplus = list((wanted - got).elements()), list((got - wanted).elements())
    for row in sorted(missing, key=repr):
        twin = next((s for s in surplus if all(dict(s)[k] == dict(row)[k] for k in key)), None)
        if twin is None:
            yield f"{table}: missing {shown(row)}"
        else:
            surplus.remove(twin)
            yield f"{table} {named(row, key)}: {', '.join(changes(dict(row), dict(twin)))}"
    for row in sorted(surplus, key=repr):
        yield f"{table}: not defined {shown(row)}"


def frozen(row: Row) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value) for name, value in row.items()
    )


def named(row: tuple[tuple[str, Any], ...], key: tuple[str, ...]) -> str:
    return shown(tuple((name, value) for name, value in row if name in key))


def changes(wanted: Row, got: Row) -> Iterator[str]:
    for name, value in wanted.items():
        if got[name] != value:
            yield f"{name} should be {value!r}, is {got[name]!r}"


def shown(row: tuple[tuple[str, Any], ...]) -> str:
    return "{" + ", ".join(f"{name}: {value!s}" for name, value in row) + "}"
