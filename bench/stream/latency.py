"""From an event to its committed row in DuckDB, at a steady rate, on top of millions of adds."""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.replay.bank import BUILD
from bench.replay.measure import spread
from bench.stream.fill import filled
from bench.stream.place import KEPT, PARTITIONS, Place, open_place
from bench.stream.process import Process, await_rest, workers
from pipeline.status import read_status

__all__ = ["measure_latency"]

_WARM_UP_S = 5.0
_REST_S = 600.0


def measure_latency(servers: str, options: argparse.Namespace) -> dict[str, Any]:
    """Quantiles of each run; the first seconds of a run are left out."""
    place = open_place(servers, options.events, "latency", with_events=False)
    database = filled(options.rows, place.clients.settings.timezone)
    runs = [_run(place, database, options) for _ in range(options.runs)]
    names = ("p50", "p99", "greatest", "rate", "rest_seconds", "sink_share", "sink_peak_mib")
    return {
        "bank": place.bank.as_json(),
        "rate": options.rate,
        "seconds": options.seconds,
        "rows_before": options.rows,
        "workers": options.workers,
        "partitions": PARTITIONS,
        "runs": options.runs,
        "events_measured": [one["events"] for one in runs],
        **{f"each_{name}": spread([one[name] for one in runs], 3) for name in names},
    }


def _run(place: Place, database: Path, options: argparse.Namespace) -> dict[str, float]:
    place.reset([one for one in KEPT if one != "interactions"])
    db = BUILD / "latency.duckdb"
    Path(f"{db}.wal").unlink(missing_ok=True)
    shutil.copyfile(database, db)
    with tempfile.TemporaryDirectory() as folder:
        noted = Path(folder) / "events.jsonl"
        sink = Process(place, "bench.stream.sink", ["--db", str(db), "--out", str(noted)])
        rate = ["--rate", str(options.rate), "--seconds", str(options.seconds)]
        load = Process(place, "bench.stream.load", [str(place.lines), *rate])
        try:
            sink.begin()
            with workers(place, "all", options.workers) as processes:
                await_rest(place, "all", processes)  # the CRM is read
                _await_stored(place)
                before = sink.latest()
                load.begin()
                said = load.ended()
                _await_stored(place)
                rested = time.time() - said["ended"]
                after = sink.latest()
        finally:
            load.stop()
            sink.stop()
        found = [json.loads(line) for line in noted.read_text(encoding="utf-8").splitlines()]
    return {
        **_quantiles(found),
        "rate": said["rate"],
        "rest_seconds": rested,
        "sink_share": (after["apply_seconds"] - before["apply_seconds"]) / options.seconds,
        "sink_peak_mib": after["peak_mib"],
    }


def _await_stored(place: Place) -> None:
    if not read_status(place.clients, PARTITIONS, _REST_S).at_rest:
        raise SystemExit(f"Not all was stored within {_REST_S:.0f} s.")


def _quantiles(found: list[tuple[int, float]]) -> dict[str, float]:
    begin = min(due for due, _ in found) + _WARM_UP_S * 1e6
    seconds = sorted(took for due, took in found if due >= begin)
    cuts = statistics.quantiles(seconds, n=100)
    quantiles = {"p50": cuts[49], "p99": cuts[98], "greatest": seconds[-1]}
    shown = ", ".join(f"{name} {value:.2f} s" for name, value in quantiles.items())
    print(f"{len(seconds):,} events: {shown}", file=sys.stderr, flush=True)
    return {"events": len(seconds), **quantiles}
