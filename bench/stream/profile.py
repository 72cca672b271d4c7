"""Where a worker's time goes: the ledger alone and the whole chain under cProfile."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from bench.replay.measure import machine
from bench.stream.place import Place
from bench.stream.process import await_rest, workers

__all__ = ["write_profile"]


def write_profile(place: Place, path: Path) -> None:
    """Writes the tables of each thread; a profile makes calls of small functions look dearer."""
    facts = {**machine(), **place.bank.as_json(), "produced": place.events}
    parts = [json.dumps(facts, ensure_ascii=False)]
    for kind in ("reduced", "ledger", "all"):
        print(f"Profiling: {kind} …", file=sys.stderr, flush=True)
        place.reset()
        with tempfile.TemporaryDirectory() as folder:
            tables = Path(folder) / "profile.txt"
            with workers(place, kind, arguments=["--profile", str(tables)]) as processes:
                await_rest(place, kind, processes)
            parts.append(f"=== {kind} ===\n{tables.read_text(encoding='utf-8')}")
    path.write_text("\n".join(parts), encoding="utf-8")
