"""Runs the simulation: one bank's span of days, hour by hour, straight into files."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, TextIO

from sources.simulate import attacks, crowds
from sources.simulate.bad_lines import scatter
from sources.simulate.calendar import Calendar
from sources.simulate.chance import generator
from sources.simulate.clock import Clock
from sources.simulate.crm import Crm
from sources.simulate.crowds import transfers
from sources.simulate.events import Events
from sources.simulate.friendship import Friendships
from sources.simulate.outbox import Outbox
from sources.simulate.reference import write_customers, write_team
from sources.simulate.scene import Scene
from sources.simulate.staff import Team
from sources.simulate.truth import Truth
from sources.simulate.work import Work

STAFF: Final = 60
CUSTOMERS: Final = 20_000
DAYS: Final = 30
MOST_DAYS: Final = 366
_EVENTS_A_STAFF_DAY: Final = 45


@dataclass(frozen=True)
class SimulationSummary:
    """What was written. `events` counts each event once, by type; `lines` counts all lines."""

    seed: int
    days: int
    staff: int
    customers: int
    lines: int
    events: dict[str, int]
    adds: dict[str, int]  # first adds of a pair, by label
    contexts: dict[str, int]  # lawful ones, by occasion
    late: int
    duplicates: int
    bad_lines: dict[str, int]  # by dead-letter code


def simulate(
    seed: int,
    out: Path,
    days: int = DAYS,
    staff: int = STAFF,
    customers: int = CUSTOMERS,
    progress: Callable[[int, int], None] | None = None,
) -> SimulationSummary:
    """Write a simulated bank into the folder `out`; the same arguments give the same bytes.

    Files: events.jsonl.gz, reference/{customers,staff,branches}.jsonl, policy.toml, truth.csv
    and ip.csv (for --ip-table). The days end with 2026-11-30 in Asia/Shanghai. `progress` is
    called with (days done, days). Raises ValueError for fewer than 1 day, 4 staff (one of each
    role) or 0 customers, and OSError where `out` cannot be written.
    """
    if not 1 <= days <= MOST_DAYS or staff < 4 or customers < 0:
        raise ValueError(
            f"A simulation needs 1 to {MOST_DAYS} days, at least 4 staff and 0 customers; "
            f"got days={days}, staff={staff}, customers={customers}."
        )
    out.mkdir(parents=True, exist_ok=True)
    with (
        _Gzip(out / "events.jsonl.gz") as events_file,
        (out / "truth.csv").open("w", encoding="utf-8", newline="\n") as truth_file,
    ):
        run = _Run(seed, days, staff, customers, events_file.write, truth_file)
        write_team(out, run.team, run.clock)
        bad_lines = scatter(run.scene, run.outbox, staff * days * _EVENTS_A_STAFF_DAY)
        run.play(progress)
    write_customers(out, run.crm)
    copies = run.outbox.copies
    return SimulationSummary(
        seed=seed,
        days=days,
        staff=staff,
        customers=customers,
        lines=run.outbox.lines,
        events=dict(sorted(run.outbox.kinds.items())),
        adds=dict(sorted(run.truth.labels.items())),
        contexts=dict(sorted(run.truth.contexts.items())),
        late=copies["late"],
        duplicates=copies["duplicate"],
        bad_lines={**bad_lines, "conflicting_duplicate": copies["conflicting_duplicate"]},
    )


class _Run:
    """The parts of one simulation, put together."""

    def __init__(
        self,
        seed: int,
        days: int,
        staff: int,
        customers: int,
        write: Callable[[bytes], None],
        truth_file: TextIO,
    ) -> None:
        self.clock = Clock(days)
        self.team = Team(seed, staff, self.clock)
        self.crm = Crm(seed, customers, self.team, self.clock)
        self.crm.introduce()
        self.outbox = Outbox(seed, self.clock, write)
        self.truth = Truth(truth_file)
        rng = generator(seed, "friendships")
        events = Events(self.outbox, rng)
        friendships = Friendships(rng, events, self.truth, self.crm, rng.getrandbits(62))
        self.calendar = Calendar(self.clock.end)
        self.scene = Scene(seed, self.clock, self.team, self.crm, self.calendar, friendships)
        self._work = Work(generator(seed, "work"), self.scene)

    def play(self, progress: Callable[[int, int], None] | None) -> None:
        """The attack plan first, then hour after hour."""
        attacks.launch(self.scene)
        transfers.plan(self.scene)
        for hour in range(self.clock.hours):
            if hour % 24 == 0:
                crowds.open_day(self.scene, hour // 24)
            self.calendar.run(hour)
            self._work.hour(hour, self.clock)
            self.outbox.flush(hour)
            if progress and hour % 24 == 23:
                progress(hour // 24 + 1, self.clock.days)
        self.outbox.close()


class _Gzip:
    """A gzip file whose bytes depend on its content alone: no name, no time in its header."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._packer = zlib.compressobj(level=1, wbits=31)

    def write(self, data: bytes) -> None:
        self._file.write(self._packer.compress(data))

    def __enter__(self) -> _Gzip:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._file.write(self._packer.flush())
        self._file.close()
