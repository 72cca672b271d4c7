"""What the state weighs: bytes a customer and a remembered event, after a real replay.

    python -m bench.replay.state [--customers 1000000]

Simulates a bank of which about so many customer_ids are added in a month, replays it and asks
internal.state. Packed state is the values that the changelog carries too; in them the bytes of
remembered ids are counted apart. What holds them is stated apart too: the keys of the rows, the
DuckDB file, the memory of the processes. Writes bench/results/state.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import duckdb

from bench.replay.bank import BUILD, ROOT, Bank, bank_of_staff, customers_a_staff
from bench.replay.measure import TRUEFRIEND, Usage, machine, measure
from pipeline.core.ledger.account import Account

RESULT = ROOT / "bench" / "results" / "state.json"


def main() -> None:
    """Reads the command line, replays, writes and prints the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    started = machine()
    bank = bank_of_staff(round(options.customers / customers_a_staff()))
    db = BUILD / "state.duckdb"
    db.unlink(missing_ok=True)
    shards = str(started["cores"])
    usage = measure(
        [*TRUEFRIEND, "replay", *bank.arguments(), "--db", str(db), "--shards", shards],
        cores=int(shards),
    )
    results = _weighed(bank, db, usage)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"kind": "state", "machine": started, **results}, indent=2) + "\n"
    options.out.write_text(text, encoding="utf-8")
    print(text, end="")


def _weighed(bank: Bank, db: Path, usage: Usage) -> dict[str, Any]:
    summary = json.loads(usage.output.splitlines()[-1])
    with duckdb.connect(str(db), read_only=True) as connection:
        customers = _one(connection, "SELECT count(DISTINCT customer_id) FROM adds")
        kinds = _kinds(connection, customers)
        keys = _one(connection, f"SELECT sum({_KEY_BYTES}) FROM internal.state")
        ids = _id_bytes(connection)
    packed = sum(kind["bytes"] for kind in kinds) - ids
    remembered = summary["applied"] + summary["after_as_of"]
    return {
        "bank": bank.as_json(),
        "customers_with_adds": customers,
        "adds": sum(summary["adds"].values()),
        "remembered_events": remembered,
        "bytes_a_customer": round(packed / customers, 1),
        "bytes_a_remembered_event": round(ids / remembered, 2),
        "kinds": kinds,
        "apart": {
            "rows": sum(kind["rows"] for kind in kinds),
            "key_bytes_a_customer": round(keys / customers, 1),
            "database_bytes": db.stat().st_size,
            "database_bytes_a_customer": round(db.stat().st_size / customers, 1),
            "peak_mib": usage.peak_mib,
            "peak_bytes_a_customer": round(usage.peak_mib * 2**20 / customers),
        },
    }


_KEY_BYTES = "strlen(stage) + strlen(key) + strlen(kind) + strlen(sub)"


def _kinds(connection: duckdb.DuckDBPyConnection, customers: int) -> list[dict[str, Any]]:
    """Rows and value bytes by stage and kind, the heaviest first."""
    rows = connection.execute(
        "SELECT stage, split_part(kind, ':', 1) AS kind_, count(*), "
        "sum(octet_length(value))::BIGINT AS bytes, max(octet_length(value)) "
        "FROM internal.state GROUP BY ALL ORDER BY bytes DESC"
    ).fetchall()
    return [
        {
            "stage": stage,
            "kind": kind,
            "rows": number,
            "bytes": size,
            "bytes_a_row": round(size / number, 1),
            "greatest_row": greatest,
            "bytes_a_customer": round(size / customers, 1),
        }
        for stage, kind, number, size, greatest in rows
    ]


def _id_bytes(connection: duckdb.DuckDBPyConnection) -> int:
    """The bytes of remembered ids: full chunks are rows, tails stand in the accounts' rows."""
    size = _one(
        connection,
        "SELECT coalesce(sum(octet_length(value)), 0) FROM internal.state WHERE kind = 'ids'",
    )
    found = connection.execute(
        "SELECT value FROM internal.state WHERE stage = 'ledger' AND kind = 'account'"
    )
    while rows := found.fetchmany(100_000):
        for (value,) in rows:
            account = Account()
            account.load([("account", "", value)])
            size += sum(map(len, account.tails().values()))
    return size


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
