"""Where a replay's time goes: one shard in this process under cProfile, stage by stage.

    python -m bench.replay.profile [--events 200000]

Writes bench/results/profile.txt. A profile makes calls of small functions look dearer than they
are: it shows where to look, bench.replay.run what it is worth.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import json
import pstats
import sysconfig
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.replay.bank import BUILD, ROOT, Bank, make_bank
from bench.replay.measure import machine
from pipeline.replay.cluster import LocalCluster
from pipeline.replay.options import ReplayOptions
from pipeline.replay.run import replay
from pipeline.replay.shard import quiet_memory

RESULT = ROOT / "bench" / "results" / "profile.txt"
TOP = 25
STAGES = {
    "decode and fold": ("decode",),
    "flush": ("flush",),
    "identity: updates and answers": ("send_updates", "receive_updates", "answer"),
    "judge": ("receive_answers", "judge"),
    "decide": ("receive_candidates", "decide"),
}
"""The calls of a shard in the order of a run."""

REST = "the rest: files, reference, DuckDB"


def main() -> None:
    """Reads the command line, replays under the profile, writes and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    bank = make_bank(options.events)
    text = _profiled(bank)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    print(text, end="")


def _profiled(bank: Bank) -> str:
    db = BUILD / "profile.duckdb"
    db.unlink(missing_ok=True)
    stages = {name: cProfile.Profile() for name in (*STAGES, REST)}
    switch = _Switch(stages)
    options = ReplayOptions(
        inputs=[bank.inputs],
        reference=bank.reference,
        db=db,
        policies=[bank.policy],
        ip_table=bank.ip_table,
    )
    quiet_memory()  # as the command does
    with (
        patch.object(LocalCluster, "call", switch.wrap(LocalCluster.call)),
        patch.object(LocalCluster, "post", switch.wrap(LocalCluster.post)),
    ):
        switch.enter(REST)
        replay(options)
        switch.leave()
    return _as_text(bank, stages)


class _Switch:
    """Only one profile runs at a time: that of the stage at work."""

    def __init__(self, stages: dict[str, cProfile.Profile]) -> None:
        self._stages = stages
        self._now: list[str] = []

    def enter(self, stage: str) -> None:
        if self._now:
            self._stages[self._now[-1]].disable()
        self._now.append(stage)
        self._stages[stage].enable()

    def leave(self) -> None:
        self._stages[self._now.pop()].disable()
        if self._now:
            self._stages[self._now[-1]].enable()

    def wrap(self, original: Any) -> Any:
        def wrapped(cluster: LocalCluster, method: str, *args: Any) -> Any:
            stage = next((name for name, calls in STAGES.items() if method in calls), None)
            if stage is None:
                return original(cluster, method, *args)
            self.enter(stage)
            try:
                return original(cluster, method, *args)
            finally:
                self.leave()

        return wrapped


def _as_text(bank: Bank, stages: dict[str, cProfile.Profile]) -> str:
    facts = {**machine(), **bank.as_json()}
    parts = [f"{json.dumps(facts, ensure_ascii=False)}\n"]
    for name, profile in stages.items():
        out = io.StringIO()
        stats = pstats.Stats(profile, stream=out)
        stats.sort_stats("tottime").print_stats(TOP)
        table = (
            out.getvalue()
            .strip()
            .replace(f"{ROOT}/", "")
            .replace(f"{_PACKAGES}/", "")
            .replace(f"{_LIBRARY}/", "")
        )
        parts.append(f"== {name}: {_total(stats):.2f} s\n{table}\n")
    return "\n".join(parts)


_LIBRARY = sysconfig.get_paths()["stdlib"]
_PACKAGES = sysconfig.get_paths()["purelib"]


def _total(stats: Any) -> float:
    return float(stats.total_tt)


if __name__ == "__main__":
    main()
