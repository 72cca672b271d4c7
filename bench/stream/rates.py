"""Events a second, side by side: the reduced fold by peers and by us, then our own stages.

In turn, A B C A B C …, each a process of its own on the same topic. A rate counts from the first
event taken until all is committed and acknowledged; peers that only commit when they are closed
are timed with their close. For us all are transactions, exactly once.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bench.replay.measure import measure, spread
from bench.stream.engines import Engine, engines
from bench.stream.place import Place
from bench.stream.process import await_rest, workers

__all__ = ["CASES", "measure_own", "measure_rates"]

_OURS = {
    "ours": ("reduced", 1, "truefriend, the peers' fold, transactions"),
    "ledger": ("ledger", 1, "truefriend, the ledger stage alone, 1 worker"),
    "chain_1": ("all", 1, "truefriend, the whole chain, 1 worker"),
    "chain_2": ("all", 2, "truefriend, the whole chain, 2 workers"),
}
"""Case to stages, workers and title."""

CASES = (
    "faust",
    "quix",
    "quix_exactly_once",
    "kafka_streams",
    "kafka_streams_exactly_once",
    *_OURS,
)


@dataclass(frozen=True)
class Run:
    """What one run took; ``outputs`` is None where they are not counted."""

    events: int
    seconds: float
    cpu_seconds: float
    peak_mib: int
    outputs: int | None = None
    expected: int | None = None


def measure_rates(place: Place, runs: int, wanted: Iterable[str]) -> dict[str, Any]:
    """The figures of the cases wanted, their names those of CASES."""
    cases = {name: found for name, found in _cases().items() if name in set(wanted)}
    done: dict[str, list[Run]] = {name: [] for name in cases}
    for number in range(runs):
        for name, (_, run) in cases.items():
            one = run(place)
            done[name].append(one)
            rate = one.events / one.seconds
            print(f"{number + 1}/{runs} {name}: {rate:,.0f} events/s", file=sys.stderr, flush=True)
            if one.outputs != one.expected:
                print(f"{name}: {one.outputs} outputs, not {one.expected}", file=sys.stderr)
    ours = done.get("ours")
    return {
        name: _figures(title, done[name], None if name == "ours" else ours)
        for name, (title, _) in cases.items()
    }


def _cases() -> dict[str, tuple[str, Callable[[Place], Run]]]:
    found: dict[str, tuple[str, Callable[[Place], Run]]] = {}
    for engine in engines():
        found[engine.name] = engine.title, lambda place, engine=engine: _peer(place, engine)
    for name, (kind, number, title) in _OURS.items():
        found[name] = title, lambda place, how=(kind, number): measure_own(place, *how)
    return found


def _peer(place: Place, engine: Engine) -> Run:
    with place.scratch(f"bench.peer.{engine.name}") as output:
        given = [f"{name}={value}" for name, value in engine.environment(place, output).items()]
        usage = measure(["env", *given, *engine.command], len(os.sched_getaffinity(0)))
        counted = place.count(output)
    said = json.loads(usage.output.splitlines()[-1])
    return Run(
        said["events"],
        said["seconds"],
        usage.cpu_seconds,
        usage.peak_mib,
        counted,
        said["outputs"],
    )


def measure_own(place: Place, kind: str, number: int) -> Run:
    """Stages of ours, a key of KINDS, with so many workers."""
    place.reset()
    with workers(place, kind, number) as processes:
        await_rest(place, kind, processes)
        said = [process.latest() for process in processes]
    firsts = [one["first"] for one in said if one["first"] is not None]
    lasts = [one["last"] for one in said if one["last"] is not None]
    return Run(
        place.events,  # after a rebalance some are taken twice
        max(lasts) - min(firsts),
        sum(one["cpu_seconds"] for one in said),
        max(one["peak_mib"] for one in said),
        *((place.count(place.topic("adds")), place.adds) if kind == "reduced" else ()),
    )


def _figures(title: str, runs: list[Run], ours: list[Run] | None) -> dict[str, Any]:
    """``ours_to_this``: our rate at the same fold to this one's, run by run."""
    rates = [one.events / one.seconds for one in runs]
    found: dict[str, Any] = {
        "title": title,
        "events": runs[0].events,
        "events_per_second": spread(rates, 0),
        "seconds": spread([one.seconds for one in runs]),
        "cpu_seconds": spread([one.cpu_seconds for one in runs]),
        "peak_mib": spread([one.peak_mib for one in runs], 0),
        "outputs": [one.outputs for one in runs],
        "outputs_expected": runs[0].expected,
        "each_events_per_second": [round(rate) for rate in rates],
    }
    if ours is not None:
        pairs = zip(ours, rates, strict=True)
        found["ours_to_this"] = spread([one.events / one.seconds / rate for one, rate in pairs])
    return found
