"""``truefriend produce``: files of events, reference rows and policies into the topics.

Everything is sent in transactions of some 100,000 lines, each with a note of the place reached:
after a kill the same command goes on behind the last one that was committed, and no line is lost
or sent twice. Lines of one record key keep their order.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.errors import ProducerFenced

from pipeline.clients import Clients, broker_errors
from pipeline.core.errors import TruefriendError, WrongUse
from pipeline.core.policy import Policy
from pipeline.topics_admin import check_topics
from sources.files import Block, InputFile, expand_inputs, open_blocks
from sources.kafka.place import FINISHED, Place, read_place, run_id
from sources.kafka.reference import find_files, read_policies, send_policies, send_reference
from sources.kafka.sender import PATIENCE_SECONDS, open_sender
from topics.catalog import TOPICS, topic_name
from topics.codec import BadRecord, decode_lines
from topics.partitions import partition_of

__all__ = ["ProduceOptions", "Sent", "produce"]

AHEAD_MINUTES = 10
_AHEAD_US = AHEAD_MINUTES * 60 * 1_000_000
_HEADERS = [("content-type", b"application/cloudevents+json")]
_COMMIT_SECONDS = 5.0
_LONGEST = TOPICS["interactions"].max_record_bytes - (4 << 10)  # the rest: key, headers, batch


@dataclass(frozen=True, slots=True)
class ProduceOptions:
    """A transaction has about ``commit_lines``, whole blocks of ``block_bytes`` each. Kafka may
    be silent for ``patience`` seconds.

    ``progress`` is called with bytes done, bytes in all (None: standard input), lines done.
    """

    inputs: Sequence[str]
    reference: Path | None = None
    policies: Sequence[Path] = ()
    allow_future: bool = False
    commit_lines: int = 100_000
    block_bytes: int = 4 << 20
    patience: float = PATIENCE_SECONDS
    progress: Callable[[int, int | None, int], None] | None = None


@dataclass(slots=True)
class Sent:
    """What a run sent. ``resumed_after`` lines were sent by an earlier run that was stopped."""

    lines: int = 0
    undecodable: int = 0
    resumed_after: int = 0
    reference: dict[str, int] = field(default_factory=dict)
    policies: int = 0

    def as_json(self) -> dict[str, object]:
        return {
            "lines": self.lines,
            "undecodable": self.undecodable,
            "resumed_after": self.resumed_after,
            "reference": self.reference,
            "policies": self.policies,
        }


def produce(options: ProduceOptions, clients: Clients) -> Sent:
    """Sends all of it and returns once Kafka has acknowledged it.

    WrongUse for a line more than ten minutes ahead of this machine's clock: files are read for
    that first, and then nothing was sent. TruefriendError and its kinds for all else.
    """
    files = expand_inputs(options.inputs)
    references = find_files(options.reference)
    policies = read_policies(options.policies)
    with broker_errors(clients.settings):
        partitions = check_topics(clients, clients.settings)
        run = _Run(clients, options, files, partitions)
        try:
            return asyncio.run(run.all(references, policies))
        except ProducerFenced:
            raise TruefriendError(
                "The same produce command was started again elsewhere and goes on in this one's "
                "place. Let it end."
            ) from None


class _Run:
    """One run at work."""

    def __init__(
        self, clients: Clients, options: ProduceOptions, files: list[InputFile], partitions: int
    ) -> None:
        self.clients = clients
        self.options = options
        self.files = files
        self.partitions = partitions
        self.namespace = clients.settings.namespace
        self.topic = topic_name(self.namespace, "interactions")
        self.sent = Sent()
        self._place = Place()
        self._since = time.monotonic()
        self._bytes = _Bytes(files, options.progress)

    async def all(self, references: dict[str, Path], policies: list[Policy]) -> Sent:
        others = [*references.values(), *self.options.policies]
        self.name = run_id(self.namespace, self.files, others)
        async with open_sender(self.clients, self.name, self.options.patience) as self.sender:
            # Asked once a predecessor is fenced: until then its last commit may be under way.
            place = await asyncio.to_thread(read_place, self.clients, self.name, self.topic)
            if place is None:
                if not self.options.allow_future:
                    await self._refuse_future()
                await self._send_others(references, policies)
                place = Place()
                await self._commit(place)
            self.sent.resumed_after = place.sent
            await self._send_files(place)
        return self.sent

    async def _refuse_future(self) -> None:
        """Reads the files once for lines that are ahead; standard input is read only once."""
        files = [file for file in self.files if file.path is not None]
        self._bytes.passes += 1
        for file in files:
            for block in self._blocks(file):
                limit = _limit()
                for number, _, event in decode_lines(block.data, block.numbers):
                    if not isinstance(event, BadRecord) and event.time > limit:
                        raise _ahead(file, number, "Nothing was sent.")
                self._bytes.show(block.done_bytes, self.sent.lines)
                await asyncio.sleep(0)
            self._bytes.end(file)

    async def _send_others(self, references: dict[str, Path], policies: list[Policy]) -> None:
        await send_policies(self.sender, self.namespace, policies)
        self.sent.policies = len(policies)
        for name, path in references.items():
            rows = await send_reference(self.sender, self.namespace, name, path, self.partitions)
            self.sent.reference[name] = rows

    async def _send_files(self, start: Place) -> None:
        for index, file in enumerate(self.files):
            if index >= start.file:
                await self._send_file(index, file, start.line if index == start.file else 1)
            self._bytes.end(file)
        total = start.sent + self.sent.lines
        await self.sender.commit((self.name, self.topic, total, FINISHED))

    async def _send_file(self, index: int, file: InputFile, start: int) -> None:
        before = self.sent.resumed_after
        for block in self._blocks(file):
            numbers = block.numbers
            if numbers[-1] >= start:
                await self._send_lines(file, *_from_line(block, start))
                place = Place(index, numbers[-1] + 1, before + self.sent.lines)
                if self._commit_is_due():
                    await self._commit(place)
            self._bytes.show(block.done_bytes, self.sent.lines)
            await asyncio.sleep(0)  # the batches go out meanwhile

    def _blocks(self, file: InputFile) -> Iterator[Block]:
        blocks = open_blocks(file.path, self.options.block_bytes, file.given)
        while True:
            with _interruptible():
                block = next(blocks, None)
            if block is None:
                return
            yield block

    async def _send_lines(self, file: InputFile, data: bytes, numbers: range) -> None:
        topic, partitions, add = self.topic, self.partitions, self.sender.add
        now = time.time_ns() // 1_000_000
        limit = None if self.options.allow_future else _limit()
        for number, line, event in decode_lines(data, numbers):
            if isinstance(event, BadRecord):
                self.sent.undecodable += 1
                partition, key, stamp = 0, b"", now
            else:
                if limit is not None and event.time > limit:
                    raise _ahead(file, number, f"{self._place.sent} lines were sent before.")
                partition = partition_of(event.key, partitions)
                key, stamp = event.key.encode(), event.time // 1000
            if len(line) > _LONGEST:
                raise _too_long(file, number, len(line))
            self.sent.lines += 1
            if not add(topic, partition, key, line, stamp, _HEADERS):
                await self.sender.make_room(topic, partition)
                add(topic, partition, key, line, stamp, _HEADERS)

    def _commit_is_due(self) -> bool:
        since = self.sent.resumed_after + self.sent.lines - self._place.sent
        late = time.monotonic() - self._since > _COMMIT_SECONDS
        return since >= self.options.commit_lines or late

    async def _commit(self, place: Place) -> None:
        await self.sender.commit((self.name, self.topic, place.sent, place.text))
        self._place = place
        self._since = time.monotonic()


class _Bytes:
    """How far the reading is, over all files and passes; tells ``progress``."""

    def __init__(
        self, files: list[InputFile], progress: Callable[[int, int | None, int], None] | None
    ) -> None:
        sizes = [file.size for file in files if file.size is not None]
        self.passes = 1
        self._size = sum(sizes) if len(sizes) == len(files) else None
        self._progress = progress
        self._ended = 0

    def show(self, done: int, lines: int) -> None:
        if self._progress is not None:
            total = None if self._size is None else self._size * self.passes
            self._progress(self._ended + done, total, lines)

    def end(self, file: InputFile) -> None:
        self._ended += file.size or 0


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends a read at once: asyncio only notes it, and standard input may bring no more."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _limit() -> int:
    """The latest time of an event that is taken now, in us since 1970."""
    return time.time_ns() // 1000 + _AHEAD_US


def _from_line(block: Block, start: int) -> tuple[bytes, range]:
    """The block's lines from ``start`` on, and their numbers."""
    skip = max(start - block.first_line, 0)
    return (block.data.split(b"\n", skip)[skip] if skip else block.data), block.numbers[skip:]


def _ahead(file: InputFile, line: int, sent: str) -> WrongUse:
    return WrongUse(
        f"{file.given}:{line}: The event's time is more than {AHEAD_MINUTES} minutes ahead of this "
        f"machine's clock. {sent} Correct the line or the clock, or give --allow-future."
    )


def _too_long(file: InputFile, line: int, size: int) -> TruefriendError:
    return TruefriendError(
        f"{file.given}:{line}: The line has {size} bytes and the topic takes at most {_LONGEST}. "
        "Take it out of the file and run the command again."
    )
