"""``truefriend replay``: event files in, verdicts in DuckDB out.

Lines are folded into the ledger's accounts block by block; every ``commit_lines`` the changed
state goes into DuckDB with the place reached, in one transaction, so a killed run goes on from
there. The promised tables change only at the end, when the accounts settle into verdicts: a
reader never sees half a run.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from pipeline.core.calendar import Calendar
from pipeline.replay.cluster import Cluster, open_cluster
from pipeline.replay.options import ReplayOptions, Summary
from pipeline.replay.plan import Plan, make_plan
from pipeline.replay.routing import route_lines
from pipeline.replay.settle import by_shard, settle
from pipeline.replay.shard import Flushed, ShardSettings
from sinks.duckdb.batch import store_batch
from sinks.duckdb.database import writing
from sinks.duckdb.state import Notes, StateStore
from sources.files import Block, InputFile, expand_inputs, open_blocks

__all__ = ["ReplayOptions", "Summary", "replay"]


def replay(options: ReplayOptions) -> Summary:
    """Runs the whole of it. TruefriendError and its kinds for all that can go wrong."""
    files = expand_inputs([str(given) for given in options.inputs])
    with writing(options.db, options.timezone) as connection:
        plan = make_plan(connection, options, files)
        with open_cluster(_shard_settings(options, plan), processes=options.processes) as cluster:
            run = Run(connection, cluster, plan, options)
            run.feed_kept()
            for file_index, file in enumerate(files):
                run.feed(file_index, file)
            return run.finish()


class Run:
    """One replay at work."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        cluster: Cluster,
        plan: Plan,
        options: ReplayOptions,
    ) -> None:
        self.connection = connection
        self.cluster = cluster
        self.plan = plan
        self.options = options
        self.store = StateStore(connection)
        self.sparse = not self.store.empty  # then a key unknown here may be known there
        self.counts = plan.counts
        self._lines = 0
        self._since_commit = 0
        self._done_bytes = 0
        self._positions: dict[str, int] = {}

    def feed_kept(self) -> None:
        """Applies what earlier runs kept and this one's *as of* reaches."""
        if not self.plan.kept:
            return
        keys = [key for key, _ in self.plan.kept]
        self.load(keys)
        self.cluster.call("apply_kept", by_shard(self.plan.kept, self.cluster.size))

    def feed(self, file_index: int, file: InputFile) -> None:
        """Folds a file's lines, from where an unfinished run stood."""
        if file_index < self.plan.start_file:
            self._done_bytes += file.size or 0
            return
        start = self.plan.start_line if file_index == self.plan.start_file else 1
        for block in _from_line(
            start, open_blocks(file.path, self.options.block_bytes, file.given)
        ):
            self._feed_block(file.given, block)
            self._show_progress(self._done_bytes + block.done_bytes)
            if self._since_commit >= self.options.commit_lines:
                self._commit(file_index)
        self._done_bytes += file.size or 0

    def finish(self) -> Summary:
        """Settles, commits, and sums up."""
        self.connection.execute("BEGIN")
        as_of, by_others = settle(self)
        notes = Notes(self.connection)
        notes.set("unfinished", None)
        notes.set("epoch", self.plan.epoch)
        self.connection.execute("COMMIT")
        self.counts.late += by_others
        self.counts.applied -= by_others
        return self._summary(as_of)

    def collect(self) -> list[Flushed]:
        """What changed in the shards since the last time, for ``keep``; counts it."""
        flushed: list[Flushed] = self.cluster.call("flush")
        for one in flushed:
            self.counts.add(one.counts)
            self.plan.any_event |= one.counts.after_as_of > 0
            if one.latest is not None:
                self.plan.reach(one.latest)
        return flushed

    def keep(self, flushed: list[Flushed]) -> None:
        """Stores what was collected; the caller's transaction is open."""
        store_batch(self.connection, self.store, flushed, self.plan.epoch)
        self._drop_kept()
        self._store_positions()

    def _feed_block(self, topic: str, block: Block) -> None:
        topics = [topic] * self.cluster.size
        routed = route_lines(block, self.cluster.size)
        if self.sparse:
            wanted = self.cluster.call("decode_waiting", topics, routed)
            self.cluster.call("fold", [self.store.load("ledger", keys) for keys in wanted])
        else:
            self.cluster.post("decode", topics, routed)
        self._lines += block.lines
        self._since_commit += block.lines
        self._positions[topic] = block.first_line + block.lines

    def _commit(self, file_index: int) -> None:
        """One transaction: changed state, what waits for the end, and the place reached."""
        self.connection.execute("BEGIN")
        self.keep(self.collect())
        self.plan.note_place(file_index, self._positions, self.counts)
        Notes(self.connection).set("unfinished", self.plan.unfinished())
        self.connection.execute("COMMIT")
        self._since_commit = 0

    def load(self, keys: list[str]) -> None:
        """Has the shards load these keys' accounts, where they have not got them."""
        grouped = by_shard([(key, key) for key in dict.fromkeys(keys)], self.cluster.size)
        absent = self.cluster.call("absent", grouped)
        self.cluster.call("load", [self.store.load("ledger", some) for some in absent])

    def _drop_kept(self) -> None:
        """The kept events that this run applied: their effect is in the same transaction."""
        if self.plan.kept:
            limit = self.plan.limit
            self.connection.execute(
                "DELETE FROM internal.kept_events WHERE ? IS NULL OR time <= ?", [limit, limit]
            )
            self.plan.kept = []

    def _store_positions(self) -> None:
        for topic, offset in self._positions.items():
            self.connection.execute("DELETE FROM positions WHERE topic = ?", [topic])
            self.connection.execute("INSERT INTO positions VALUES (?, 0, ?)", [topic, offset])

    def _show_progress(self, done_bytes: int) -> None:
        if self.options.progress is not None:
            self.options.progress(done_bytes, self.plan.total_bytes, self._lines)

    def _summary(self, as_of: int | None) -> Summary:
        adds = self.connection.execute("SELECT verdict, count(*) FROM adds GROUP BY ALL").fetchall()
        calendar: Calendar = self.plan.calendar
        return Summary(
            self.counts.applied,
            self.counts.duplicates,
            self.counts.after_as_of,
            self.counts.late,
            dict(self.counts.dead),
            dict(adds),
            None if as_of is None else calendar.text(as_of),
        )


def _from_line(start: int, blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks without the lines before ``start``."""
    for block in blocks:
        skip = start - block.first_line
        if skip <= 0:
            yield block
            continue
        parts = block.data.split(b"\n", skip)
        if len(parts) > skip and parts[skip]:
            yield Block(start, block.lines - skip, parts[skip], block.done_bytes)


def _shard_settings(options: ReplayOptions, plan: Plan) -> ShardSettings:
    return ShardSettings(
        shards=options.shards,
        timezone=plan.calendar.timezone,
        policies=plan.policies,
        dismissed=plan.dismissed,
        sealed_through=plan.sealed_through,
        limit=plan.limit,
        ip_table=options.ip_table,
        hash_key=options.hash_key,
    )
