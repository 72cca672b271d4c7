"""A client without a broker rests between its tries."""

from __future__ import annotations

import asyncio
import time

import aiokafka

from pipeline.stream.pacing import paced


async def _seconds_of_a_vain_try() -> float:
    """The client has heard of no broker yet, so that it need not even fail to connect."""
    consumer = paced(aiokafka.AIOKafkaConsumer(bootstrap_servers="127.0.0.1:1"))
    client, started = consumer._client, time.monotonic()
    assert not await client._metadata_update(client.cluster, [])
    seconds = time.monotonic() - started
    consumer._closed = True  # it was never started, and would complain of not being stopped
    return seconds


def test_it_rests_after_a_vain_try() -> None:
    assert asyncio.run(_seconds_of_a_vain_try()) >= 0.2
