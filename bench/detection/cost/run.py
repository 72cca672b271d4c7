"""Measures what detectors cost: the same months with and without them, at few and many fakes.

    python -m bench.detection.cost.run [--runs 5] [--percent 1,20]

Replays on two cores, and the whole chain of the stream with one worker, in turn, each a process
of its own. The ratio is that of the rates with detectors to those without, run by run. Writes
bench/results/detection-cost.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from bench.detection.cost.mixed import mixed_bank
from bench.replay.bank import BUILD, ROOT, Bank
from bench.replay.measure import TRUEFRIEND, UNDETECTED, machine, measure, spread
from bench.stream.place import broker, open_bank
from bench.stream.rates import measure_own

RESULT = ROOT / "bench" / "results" / "detection-cost.json"
SOURCES = {1: 1_000_000, 20: 2_000_000}
"""Percent of fakes to the events of the bank that they are drawn from."""


def main() -> None:
    """Reads the command line, measures, writes and prints the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--percent", default="1,20")
    parser.add_argument("--only", default="replay,stream")
    options = parser.parse_args()
    started = machine()
    found: dict[str, Any] = {}
    if RESULT.exists():  # what is not measured now stays
        found = json.loads(RESULT.read_text(encoding="utf-8"))["percent"]
    for percent in map(int, options.percent.split(",")):
        bank = mixed_bank(percent, SOURCES[percent])
        of_bank = found.setdefault(str(percent), {})
        of_bank["bank"] = bank.as_json()
        for name, rates in (("replay", _replays), ("stream", _streams)):
            if name in options.only:
                measured = _compare(rates(bank, options.runs))
                of_bank[name] = {"machine": started, "runs": options.runs, **measured}
    results = {"kind": "detection-cost", "percent": found}
    text = json.dumps(results, indent=2, ensure_ascii=False) + "\n"
    RESULT.write_text(text, encoding="utf-8")
    print(text, end="")


def _replays(bank: Bank, runs: int) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {"with": [], "without": []}
    db = BUILD / "cost.duckdb"
    arguments = ["replay", *bank.arguments(), "--db", str(db), "--shards", "2"]
    for number in range(runs):
        for name, program in (("with", TRUEFRIEND), ("without", UNDETECTED)):
            db.unlink(missing_ok=True)
            usage = measure([*program, *arguments], 2)
            rates[name].append(bank.events / usage.wall_seconds)
            _say(number, runs, f"replay {name}", rates[name][-1])
    return rates


def _streams(bank: Bank, runs: int) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {"with": [], "without": []}
    with broker() as servers:
        place = open_bank(servers, bank)
        for number in range(runs):
            for name, kind in (("with", "all"), ("without", "rules")):
                one = measure_own(place, kind, 1)
                rates[name].append(one.events / one.seconds)
                _say(number, runs, f"stream {name}", rates[name][-1])
    return rates


def _compare(rates: dict[str, list[float]]) -> dict[str, Any]:
    ratios = [on / off for on, off in zip(rates["with"], rates["without"], strict=True)]
    return {
        "with": spread(rates["with"], 0),
        "without": spread(rates["without"], 0),
        "ratio": spread(ratios, 3),
    }


def _say(number: int, runs: int, what: str, rate: float) -> None:
    print(f"{number + 1}/{runs} {what}: {rate:,.0f} events/s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
