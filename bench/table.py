"""Writes the tables of docs/performance.md anew from bench/results/*.json.

    python -m bench.table [--check]

What stands between `<!-- NAME -->` and `<!-- end -->` is made here, the rest is written by hand.
With --check nothing is written, and it ends with 1 where the page would change.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "performance.md"
_BLOCK = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

Result = dict[str, Any]


def main() -> None:
    """Reads the command line and the results, writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    old = PAGE.read_text(encoding="utf-8")
    new = _BLOCK.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], old)
    if options.check:
        sys.exit(new != old)
    PAGE.write_text(new, encoding="utf-8")


def _replay() -> str:
    rows = []
    for result in _results("replay"):
        cases, ratios = result["cases"], result["ratios"]
        for name, title in _CASES.items():
            case = cases[name]
            ratio = _spread(ratios[name], "{:.2f}") if name in ratios else "1"
            rows.append(
                [
                    f"{result['bank']['events']:,}",
                    title,
                    _spread(case["events_per_second"], "{:,.0f}"),
                    ratio,
                    f"{case['wall_seconds']['median']:.1f}",
                    f"{case['cpu_seconds']['median']:.1f}",
                    f"{case['peak_mib']['median']:,}",
                ]
            )
    head = ["events", "what", "events/s", "ratio", "wall s", "CPU s", "peak MiB"]
    return _table(head, rows) + "".join(map(_replay_note, _results("replay")))


_CASES = {
    "two_cores": "replay, two shards on two cores",
    "one_core": "replay, one shard on one core",
    "duckdb_only": "DuckDB-only SQL on two cores",
}


def _replay_note(result: Result) -> str:
    differ = ", ".join(
        f"{table} {one['only_replayed']} + {one['only_by_sql']} of {one['rows']:,}"
        for table, one in result["rows_that_differ"].items()
    )
    return (
        f"\n{result['bank']['events']:,} events ({result['bank']['staff']:,} staff), "
        f"{result['runs']} runs each: {_machine(result)}. "
        f"Rows that only one of the two has: {differ}.\n"
    )


def _curves() -> str:
    rows = []
    machines = []
    for result in _results("curves"):
        machines.append(f"\n{result['runs']} runs each: {_machine(result)}.\n")
        for case in result["cases"].values():
            once, ten = case["at_once"], case["in_ten_runs"]
            required = next(one for one in once["points"] if one["n"] == case["required"])
            rows.append(
                [
                    case["title"],
                    f"{case['required']:,}",
                    f"{required['microseconds_each']:.0f}",
                    f"{once['slope']:.2f}",
                    f"{ten['slope']:.2f}",
                    "yes" if once["linear"] and ten["linear"] else "**no**",
                ]
            )
    head = ["n", "required", "µs each", "slope, one run", "slope, ten runs", "linear"]
    return _table(head, rows) + "".join(machines)


def _state() -> str:
    return "".join(map(_weight, _results("state")))


def _weight(result: Result) -> str:
    rows = [
        [
            one["stage"],
            one["kind"],
            f"{one['rows']:,}",
            f"{one['bytes_a_row']:.1f}",
            f"{one['greatest_row']:,}",
            "" if one["kind"] == "ids" else f"{one['bytes_a_customer']:.1f}",
        ]
        for one in result["kinds"]
    ]
    head = ["stage", "kind of row", "rows", "bytes a row", "greatest", "bytes a customer"]
    apart = result["apart"]
    return (
        f"{result['customers_with_adds']:,} customers with {result['adds']:,} adds, "
        f"{result['remembered_events']:,} events: **{result['bytes_a_customer']:.0f} bytes a "
        f"customer, {result['bytes_a_remembered_event']:.2f} a remembered event** "
        "(the rows of kind ids).\n\n"
        + _table(head, rows)
        + f"\nApart from that, a customer: {apart['key_bytes_a_customer']:.0f} bytes of row keys, "
        f"{apart['database_bytes_a_customer']:,.0f} of the DuckDB file, which also holds the "
        f"tables of the contract and the CRM; {apart['peak_bytes_a_customer']:,} of memory at the "
        f"peak, Python's objects and DuckDB's buffers together ({apart['peak_mib']:,} MiB in "
        "all).\n"
    )


TABLES: dict[str, Callable[[], str]] = {"replay": _replay, "curves": _curves, "state": _state}


def _results(kind: str) -> list[Result]:
    """The results of a kind, the smaller banks first."""
    found = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))
    ]
    some = [result for result in found if result.get("kind") == kind]
    return sorted(some, key=lambda result: int(result.get("bank", {}).get("events", 0)))


def _machine(result: Result) -> str:
    machine = result["machine"]
    return (
        f"{machine['cores']} cores of {machine['cpu']}, Python {machine['python']}, DuckDB "
        f"{machine['duckdb']}, load average {machine['load_average'][0]} at the start"
    )


def _spread(found: dict[str, float], form: str) -> str:
    median, least, most = (form.format(found[name]) for name in ("median", "min", "max"))
    return f"**{median}** ({least}–{most})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
