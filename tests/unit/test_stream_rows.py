"""State rows in memory: as a plain dict of rows, whatever the order of puts."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from pipeline.stream.stages import packed
from pipeline.stream.stages import rows as rows_module
from pipeline.stream.stages.rows import Rows

KEYS = st.sampled_from(["k1", "k2"])
NAMES = st.sampled_from([("flat", ""), ("a", ""), ("a", "x"), ("a", "y"), ("b", "x")])
VALUES = st.none() | st.binary(max_size=3) | st.just(b"v" * 500)  # a few of those are many rows
PUTS = st.lists(st.tuples(KEYS, NAMES, VALUES), max_size=60)


@given(puts=PUTS, fresh=st.integers(1, 20))
def test_rows_are_what_was_put_last(
    puts: list[tuple[str, tuple[str, str], bytes | None]], fresh: int
) -> None:
    with (
        patch.object(packed, "_FRESH_ROWS", fresh),
        patch.object(rows_module, "_FRESH_ROWS", fresh),
    ):
        hold_to_a_dict(puts)


@given(
    subs=st.lists(st.tuples(st.integers(0, 150), st.booleans()), max_size=400),
    looks=st.integers(1, 200),
)
def test_many_rows_of_a_kind(subs: list[tuple[int, bool]], looks: int) -> None:
    """Put, replaced and deleted, and looked at in between."""
    rows, known = Rows(), dict[str, bytes]()
    for turn, (number, stays) in enumerate(subs):
        sub, value = str(number), str(turn).encode() * 20 if stays else None
        rows.put("k", "a", sub, value)
        if value is None:
            known.pop(sub, None)
        else:
            known[sub] = value
        if turn % looks == 0:
            assert rows.subs("k", "a") == known
            assert rows.kinds("k") == (["a"] if known else [])
    assert rows.subs("k", "a") == known
    assert ("k" in rows) == bool(known)
    assert list(rows.keys()) == (["k"] if known else [])
    assert rows.size() == sum(map(len, known.values()))


def hold_to_a_dict(puts: list[tuple[str, tuple[str, str], bytes | None]]) -> None:
    rows, known = Rows("flat"), dict[str, dict[tuple[str, str], bytes]]()
    for key, (kind, sub), value in puts:
        rows.put(key, kind, sub, value)
        mine = known.setdefault(key, {})
        if value is None:
            mine.pop((kind, sub), None)
        else:
            mine[kind, sub] = value
    for key in ("k1", "k2"):
        mine = known.get(key, {})
        assert {(kind, sub): value for kind, sub, value in rows.of(key)} == mine
        assert (key in rows) == bool(mine)
        assert rows.one(key, "flat") == mine.get(("flat", ""))
        assert sorted(rows.kinds(key)) == sorted({kind for kind, _ in mine} - {"flat"})
        for kind in ("a", "b"):
            some = {sub: value for (name, sub), value in mine.items() if name == kind}
            assert rows.subs(key, kind) == some
    assert sorted(rows.keys()) == sorted(key for key, mine in known.items() if mine)
    assert rows.size() == sum(len(value) for mine in known.values() for value in mine.values())
