"""Which shard a line belongs to: by its event's record key, so that a key's events stay together.

The parent routes lines, that no line is decoded by two shards.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

from sources.files import Block
from topics.codec import BadRecord, decode_event, route

__all__ = ["Lines", "route_lines", "shard_of"]


class Lines(NamedTuple):
    """Some lines of an input, joined by newlines, and the number of each."""

    numbers: Sequence[int]
    data: bytes


def shard_of(key: str, shards: int) -> int:
    return crc32(key.encode()) % shards if shards > 1 else 0


def route_lines(block: Block, shards: int) -> list[Lines]:
    """Each shard's own lines of a block; those without a key go to the first."""
    if shards == 1:
        return [Lines(block.numbers, block.data)]
    routed = [(array("Q"), list[bytes]()) for _ in range(shards)]
    for number, line in zip(block.numbers, block.data.split(b"\n"), strict=False):
        key = route(line)
        shard = shard_of(_decoded_key(line) if key is None else key, shards)
        own_numbers, own_lines = routed[shard]
        own_numbers.append(number)
        own_lines.append(line)
    return [Lines(own_numbers, b"\n".join(own_lines)) for own_numbers, own_lines in routed]


def _decoded_key(line: bytes) -> str:
    try:
        return decode_event(line).key
    except BadRecord:
        return ""
