"""A measured sink: the project's own, that notes when each row was committed.

    python -m bench.stream.sink --db FILE --out FILE

Starts as bench.stream.worker does. An event is there once the first row that it brought about is
committed: the row's cause names the event and its time. At SIGTERM it writes a line of JSON for
each event, [time, seconds until then], to --out.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import msgspec

from bench.stream.place import PARTITIONS
from pipeline.clients import Clients
from pipeline.logs import start_logging
from pipeline.settings import load_settings
from sinks.duckdb.stream.apply import Positions, StreamDatabase
from sinks.duckdb.stream.records import Record
from sinks.duckdb.stream.run import Sink, SinkOptions

_SAY_S = 0.25


class _Event(msgspec.Struct):
    id: str
    time: int


class _Cause(msgspec.Struct):
    event: _Event | None = None


class _Row(msgspec.Struct):
    cause: _Cause


class _Noting:
    """What was committed when, looked at only at the end."""

    def __init__(self) -> None:
        self.commits: list[tuple[float, list[bytes]]] = []
        self.apply_seconds = 0.0
        self.rows = 0

    def apply(self, database: StreamDatabase, records: Sequence[Record], to: Positions) -> None:
        started = time.monotonic()
        _apply(database, records, to)
        now = time.time()
        self.apply_seconds += time.monotonic() - started
        adds = [one.value for one in records if one.topic == "adds" and one.value is not None]
        self.rows += len(adds)
        if adds:
            self.commits.append((now, adds))

    def write(self, path: Path) -> None:
        seen: set[str] = set()
        with path.open("w", encoding="utf-8") as file:
            for now, values in self.commits:
                for value in values:
                    event = _decode(value).cause.event
                    if event is not None and event.id not in seen:
                        seen.add(event.id)
                        file.write(f"[{event.time}, {now - event.time / 1e6:.6f}]\n")


def main() -> None:
    """Reads the command line and runs until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    start_logging("sink", logging.WARNING)
    print("{}", flush=True)
    sys.stdin.readline()
    noting = _Noting()
    settings = load_settings(db=options.db)
    sink = Sink(Clients(settings), PARTITIONS, SinkOptions(options.db, settings.timezone))
    signal.signal(signal.SIGTERM, lambda *_: sink.stopping.set())
    threading.Thread(target=_say, args=(noting,), daemon=True).start()
    with patch.object(StreamDatabase, "apply", lambda *given: noting.apply(*given)):
        sink.run()
    noting.write(options.out)


def _say(noting: _Noting) -> None:
    while True:
        used = resource.getrusage(resource.RUSAGE_SELF)
        found = {
            "transactions": len(noting.commits),
            "rows": noting.rows,
            "apply_seconds": noting.apply_seconds,
            "cpu_seconds": used.ru_utime + used.ru_stime,
            "peak_mib": used.ru_maxrss >> 10,
        }
        print(json.dumps(found), flush=True)
        time.sleep(_SAY_S)


_apply = StreamDatabase.apply
_decode = msgspec.json.Decoder(_Row).decode


if __name__ == "__main__":
    main()
