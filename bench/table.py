"""Writes the tables of docs/performance.md and docs/detection.md anew from bench/results/*.json.

    python -m bench.table [--check]

What stands between `<!-- NAME -->` and `<!-- end -->` is made here, the rest is written by hand.
With --check nothing is written, and it ends with 1 where a page would change.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.detection.real import table as real
from bench.detection.simulated import table as simulated

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
PAGES = [ROOT / "docs" / name for name in ("performance.md", "detection.md")]
_BLOCK = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

Result = dict[str, Any]


def main() -> None:
    """Reads the command line and the results, writes the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    old = {page: page.read_text(encoding="utf-8") for page in PAGES}
    new = {page: _BLOCK.sub(_block, text) for page, text in old.items()}
    if options.check:
        sys.exit(new != old)
    for page, text in new.items():
        page.write_text(text, encoding="utf-8")


def _block(found: re.Match[str]) -> str:
    return found[1] + TABLES[found[2]]() + found[3]


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
    "two_cores_rules": "the same without detectors, two shards on two cores",
    "one_core_rules": "the same without detectors, one shard on one core",
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
            f"{one['bytes_a_customer']:.1f}",
        ]
        for one in result["kinds"]
    ]
    head = ["stage", "kind of row", "rows", "bytes a row", "greatest", "bytes a customer"]
    apart = result["apart"]
    return (
        f"{result['customers_with_adds']:,} customers with {result['adds']:,} adds, "
        f"{result['remembered_events']:,} events: **{result['bytes_a_customer']:.0f} bytes a "
        f"customer, {result['bytes_a_remembered_event']:.2f} a remembered event** "
        "(part of the accounts' rows, and the rows of kind ids).\n\n"
        + _table(head, rows)
        + f"\nApart from that, a customer: {apart['key_bytes_a_customer']:.0f} bytes of row keys, "
        f"{apart['database_bytes_a_customer']:,.0f} of the DuckDB file, which also holds the "
        f"tables of the contract and the CRM; {apart['peak_bytes_a_customer']:,} of memory at the "
        f"peak, Python's objects and DuckDB's buffers together ({apart['peak_mib']:,} MiB in "
        "all).\n"
    )


def _rates() -> str:
    return "".join(map(_rate_table, _results("stream-rates"))) or _NOT_YET


def _rate_table(result: Result) -> str:
    rows = [
        [
            case["title"],
            f"{case['events']:,}",
            _spread(case["events_per_second"], "{:,.0f}"),
            _spread(case["ours_to_this"], "{:.2f}") if name in _SAME_FOLD else "",
            f"{case['cpu_seconds']['median']:.1f}",
            f"{case['peak_mib']['median']:,}",
        ]
        for name, case in result["cases"].items()
    ]
    head = ["what", "events", "events/s", "truefriend to it", "CPU s", "peak MiB"]
    return _table(head, rows) + (
        f"\n{result['bank']['produced']:,} events, {result['partitions']} partitions, "
        f"{result['runs']} runs each: {_machine(result)}.\n"
    )


_NOT_YET = "Not measured yet.\n"
_SAME_FOLD = ("faust", "quix", "quix_exactly_once", "kafka_streams", "kafka_streams_exactly_once")


def _latency() -> str:
    return "".join(map(_latency_table, _results("stream-latency"))) or _NOT_YET


def _latency_table(result: Result) -> str:
    rows = [
        [title, _spread(result[f"each_{name}"], form)]
        for name, title, form in (
            ("p50", "half of the events within, s", "{:.2f}"),
            ("p99", "99 of 100 within, s", "{:.2f}"),
            ("greatest", "all within, s", "{:.2f}"),
            ("rate", "rate kept, events/s", "{:,.0f}"),
            ("sink_share", "the sink at work, share of the time", "{:.2f}"),
            ("sink_peak_mib", "memory of the sink, MiB", "{:,.0f}"),
        )
    ]
    return _table(["", ""], rows) + (
        f"\n{result['rate']:,} events/s for {result['seconds']} s on top of "
        f"{result['rows_before']:,} adds, {result['workers']} worker(s), {result['runs']} runs: "
        f"{_machine(result)}.\n"
    )


def _restore() -> str:
    return "".join(map(_restore_table, _results("stream-restore"))) or _NOT_YET


def _restore_table(result: Result) -> str:
    rows = [
        ["all partitions restored after, s", _spread(result["seconds"], "{:.1f}")],
        ["the same from the worker's start, s", _spread(result["process_seconds"], "{:.1f}")],
        ["memory of the worker, MiB", _spread(result["peak_mib"], "{:,.0f}")],
    ]
    kinds = ", ".join(f"{name} {number:,}" for name, number in result["kinds"].items())
    return _table(["", ""], rows) + (
        f"\n{result['customers']:,} customers with an add: {result['rows']:,} rows ({kinds}), "
        f"{result['bytes'] / 1e6:,.0f} MB; {result['runs']} runs: {_machine(result)}.\n"
    )


def _cost() -> str:
    return "".join(map(_cost_table, _results("detection-cost"))) or _NOT_YET


def _cost_table(result: Result) -> str:
    rows, notes = [], {}
    titles = {"replay": "replay, two shards", "stream": "the whole chain, 1 worker"}
    for percent, of_bank in result["percent"].items():
        for name, title in titles.items():
            if name in of_bank:
                one = of_bank[name]
                rows.append(
                    [
                        f"{percent} %",
                        f"{of_bank['bank']['events']:,}",
                        title,
                        _spread(one["with"], "{:,.0f}"),
                        _spread(one["without"], "{:,.0f}"),
                        _spread(one["ratio"], "{:.2f}"),
                    ]
                )
                notes[f"{title}: {one['runs']} runs, {_machine(one)}"] = None
    head = ["fakes", "events", "what", "events/s with", "events/s without", "ratio"]
    return _table(head, rows) + "\n" + "; ".join(notes) + ".\n"


def _real() -> str:
    tables = [
        *map(real.table, _results("detection-real")),
        *map(real.darpa, _results("midas-darpa")),
    ]
    return "".join(tables) or _NOT_YET


def _simulated() -> str:
    return "".join(map(simulated.table, _results("detection-simulated"))) or _NOT_YET


TABLES: dict[str, Callable[[], str]] = {
    "replay": _replay,
    "curves": _curves,
    "state": _state,
    "rates": _rates,
    "latency": _latency,
    "restore": _restore,
    "cost": _cost,
    "real": _real,
    "simulated": _simulated,
}


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
