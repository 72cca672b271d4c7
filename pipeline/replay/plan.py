"""What a run must know before its first line: policies, *as of*, reference, where to start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import duckdb
import msgspec

from pipeline.core.calendar import Calendar, month_text, parse_month
from pipeline.core.errors import PolicyError, WrongUse
from pipeline.core.ledger.stage import NEVER
from pipeline.core.policy import Policy, PolicySet, parse_policy
from pipeline.ip_table import load_ip_table
from pipeline.replay.options import ReplayOptions, parse_as_of
from pipeline.replay.reference import ReferenceFiles
from pipeline.replay.shard import BlockCounts
from sinks.duckdb.state import Notes, refuse_streamed
from sources.files import InputFile, read_policy

__all__ = ["Plan", "make_plan"]


@dataclass(slots=True)
class Plan:
    """``limit`` is the latest time to apply (None: all), ``reached`` the latest applied so far.

    ``start_file`` and ``start_line`` are where an unfinished run of the same inputs stood;
    ``kept`` are (key, packed event) that this run's *as of* reaches.
    """

    calendar: Calendar
    policies: PolicySet
    changed_policies: list[Policy]
    reference: ReferenceFiles
    dismissed: frozenset[str]
    sealed_through: int
    limit: int | None
    reached: int | None
    kept: list[tuple[str, bytes]]
    any_event: bool
    epoch: int
    settled_epoch: int
    resumed: bool
    signature: dict[str, Any]
    total_bytes: int | None
    start_file: int = 0
    start_line: int = 1
    counts: BlockCounts = field(default_factory=BlockCounts)

    def reach(self, time: int) -> None:
        self.any_event = True
        if self.reached is None or time > self.reached:
            self.reached = time

    def as_of(self) -> int | None:
        """*As of* at the end of the run; None without any event."""
        if not self.any_event:
            return None
        times = [time for time in (self.reached, self.limit) if time is not None]
        return max(times, default=None)

    def note_place(self, file: int, positions: dict[str, int], counts: BlockCounts) -> None:
        topic = self.signature["inputs"][file][0]
        self.start_file, self.start_line, self.counts = file, positions[topic], counts

    def unfinished(self) -> dict[str, Any]:
        """The note that lets the same command go on from here."""
        counts = self.counts
        return {
            "signature": self.signature,
            "file": self.start_file,
            "line": self.start_line,
            "reached": self.as_of(),
            "epoch": self.epoch,
            "counts": [
                counts.applied,
                counts.duplicates,
                counts.after_as_of,
                counts.late,
                counts.dead,
            ],
        }


def make_plan(
    connection: duckdb.DuckDBPyConnection, options: ReplayOptions, files: list[InputFile]
) -> Plan:
    """Checks all that can be wrong with the request before anything is changed."""
    refuse_streamed(
        connection,
        options.db,
        ", which would not hear of these events: send them with truefriend produce, or replay "
        "into another file.",
    )
    as_of, timezone = _state(connection)
    calendar = Calendar(timezone)
    sealed_through = _sealed_through(connection)
    policies, changed = _policies(connection, options, calendar, sealed_through)
    limit = None if options.as_of is None else parse_as_of(options.as_of, calendar)
    if options.ip_table is not None:
        load_ip_table(options.ip_table)  # the shards read it; a bad one is said here and now
    notes = Notes(connection)
    unfinished = notes.get("unfinished")
    _check_limit(options, limit, as_of, unfinished, calendar)
    reference = ReferenceFiles(options.reference)
    settled = notes.get("epoch", 0)
    plan = Plan(
        calendar=calendar,
        policies=policies,
        changed_policies=changed,
        reference=reference,
        dismissed=_dismissed(connection, reference),
        sealed_through=sealed_through,
        limit=limit,
        reached=as_of,
        kept=_kept(connection, limit),
        any_event=as_of is not None or _any_kept(connection),
        epoch=(unfinished["epoch"] if unfinished else settled) + 1,
        settled_epoch=settled,
        resumed=unfinished is not None,
        signature=_signature(options, files),
        total_bytes=_total(files),
    )
    if unfinished:
        _take_up(plan, unfinished)
    return plan


def _take_up(plan: Plan, unfinished: dict[str, Any]) -> None:
    if unfinished["reached"] is not None:
        plan.reach(unfinished["reached"])
    if unfinished["signature"] == plan.signature and plan.total_bytes is not None:
        plan.start_file, plan.start_line = unfinished["file"], unfinished["line"]
        plan.counts = msgspec.convert(unfinished["counts"], BlockCounts)


def _state(connection: duckdb.DuckDBPyConnection) -> tuple[int | None, str]:
    row = connection.execute("SELECT epoch_us(as_of), timezone FROM report_state").fetchone()
    assert row is not None
    return row[0], row[1]


def _sealed_through(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT max(month) FROM months WHERE sealed_as_of IS NOT NULL")
    found = row.fetchone()
    return parse_month(found[0]) if found and found[0] else NEVER


def _policies(
    connection: duckdb.DuckDBPyConnection,
    options: ReplayOptions,
    calendar: Calendar,
    sealed_through: int,
) -> tuple[PolicySet, list[Policy]]:
    """All policies in force and those of them that this run brings or changes."""
    rows = connection.execute("SELECT version, toml FROM policies").fetchall()
    known = {version: parse_policy(toml, version) for version, toml in rows}
    given = [read_policy(path) for path in options.policies]
    changed = [policy for policy in given if known.get(policy.version) != policy]
    for policy in changed:
        _refuse_sealed(policy, known.get(policy.version), sealed_through)
    return PolicySet([*known.values(), *given]), changed


def _refuse_sealed(policy: Policy, old: Policy | None, sealed_through: int) -> None:
    starts = [one.effective_from for one in (policy, old) if one is not None]
    months = [start.year * 12 + start.month - 1 for start in starts]
    if min(months) <= sealed_through:
        raise PolicyError(
            f"Policy {policy.version} begins before the end of {month_text(sealed_through)}, which "
            "is sealed: its verdicts are paid and stay. Give an effective_from after it."
        )


def _check_limit(
    options: ReplayOptions,
    limit: int | None,
    as_of: int | None,
    unfinished: dict[str, Any] | None,
    calendar: Calendar,
) -> None:
    reached = [as_of, unfinished["reached"] if unfinished else None]
    latest = max((time for time in reached if time is not None), default=None)
    if limit is not None and latest is not None and limit < latest:
        raise WrongUse(
            f"--as-of {options.as_of} is earlier than the database's, which is "
            f"{calendar.text(latest)}. Give a later one, or leave it out."
        )


def _dismissed(connection: duckdb.DuckDBPyConnection, reference: ReferenceFiles) -> frozenset[str]:
    staged = reference.stage(connection, "cases")
    cases = "SELECT add_id, decision FROM main.cases"
    if staged is not None:
        cases = (
            f"SELECT add_id, decision FROM {staged.staged} UNION ALL {cases} "
            f"WHERE add_id NOT IN (SELECT add_id FROM {staged.staged})"
        )
    rows = connection.execute(f"SELECT add_id FROM ({cases}) WHERE decision = 'dismissed'")
    return frozenset(add_id for (add_id,) in rows.fetchall())


def _kept(connection: duckdb.DuckDBPyConnection, limit: int | None) -> list[tuple[str, bytes]]:
    return connection.execute(
        "SELECT key, event FROM internal.kept_events WHERE ? IS NULL OR time <= ? ORDER BY time",
        [limit, limit],
    ).fetchall()


def _any_kept(connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute("SELECT 1 FROM internal.kept_events LIMIT 1").fetchone() is not None


def _signature(options: ReplayOptions, files: list[InputFile]) -> dict[str, Any]:
    inputs = [
        [file.given, file.size, file.path.stat().st_mtime_ns if file.path else None]
        for file in files
    ]
    return {"inputs": inputs, "as_of": options.as_of}


def _total(files: list[InputFile]) -> int | None:
    sizes = [file.size for file in files if file.size is not None]
    return sum(sizes) if len(sizes) == len(files) else None
