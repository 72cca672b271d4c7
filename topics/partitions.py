"""Which partition a key belongs to, as Java's default partitioner and kafka-python have it."""

from __future__ import annotations

from functools import lru_cache

from murmurhash2 import murmurhash2

__all__ = ["partition_of"]

_SEED = 0x9747B28C  # org.apache.kafka.common.utils.Utils.murmur2


@lru_cache(maxsize=1 << 17)
def partition_of(key: str, partitions: int) -> int:
    """murmur2 of the UTF-8 key, without its sign, modulo the number of partitions."""
    return int(murmurhash2(key.encode(), _SEED) & 0x7FFFFFFF) % partitions
