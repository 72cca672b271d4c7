"""No squares: what an event costs as ever more of them fall on one key.

    python -m bench.curves.run [--runs 5] [--only staff_day …]

Each case is replayed in this process at doubling sizes, once as a whole and once in ten runs into
one database, in rounds over all sizes. What a run costs with a single event is taken off. The slope
of log(seconds) by log(n) over the four greatest sizes says how it grows: 1 is linear, 2 a square.
Writes bench/results/curves.json and curves.svg.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from bench.curves.cases import CASES, Case, before_seal, write_reference
from bench.curves.plot import plot
from bench.replay.bank import BUILD, ROOT
from bench.replay.measure import machine
from pipeline.replay.options import ReplayOptions
from pipeline.replay.run import replay
from sinks.duckdb.database import writing
from sinks.duckdb.seal import seal

RESULTS = ROOT / "bench" / "results"
FOLDER = BUILD / "curves"
PARTS = 10
FITTED = 4
"""How many sizes, the greatest, the slope is taken over."""

ZONE = "Asia/Shanghai"
LINEAR = 1.2
"""A slope above it is called more than linear; noise stays below."""


def main() -> None:
    """Reads the command line, measures, writes the results and prints the slopes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=[case.name for case in CASES])
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    started = machine()
    cases = [case for case in CASES if not options.only or case.name in options.only]
    found = {case.name: _curves(case, options.runs) for case in cases}
    results = {"kind": "curves", "machine": started, "runs": options.runs, "cases": found}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "curves.json").write_text(
        json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    plot(results, options.out / "curves.svg")


def _curves(case: Case, runs: int) -> dict[str, Any]:
    """Both curves of a case."""
    curves = {
        "at_once": _curve(case, runs, parts=1),
        "in_ten_runs": _curve(case, runs, parts=PARTS),
    }
    for name, curve in curves.items():
        slope, verdict = curve["slope"], "linear" if curve["linear"] else "MORE THAN LINEAR"
        print(f"{case.name} {name}: slope {slope}, {verdict}", file=sys.stderr)
    return {"title": case.title, "required": case.required, **curves}


def _curve(case: Case, runs: int, parts: int) -> dict[str, Any]:
    sizes = case.sizes() if parts == 1 else case.sizes()[-FITTED:]
    inputs = {size: _write_parts(case, size, parts) for size in (1, *sizes)}
    taken: dict[int, list[tuple[float, float]]] = {size: [] for size in inputs}
    for _ in range(runs):
        for size, files in inputs.items():
            taken[size].append(_replayed(case, files))
    cpu = {size: statistics.median(one[0] for one in some) for size, some in taken.items()}
    beyond = {size: max(cpu[size] - cpu[1], 1e-6) for size in sizes}
    # a size whose own cost is lost in what a run costs anyway says nothing
    slope = _slope([size for size in sizes[-FITTED:] if beyond[size] > cpu[1] / 10], beyond)
    return {
        "slope": round(slope, 2),
        "linear": slope <= LINEAR,
        "fixed_cpu_seconds": round(cpu[1], 3),
        "points": [
            {
                "n": size,
                "microseconds_each": round(beyond[size] / size * 1e6, 1),
                "cpu_seconds": [round(one[0], 3) for one in taken[size]],
                "wall_seconds": [round(one[1], 3) for one in taken[size]],
            }
            for size in sizes
        ],
    }


def _write_parts(case: Case, size: int, parts: int) -> list[Path]:
    """The events in files of equal size, one a run; a size of 1 is one event in each."""
    folder = FOLDER / f"{case.name}-{size}-{parts}"
    shutil.rmtree(folder, ignore_errors=True)
    n = size if size > 1 else parts
    write_reference(folder / "reference", n if case.crm else 0)
    write_reference(folder / "later", 0)  # what a database has of the CRM it keeps
    lines = case.lines(n)
    each = -(-sum(1 for _ in case.lines(n)) // parts)
    files = []
    for number in range(parts):
        path = folder / f"{number}.jsonl"
        path.write_bytes(b"".join(islice(lines, each)))
        files.append(path)
    return files


def _replayed(case: Case, files: Sequence[Path]) -> tuple[float, float]:
    """CPU and wall seconds of all runs into one new database."""
    folder = files[0].parent
    db = folder / "bench.duckdb"
    db.unlink(missing_ok=True)
    if case.sealed:
        _seal_before(folder, db)
    gc.collect()
    gc.disable()  # as the command does
    try:
        cpu, wall = time.process_time(), time.perf_counter()
        for number, path in enumerate(files):
            replay(ReplayOptions([path], folder / ("later" if number else "reference"), db))
        return time.process_time() - cpu, time.perf_counter() - wall
    finally:
        gc.enable()


def _seal_before(folder: Path, db: Path) -> None:
    path = folder / "before.jsonl"
    path.write_bytes(b"".join(before_seal()))
    replay(ReplayOptions([path], folder / "reference", db))
    with writing(db, ZONE) as connection:
        seal(connection, "2026-10")


def _slope(sizes: Sequence[int], seconds: dict[int, float]) -> float:
    """Least squares of log(seconds) by log(n)."""
    return statistics.linear_regression(
        [math.log(size) for size in sizes], [math.log(seconds[size]) for size in sizes]
    ).slope


if __name__ == "__main__":
    duckdb.default_connection()  # its start is no run's
    main()
