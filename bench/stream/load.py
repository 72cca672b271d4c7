"""Sends a bank's events at a steady rate, each with the time at which it was due.

    python -m bench.stream.load FILE --rate 20000 --seconds 60

Starts as bench.stream.worker does and ends by itself; its last line says the rate that it kept. An
event's time is that of its turn in the plan, not of its sending: a sender that falls behind does
not hide it. A file too short is gone through again, under other ids.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaProducer

from bench.stream.place import PARTITIONS
from pipeline.clients import Clients
from pipeline.settings import Settings, load_settings
from topics.catalog import topic_name
from topics.codec import decode_event
from topics.partitions import partition_of

_TICK_S = 0.02
_HEADERS = [("content-type", b"application/cloudevents+json")]

Line = tuple[int, bytes, bytes, bytes, bytes, bytes]
"""Partition, key, and the line's parts: before the id, the id, up to the time, after it."""


def main() -> None:
    """Reads the command line and the file, waits for its turn and sends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rate", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    options = parser.parse_args()
    with options.file.open("rb") as file:
        lines = [_split(line) for line in islice(file, options.rate * options.seconds)]
    print("{}", flush=True)
    sys.stdin.readline()
    sent, seconds = asyncio.run(_send(load_settings(), lines, options.rate, options.seconds))
    print(json.dumps({"sent": sent, "rate": sent / seconds, "ended": time.time()}), flush=True)


def _split(line: bytes) -> Line:
    key = decode_event(line.rstrip(b"\n")).key
    event = msgspec.json.decode(line)
    name, data = event.pop("id"), msgspec.json.encode(event.pop("data"))
    event.pop("time")
    head = msgspec.json.encode(event)[:-1] + b',"id":'
    named = msgspec.json.encode(name)[:-1]  # a lap's number may follow
    tail = b'","data":' + data + b"}"
    return partition_of(key, PARTITIONS), key.encode(), head, named, b'","time":"', tail


async def _send(
    settings: Settings, lines: list[Line], rate: int, seconds: int
) -> tuple[int, float]:
    """Events sent, and seconds until all were acknowledged."""
    producer = AIOKafkaProducer(
        **Clients(settings).aiokafka(),
        enable_idempotence=True,
        compression_type="snappy",
        max_batch_size=1 << 20,
    )
    await producer.start()
    try:
        return await _ticks(
            producer, topic_name(settings.namespace, "interactions"), lines, rate, seconds
        )
    finally:
        await producer.stop()


async def _ticks(
    producer: AIOKafkaProducer, topic: str, lines: list[Line], rate: int, seconds: int
) -> tuple[int, float]:
    started, began, sent = time.monotonic(), time.time(), 0
    waiting: set[asyncio.Future[object]] = set()
    for tick in range(1, round(seconds / _TICK_S) + 1):
        due = tick * _TICK_S
        await asyncio.sleep(max(0.0, started + due - time.monotonic()))
        wanted = round(due * rate) - sent
        for partition, batch in _batches(producer, lines, sent, wanted, began + due).items():
            waiting.add(await producer.send_batch(batch, topic, partition=partition))
        sent += wanted
        waiting = {one for one in waiting if not one.done()}
    await asyncio.gather(*waiting)
    return sent, time.monotonic() - started


def _batches(
    producer: AIOKafkaProducer, lines: list[Line], start: int, wanted: int, due: float
) -> dict[int, object]:
    stamp = int(due * 1000)
    time_text = datetime.fromtimestamp(stamp / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    now = time_text.encode() + b"Z"
    batches = {number: producer.create_batch() for number in range(PARTITIONS)}
    for number in range(start, start + wanted):
        lap, at = divmod(number, len(lines))
        partition, key, head, name, middle, tail = lines[at]
        value = b"".join((head, name, b"-%d" % lap if lap else b"", middle, now, tail))
        batches[partition].append(timestamp=stamp, key=key, value=value, headers=_HEADERS)
    return {number: batch for number, batch in batches.items() if batch.record_count()}


if __name__ == "__main__":
    main()
