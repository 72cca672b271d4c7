"""Measures `truefriend report` on a large database: wall time (median of five) and memory.

    python -m bench.report.run --db FILE [--date 2026-11-20] [--branch B00001]

Each run is a process of its own, as a user's is. Writes bench/results/report.json.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

RESULTS = Path(__file__).parent.parent / "results" / "report.json"
RUNS = 5


def main() -> None:
    """Reads the command line, measures, writes and prints the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--date", default="2026-11-20")
    parser.add_argument("--branch", default="B00001")
    options = parser.parse_args()
    bank = ["--db", str(options.db), "--date", options.date]
    cases = {
        "bank_html": ["--format", "html"],
        "bank_text": ["--format", "text"],
        "bank_json": ["--format", "json"],
        "bank_xlsx": ["--format", "xlsx"],
        "branch_html": ["--format", "html", "--branch", options.branch],
    }
    results = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "database": _size(options.db),
        "runs": RUNS,
        "cases": {name: _measure([*bank, *arguments]) for name, arguments in cases.items()},
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=2) + "\n"
    RESULTS.write_text(text, encoding="utf-8")
    print(text, end="")


def _size(db: Path) -> dict[str, int]:
    with duckdb.connect(str(db), read_only=True) as connection:
        counts = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
            for table in ("adds", "staff", "branches", "customers", "internal.rolling")
        }
    return {**counts, "bytes": db.stat().st_size}


def _measure(arguments: list[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        command = [*_COMMAND, *arguments, "--out", f"{folder}/report"]
        times, peaks = zip(*(_once(command) for _ in range(RUNS)), strict=True)
    return {"median_seconds": round(statistics.median(times), 2), "peak_mib": max(peaks)}


def _once(command: list[str]) -> tuple[float, int]:
    """Wall seconds, and the greatest resident size of this one child in MiB."""
    start = time.perf_counter()
    child = subprocess.Popen(command)
    # wait4, not getrusage(RUSAGE_CHILDREN): that remembers the greatest of all children so far.
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}.")
    return seconds, usage.ru_maxrss // 1024


_COMMAND = [sys.executable, "-c", "from pipeline.cli.main import main; main()", "report"]


if __name__ == "__main__":
    main()
