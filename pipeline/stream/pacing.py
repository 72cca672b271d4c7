"""A rest between aiokafka's tries to reach a broker that is away.

A consumer that does not know a partition's leader asks for it again as soon as it got no answer,
thousands of times a second: it takes a whole core, and a log line for each try.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

__all__ = ["paced"]

_REST_S = 0.25

T = TypeVar("T")


def paced(consumer: T) -> T:
    """The same aiokafka consumer, whose client rests after each try that brought no metadata."""
    client: Any = consumer._client  # type: ignore[attr-defined]  # no public way to it
    update = client._metadata_update

    async def update_or_rest(*given: Any) -> bool:
        updated: bool = await update(*given)
        if not updated:
            await asyncio.sleep(_REST_S)
        return updated

    client._metadata_update = update_or_rest
    return consumer
