"""The packed map: as a plain dict, whatever the order of puts, also where everything collides."""

from __future__ import annotations

from collections.abc import Iterable
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stream.stages import packed
from pipeline.stream.stages.packed import Packed

KEYS = st.sampled_from(
    ["", "k", "k1", "k2", "客户", *(f"customer {number}" for number in range(20))]
)
VALUES = st.none() | st.binary(max_size=3) | st.binary(min_size=50, max_size=90)
PUTS = st.lists(st.tuples(KEYS, VALUES), max_size=120)


def hold_to_a_dict(puts: Iterable[tuple[str, bytes | None]]) -> Packed:
    rows, known = Packed(), dict[str, bytes]()
    for key, value in puts:
        assert rows.get(key) == known.get(key)
        assert (key in rows) == (key in known)
        rows.put(key, value)
        if value is None:
            known.pop(key, None)
        else:
            known[key] = value
    assert {key: rows.get(key) for key in known} == known
    assert "no such key" not in rows
    assert sorted(rows.items()) == sorted(known.items())
    return rows


@given(puts=PUTS, fresh=st.integers(1, 9), chunk=st.integers(5, 9), tag=st.integers(1, 28))
def test_a_packed_map_is_a_dict(
    puts: list[tuple[str, bytes | None]], fresh: int, chunk: int, tag: int
) -> None:
    """With few rows at once, small chunks and short tags, all that is rare happens."""
    small = {
        "_FRESH_ROWS": fresh,
        "_CHUNK_BITS": chunk,
        "_IN_CHUNK": (1 << chunk) - 1,
        "_TAG_BITS": tag,
        "_TAG": (1 << tag) - 1,
        "_LEAST_SLOTS": 2,
        "_TIDIED": 2,
    }
    with patch.multiple(packed, **small):
        hold_to_a_dict(puts)


def test_many_rows_take_little_more_than_their_bytes() -> None:
    rows = Packed()
    for turn in range(3):
        for number in range(60_000):
            rows.put(f"customer {number}", bytes([turn]) * 150)
    held = sum(map(len, rows._chunks)) + rows._table.nbytes
    assert held < 60_000 * (150 + 14) * 1.6
    assert rows.get("customer 77") == b"\2" * 150
    assert len(rows.items()) == 60_000


@pytest.mark.parametrize("length", [0, 1, 70_000, 3 << 20])
def test_a_value_of_any_length(length: int) -> None:
    value = bytes(length)
    rows = hold_to_a_dict([("k", value), ("x" * 70_000, value), ("other", b"v"), ("k", b"less")])
    assert rows.get("x" * 70_000) == value
