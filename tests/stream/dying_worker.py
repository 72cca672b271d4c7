"""A worker that kills itself with SIGKILL right before or after the n-th write to Kafka.

    python -m tests.stream.dying_worker N worker …

Writes are those of its transactions: begin, each batch, the offsets, the commit.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import aiokafka

from pipeline.cli.main import main

WRITES = ("begin_transaction", "send_batch", "send_offsets_to_transaction", "commit_transaction")


def dying(after: int) -> None:
    """Has every write counted, and the process killed at the ``after``-th."""
    left = after

    def counted(original: Any) -> Any:
        async def write(self: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return await original(self, *args, **kwargs)

        return write

    for name in WRITES:
        original = getattr(aiokafka.AIOKafkaProducer, name)
        setattr(aiokafka.AIOKafkaProducer, name, counted(original))


if __name__ == "__main__":
    dying(int(sys.argv[1]))
    main(sys.argv[2:])
