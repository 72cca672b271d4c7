"""Partitions must be those of Java's clients: another one is `misrouted`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2

from topics.partitions import partition_of


@pytest.mark.parametrize(
    ("key", "hashed"),  # from Kafka's own UtilsTest
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    ],
)
def test_the_hash_is_javas(key: str, hashed: int) -> None:
    assert partition_of(key, 24) == (hashed & 0x7FFFFFFF) % 24


@given(key=st.text(min_size=1))
def test_another_implementation_agrees(key: str) -> None:
    assert partition_of(key, 1000) == (murmur2(key.encode()) & 0x7FFFFFFF) % 1000
