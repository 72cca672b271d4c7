"""How long a worker needs to read the state of very many customers back, and its memory.

The state is a real one, left in the changelog by a run over the bank's events, and copied under
other customers' names until there are enough of them with an add. The CRM has as many rows as
that, accounts without an add come as the bank has them, and each row is there once, as after
compaction.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from kafka import KafkaConsumer, TopicPartition

from bench.replay.measure import spread
from bench.stream.place import PARTITIONS, Place, open_place
from bench.stream.process import Process, await_rest, workers
from pipeline.core.detectors.detection import DETECTION
from pipeline.core.detectors.members import PAIR, STAFF
from pipeline.core.identity import IDENTITY
from pipeline.core.ledger.account import LEDGER, Account
from pipeline.stream.stages.identity import CRM
from pipeline.stream.stages.partition import PARTITION
from sources.kafka.sender import open_sender

__all__ = ["measure_restore"]

_COMMIT_ROWS = 100_000
_READY_S = 600.0
_OF_STAFF = (STAFF, PAIR)
"""What these subjects of detection are called by: members of staff, not of the customers' side."""

Key = tuple[str, str, str, str]
"""(stage, key, kind, sub) of a state row."""

Rows = list[dict[Key, bytes]]
"""The state rows of each partition."""


def measure_restore(servers: str, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds from the start of a worker with all partitions until all are restored."""
    source = open_place(servers, options.events)
    rows = _real_rows(source)
    customers = sum(map(_customers, rows))
    copies = max(1, round(options.customers / customers))
    place = open_place(servers, options.events, "restore", with_events=False)
    written = _write(place, rows, copies, customers * copies)
    del rows
    found = [_restore(place) for _ in range(options.runs)]
    return {
        "customers": customers * copies,
        "copies": copies,
        **written.as_json(),
        "bank": source.bank.as_json(),
        "partitions": PARTITIONS,
        "runs": options.runs,
        "seconds": spread([one["seconds"] for one in found]),
        "process_seconds": spread([one["process_seconds"] for one in found]),
        "peak_mib": spread([one["peak_mib"] for one in found], 0),
    }


def _real_rows(place: Place) -> Rows:
    """What a run over all events leaves; runs the whole chain where no customer is in it yet."""
    rows = _read_changelog(place)
    if not any(map(_customers, rows)):
        place.reset()
        with workers(place, "all") as processes:
            await_rest(place, "all", processes)
        rows = _read_changelog(place)
    return rows


def _read_changelog(place: Place) -> Rows:
    topic = place.topic("changelog")
    consumer = KafkaConsumer(
        **place.clients.kafka_python(), isolation_level="read_committed", enable_auto_commit=False
    )
    rows: Rows = [{} for _ in range(PARTITIONS)]
    try:
        parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(parts)
        ends = consumer.end_offsets(parts)
        consumer.seek_to_beginning(*parts)
        while any(consumer.position(one) < ends[one] for one in parts):
            for part, records in consumer.poll(timeout_ms=200, max_records=10_000).items():
                known = rows[part.partition]
                for record in records:
                    key = _decode_key(record.key)
                    if record.value is None:
                        known.pop(key, None)
                    else:
                        known[key] = record.value
    finally:
        consumer.close(autocommit=False)
    return rows


def _customers(rows: dict[Key, bytes]) -> int:
    """How many accounts have an add."""
    found = 0
    for (stage, _, kind, _), value in rows.items():
        if stage == LEDGER and kind == "account":
            account = Account()
            account.load([("account", "", value)])
            found += any(pair.added is not None for pair in account.pairs.values())
    return found


@dataclass
class _Written:
    """Rows written by stage and kind, bytes of keys and values."""

    rows: Counter[str] = field(default_factory=Counter)
    bytes: int = 0

    def as_json(self) -> dict[str, Any]:
        kinds = dict(self.rows.most_common())
        return {"rows": self.rows.total(), "bytes": self.bytes, "kinds": kinds}


def _write(place: Place, rows: Rows, copies: int, crm_rows: int) -> _Written:
    """Makes the changelog anew."""
    place.reset()
    print("Writing the changelog …", file=sys.stderr, flush=True)
    return asyncio.run(_send(place, rows, copies, crm_rows))


async def _send(place: Place, rows: Rows, copies: int, crm_rows: int) -> _Written:
    topic, now = place.topic("changelog"), time.time_ns() // 1_000_000
    done = _Written()
    async with open_sender(place.clients, f"{place.namespace}-copies") as sender:
        for partition, some in enumerate(rows):
            for key, value in _copied(some, copies, crm_rows // PARTITIONS):
                packed = _encode(key)
                await sender.put(topic, partition, packed, value, now)
                done.rows[f"{key[0]} {key[2].partition(':')[0]}"] += 1
                done.bytes += len(packed) + len(value)
                if done.rows.total() % _COMMIT_ROWS == 0:
                    await sender.commit()
        await sender.commit()
    return done


def _copied(rows: dict[Key, bytes], copies: int, crm_rows: int) -> Iterator[tuple[Key, bytes]]:
    """Each row under so many names; of what names no customer there is one for all."""
    for copy in range(copies):
        for (stage, key, kind, sub), value in rows.items():
            if kind == CRM:
                crm_rows -= 1
            if stage in (LEDGER, IDENTITY) and (kind != CRM or crm_rows >= 0):
                yield (stage, _named(key, copy), kind, sub), value
            elif kind.startswith("fact:") or (stage == DETECTION and key[0] in _OF_STAFF):
                yield (stage, key, kind, _named(sub, copy)), value
            elif stage == DETECTION:
                yield (stage, _named(key, copy), kind, _named(sub, copy)), value
            elif not copy and stage not in (LEDGER, IDENTITY, PARTITION):
                yield (stage, key, kind, sub), value


def _named(name: str, copy: int) -> str:
    """Another name of the same length: the copy's number takes the end's place."""
    return name[:-4] + f"{copy:04d}" if copy else name


def _restore(place: Place) -> dict[str, Any]:
    with workers(place, "all") as (process,):
        _await_restored(process)
        said = process.latest()
    seconds = max(took for _, took in said["restored"].values())
    print(f"restored in {seconds:.1f} s, {said['peak_mib']:,} MiB", file=sys.stderr, flush=True)
    return {
        "seconds": seconds,
        "process_seconds": said["restored_at"] - said["started"],
        "peak_mib": said["peak_mib"],
    }


def _await_restored(process: Process) -> None:
    end = time.monotonic() + _READY_S
    while time.monotonic() < end:
        if len(process.latest().get("restored", ())) == PARTITIONS:
            return
    raise SystemExit("The state was not restored.")


_decode_key = msgspec.msgpack.Decoder(Key).decode
_encode = msgspec.msgpack.Encoder().encode
