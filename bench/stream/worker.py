"""A measured worker: the project's own, its stages chosen, that says how far it is.

    python -m bench.stream.worker all|ledger|reduced [--profile FILE]

Once all is imported it says so and waits for a line on standard input, so that several begin at
once. Then it prints a line of JSON four times a second, times monotonic. SIGTERM ends it.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

from bench.stream.profiling import profiled
from bench.stream.stages import CLOCK, KINDS, running
from pipeline.logs import start_logging
from pipeline.settings import load_settings
from pipeline.stream.metrics import WorkerMetrics
from pipeline.stream.stages.records import Batch
from pipeline.stream.worker import Worker

_SAY_S = 0.25
_RESTORED: dict[int, tuple[int, float]] = {}
"""Partition to state rows read back and the seconds that it took."""


class _Observer(WorkerMetrics):
    def restored(self, partition: int, records: int, seconds: float) -> None:
        super().restored(partition, records, seconds)
        _RESTORED[partition] = (records, seconds)
        CLOCK.restored = time.monotonic()

    def committed(
        self, partition: int, batch: Batch, latest: int | None, records: int, seconds: float
    ) -> None:
        super().committed(partition, batch, latest, records, seconds)
        if records:
            CLOCK.last = time.monotonic()


def main() -> None:
    """Reads the command line and runs until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stages", choices=KINDS)
    parser.add_argument("--profile", type=Path)
    options = parser.parse_args()
    start_logging("worker", logging.WARNING)
    print("{}", flush=True)
    sys.stdin.readline()
    started = time.monotonic()
    threading.Thread(target=_say, args=(started,), daemon=True).start()
    profiling = profiled(options.profile) if options.profile else nullcontext()
    with running(options.stages), patch("pipeline.stream.worker.WorkerMetrics", _Observer):
        worker = Worker(load_settings())
        with profiling:
            worker.run()


def _say(started: float) -> None:
    while True:
        used = resource.getrusage(resource.RUSAGE_SELF)
        found = {
            "started": started,
            "first": CLOCK.first,
            "last": CLOCK.last,
            "taken": CLOCK.taken,
            "restored": dict(_RESTORED),
            "restored_at": CLOCK.restored,
            "cpu_seconds": used.ru_utime + used.ru_stime,
            "peak_mib": used.ru_maxrss >> 10,
        }
        print(json.dumps(found), flush=True)
        time.sleep(_SAY_S)


if __name__ == "__main__":
    main()
