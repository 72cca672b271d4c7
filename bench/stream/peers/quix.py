"""The reduced fold with Quix Streams, in a Python environment of its own; state in RocksDB.

Says in its last line how long it took from the first event until the last checkpoint was
committed, which is when ``run`` returns.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import uuid
from typing import Any

from quixstreams import Application

EVENTS = int(os.environ["PEER_EVENTS"])
FIRSTS = {"friend.added": "added", "identity.verified": "verified", "friend.removed": "removed"}


class Fold:
    """The fold, and when it began and ended."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.seen = self.sent = 0
        self.started = self.folded = 0.0

    def __call__(self, event: dict[str, Any], state: Any) -> dict[str, Any]:
        if not self.seen:
            self.started = time.monotonic()
        known, kind = state.get("fold", {}), event["type"]
        name = FIRSTS.get(kind)
        if name is not None and (name not in known or event["time"] < known[name]):
            known[name] = event["time"]
        known["count"] = known.get("count", 0) + 1
        state.set("fold", known)
        self.sent += kind == "friend.added"
        self.seen += 1
        if self.seen == EVENTS:
            self.folded = time.monotonic() - self.started
            self.app.stop()
        return event


def main() -> None:
    """Runs until so many events are folded and committed."""
    with tempfile.TemporaryDirectory() as folder:
        app = Application(
            broker_address=os.environ["PEER_BROKER"],
            consumer_group=f"quix-{uuid.uuid4().hex}",
            auto_offset_reset="earliest",
            state_dir=folder,
            processing_guarantee=os.environ["PEER_GUARANTEE"],
            producer_extra_config={"compression.type": "lz4", "linger.ms": 50},
            loglevel="WARNING",
        )
        source = app.topic(
            os.environ["PEER_INPUT"], key_deserializer="bytes", value_deserializer="json"
        )
        output = app.topic(
            os.environ["PEER_OUTPUT"], key_serializer="bytes", value_serializer="json"
        )
        fold = Fold(app)
        frame = app.dataframe(source).apply(fold, stateful=True)
        frame.filter(lambda event: event["type"] == "friend.added").to_topic(output)
        app.run()
        seconds = time.monotonic() - fold.started
    found = {
        "events": fold.seen,
        "outputs": fold.sent,
        "folded_seconds": fold.folded,
        "seconds": seconds,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
