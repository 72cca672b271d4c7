"""The reduced fold with unmodified Faust: an agent, a Table in memory, a send for each add.

Says in its last line how long it took from the first event until all was acknowledged. Only the
first PEER_EVENTS events: it is slow.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from typing import Any

import faust

EVENTS = int(os.environ["PEER_EVENTS"])
PARTITIONS = int(os.environ["PEER_PARTITIONS"])
FIRSTS = {"friend.added": "added", "identity.verified": "verified", "friend.removed": "removed"}

app = faust.App(
    f"faust-{uuid.uuid4().hex}",
    broker=f"kafka://{os.environ['PEER_BROKER']}",
    topic_partitions=PARTITIONS,
    topic_replication_factor=1,
    topic_disable_leader=True,
    web_enabled=False,
    consumer_auto_offset_reset="earliest",
    producer_acks=-1,
    producer_linger=0.05,
    producer_compression_type="lz4",
)
events = app.topic(os.environ["PEER_INPUT"], key_serializer="raw", value_serializer="json")
output = app.topic(os.environ["PEER_OUTPUT"], key_serializer="raw", value_serializer="json")
table = app.Table("fold", default=dict, partitions=PARTITIONS, key_type=bytes)


@app.agent(events)
async def fold(stream: Any) -> None:
    """Takes one event after another, as Faust's agents do."""
    seen = sent = 0
    started = time.monotonic()
    async for key, event in stream.items():
        if not seen:
            started = time.monotonic()
        state, kind = table[key], event["type"]
        name = FIRSTS.get(kind)
        if name is not None and (name not in state or event["time"] < state[name]):
            state[name] = event["time"]
        state["count"] = state.get("count", 0) + 1
        table[key] = state
        if kind == "friend.added":
            sent += 1
            await output.send(key=key, value=event)
        seen += 1
        if seen == EVENTS:
            folded = time.monotonic() - started
            await app.producer.flush()
            _say(seen, sent, folded, time.monotonic() - started)


def _say(seen: int, sent: int, folded: float, seconds: float) -> None:
    found = {"events": seen, "outputs": sent, "folded_seconds": folded, "seconds": seconds}
    print(json.dumps(found), file=sys.__stdout__, flush=True)  # Faust logs what is printed
    os._exit(0)  # Faust takes seconds to stop, which are none of the measurement


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "-l", "warn"]
    app.main()
