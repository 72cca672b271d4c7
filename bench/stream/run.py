"""Measures the streaming path on a real broker, beside other engines.

    python -m bench.stream.run [--runs 5] [--events 1000000] [--only rates,latency,restore,profile]

What to run: rates (of all cases; or some of them by name: --only ours,quix), latency, restore,
profile. The broker has its data in build/bench/kafka and keeps the events for the next time.
Writes bench/results/stream-rates.json, stream-latency.json, stream-restore.json and
stream-profile.txt there or to the folder --out; some of the cases alone are only printed, unless
--out is given.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.replay.bank import ROOT
from bench.replay.measure import machine
from bench.stream.latency import measure_latency
from bench.stream.place import PARTITIONS, broker, open_place
from bench.stream.profile import write_profile
from bench.stream.rates import CASES, measure_rates
from bench.stream.restore import measure_restore

RESULTS = ROOT / "bench" / "results"
PARTS = ("rates", "latency", "restore", "profile")


def main() -> None:
    """Reads the command line, measures, writes and prints the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--customers", type=int, default=1_000_000, help="of restore")
    parser.add_argument("--rate", type=int, default=20_000, help="events/s of latency")
    parser.add_argument("--seconds", type=int, default=60, help="how long latency takes")
    parser.add_argument("--rows", type=int, default=5_000_000, help="adds before latency begins")
    parser.add_argument("--workers", type=int, default=1, help="of latency")
    parser.add_argument("--out", type=Path, help="a folder; default: bench/results")
    parser.add_argument("--keep-broker", action="store_true")
    options = parser.parse_args()
    unknown = set(options.only) - {*PARTS, *CASES}
    if unknown:
        parser.error(f"--only knows {', '.join((*PARTS, *CASES))}, not {', '.join(unknown)}")
    with broker(options.keep_broker) as servers:
        _measure(options, servers)


def _measure(options: argparse.Namespace, servers: str) -> None:
    wanted = set(options.only)
    cases = CASES if "rates" in wanted else [name for name in CASES if name in wanted]
    if cases:
        whole = len(cases) == len(CASES)
        _keep(options, "rates", lambda: _rates(options, servers, cases), write=whole)
    if "latency" in wanted:
        _keep(options, "latency", lambda: measure_latency(servers, options))
    if "restore" in wanted:
        _keep(options, "restore", lambda: measure_restore(servers, options))
    if "profile" in wanted:
        out = options.out or RESULTS
        out.mkdir(parents=True, exist_ok=True)
        write_profile(open_place(servers, options.events), out / "stream-profile.txt")


def _rates(options: argparse.Namespace, servers: str, cases: list[str]) -> dict[str, Any]:
    place = open_place(servers, options.events)
    found = measure_rates(place, options.runs, cases)
    bank = {**place.bank.as_json(), "produced": place.events, "produced_adds": place.adds}
    return {"bank": bank, "partitions": PARTITIONS, "runs": options.runs, "cases": found}


def _keep(
    options: argparse.Namespace,
    name: str,
    measure: Callable[[], dict[str, Any]],
    write: bool = True,
) -> None:
    """Measures, and writes what was found together with the machine as it was before."""
    results = {"kind": f"stream-{name}", "machine": machine(), **measure()}
    text = json.dumps(results, indent=2, ensure_ascii=False) + "\n"
    if write or options.out:
        out = options.out or RESULTS
        out.mkdir(parents=True, exist_ok=True)
        (out / f"stream-{name}.json").write_text(text, encoding="utf-8")
    print(text, end="", flush=True)


if __name__ == "__main__":
    main()
