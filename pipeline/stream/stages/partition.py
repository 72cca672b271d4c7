"""One partition of all stages: batches of its inputs in, what a transaction writes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from pipeline.core.detectors.detection import DETECTION
from pipeline.core.errors import WrongUse
from pipeline.core.fact_rows import STAFF
from pipeline.core.identity import IDENTITY
from pipeline.core.ledger.account import LEDGER
from pipeline.core.records import STATE_FORMAT, StateRow
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.detection import DetectionStage
from pipeline.stream.stages.identity import COVERED, CRM, IdentityStage
from pipeline.stream.stages.ledger import COUNTS, LedgerStage
from pipeline.stream.stages.records import Batch, Input, Output, Revisions
from pipeline.stream.stages.rows import Rows
from pipeline.stream.stages.staff import ROW, StaffStage
from topics.between import STAGE_OF, Progress, input_name

__all__ = ["INPUTS", "OtherFormat", "Stages", "row_key"]

INPUTS = {
    stage: tuple(topic for topic, reader in STAGE_OF.items() if reader == stage)
    for stage in dict.fromkeys(STAGE_OF.values())
}
"""Stage to the topics it reads, all of one number of partitions."""

PARTITION = "partition"
"""The state's own row: how far it is, and in which format all are."""


class OtherFormat(WrongUse):
    """The state was written by a worker whose rows mean something else."""

    def __init__(self, partition: int) -> None:
        super().__init__(
            f"The state of partition {partition} in the changelog is not of the format that this "
            f"worker reads ({STATE_FORMAT}): another version wrote it. Run that version, or replay "
            "the topics from the start in a new namespace (docs/operating.md)."
        )
        self.partition = partition


class Stages:
    """The state of one partition, and the stages that work on it.

    Made by ``load`` of all its state rows; ``epoch`` is one more than its predecessor's.
    """

    def __init__(self, context: Context, partition: int) -> None:
        self.partition = partition
        self.positions: dict[str, int] = {}
        self.epoch = 0
        self._rows = {
            LEDGER: Rows("account"),
            COUNTS: Rows(),
            IDENTITY: Rows(CRM, COVERED),
            STAFF: Rows(ROW),
            DETECTION: Rows(),
        }
        self._progress = Progress(None, {}, 0, [], STATE_FORMAT)
        self._batch = Batch()
        self._revisions = Revisions(0)
        self.renew(context)

    def load(self, stage: str, key: str, kind: str, sub: str, value: bytes | None) -> None:
        """Takes a state row of the predecessor in. OtherFormat: it is not one of ours."""
        rows = self._rows.get(stage)
        if rows is not None:
            rows.put(key, kind, sub, value)
        elif stage == PARTITION and value is not None:
            self._progress = self._decode_progress(value)
        else:
            raise OtherFormat(self.partition)

    def begin(self, context: Context) -> None:
        """After the last ``load``: a new epoch begins."""
        self.positions = dict(self._progress.positions)
        self.epoch = self._progress.epoch + 1
        self._revisions = Revisions(self.epoch)
        self.renew(context)

    def renew(self, context: Context) -> None:
        """Goes on under other policies, cases or sealed months; only right after ``finish``."""
        self._context = context
        rows = self._rows
        self.ledger = LedgerStage(context, self.partition, rows[LEDGER], rows[COUNTS])
        self.identity = IdentityStage(context, self.partition, rows[IDENTITY])
        self.staff = StaffStage(context, rows[STAFF], self._revisions)
        self.detection = DetectionStage(context, rows[DETECTION], self._revisions)
        self.ledger.latest = self._progress.latest
        self.ledger.months = {m for m in self._progress.months if m > context.sealed_through}

    def position(self, topic: str) -> int:
        """The next offset of an input."""
        return self.positions.get(input_name(topic, self.partition), 0)

    def take(self, topic: str, records: Sequence[Input], end: int) -> None:
        """Takes a batch of an input that goes to ``end``; records taken before are left out."""
        position = self.position(topic)
        if end <= position:
            return
        fresh = [record for record in records if record.offset >= position]
        if fresh:
            self._takers()[topic](fresh)
        self.positions[input_name(topic, self.partition)] = end

    def add_outputs(self, outputs: Sequence[Output]) -> None:
        """Records to be written with the next batch."""
        self._batch.outputs += outputs

    def finish(self) -> Batch:
        """All that the inputs taken since the last call brought about."""
        batch = self._batch
        self.ledger.finish(batch)
        self.identity.finish(batch)
        self.staff.finish(batch)
        self.detection.finish(batch)
        batch.positions = dict(self.positions)
        self._progress = Progress(
            self.ledger.latest,
            batch.positions,
            self.epoch,
            sorted(self.ledger.months),
            STATE_FORMAT,
        )
        packed = msgspec.msgpack.encode(self._progress)
        batch.state.append((PARTITION, "", "", "", packed))
        number = str(self.partition).encode()
        batch.outputs.append(Output("progress", self.partition, number, packed))
        self._batch = Batch()
        return batch

    def judge_again(self, cause: str, keys: int = 2_000) -> Iterator[None]:
        """Judges all accounts anew, so many at a time: ``finish`` after each step."""
        for some in _chunks(list(self._rows[LEDGER].keys()), keys):
            self.ledger.judge_again(some, cause)
            yield

    def seal(self, month: int, keys: int = 2_000) -> Iterator[None]:
        """Drops what only months up to this one need: ``finish`` after each step."""
        if month < 0:
            return
        self.staff.seal(month, self._batch)
        self.ledger.drop_counts(month, self._batch)
        yield
        for some in _chunks(list(self._rows[LEDGER].keys()), keys):
            self.ledger.seal(month, some)
            yield
        for some in _chunks(list(self._rows[DETECTION].keys()), keys):
            self.detection.seal(some, self._batch)
            yield

    def state_bytes(self) -> dict[str, int]:
        """Stage to bytes of its packed rows."""
        return {stage: rows.size() for stage, rows in self._rows.items()}

    def _decode_progress(self, value: bytes) -> Progress:
        try:
            progress = msgspec.msgpack.decode(value, type=Progress)
        except msgspec.MsgspecError as error:
            raise OtherFormat(self.partition) from error
        if progress.format != STATE_FORMAT:
            raise OtherFormat(self.partition)
        return progress

    def _takers(self) -> dict[str, Callable[[Sequence[Input]], None]]:
        batch = self._batch
        return {
            "interactions": lambda some: self.ledger.take_events(some, batch),
            "answers": self.ledger.take_answers,
            "signals": self.ledger.take_signals,
            "identity": self.identity.take_updates,
            "customers": lambda some: self.identity.take_customers(some, batch),
            "verdicts": self.staff.take_verdicts,
            "partials": lambda some: self.staff.take_partials(some, batch),
            "facts": self.detection.take_facts,
            "staff": lambda some: self.staff.take_staff(some, batch),
        }


def _chunks(keys: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(keys)
    while some := list(islice(rest, size)):
        yield some


def row_key(row: StateRow) -> bytes:
    """The changelog key of a state row."""
    return msgspec.msgpack.encode(row[:4])
