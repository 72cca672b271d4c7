"""Peeling with a heap and without those of few edges finds what the definition finds."""

from __future__ import annotations

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.core.detectors.drip import drips_of, united
from pipeline.core.detectors.peel import core, dense_blocks
from tests.definition import peel as definition

CUSTOMERS = [f"C{number:02}" for number in range(30)]
STAFF = [f"S{number}" for number in range(8)]
EDGES = st.sets(st.tuples(st.sampled_from(CUSTOMERS), st.sampled_from(STAFF)), max_size=150)


def whole(customers: list[str], staff: list[str]) -> set[tuple[str, str]]:
    return {(customer, one) for customer in customers for one in staff}


@given(edges=EDGES, shuffled=st.randoms(use_true_random=False))
@example(edges=whole(CUSTOMERS[:12], STAFF[:4]) | whole(CUSTOMERS[12:], STAFF[4:]), shuffled=None)
@settings(deadline=None)
def test_the_blocks_are_the_defined_ones_in_any_order(edges: set, shuffled: object) -> None:
    some = sorted(edges)
    if shuffled is not None:
        shuffled.shuffle(some)
    assert [tuple(block) for block in dense_blocks(some + some[:3])] == definition.blocks(edges)


@given(edges=EDGES, part=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_a_part_has_the_same_blocks_without_what_is_outside_the_core_of_all(
    edges: set, part: random.Random
) -> None:
    some = {edge for edge in sorted(edges) if part.random() < 0.8}
    inside = core(edges)
    assert inside <= edges
    assert dense_blocks(some & inside) == dense_blocks(some)


@st.composite
def spans(draw: st.DrawFn) -> dict[tuple[str, str], list[int]]:
    """A pool of about the size and fill at which it becomes a drip, and some others."""
    size, staff = draw(st.integers(18, 22)), draw(st.integers(2, 5))
    fill = draw(st.sampled_from((0.4, 0.5, 0.6, 1.0)))
    days = st.integers(0, draw(st.integers(1, 4)))
    found: dict[tuple[str, str], list[int]] = {}
    for number in range(size):
        for one in range(staff):
            if draw(st.floats(0, 1)) <= fill:
                found[f"P{number}", f"S{one}"] = [draw(days)]
    for edge in draw(EDGES):
        found.setdefault(edge, []).append(draw(days))
    return found


@given(days=spans())
@settings(deadline=None, max_examples=60)
def test_drips_are_the_defined_ones(days: dict) -> None:
    assert drips_of(days) == definition.drips(days)


def test_the_densest_block_comes_first_and_sparse_company_is_none() -> None:
    pool = whole(CUSTOMERS[:12], STAFF[:4])
    firm = whole(CUSTOMERS[12:21], STAFF[4:7])  # its staff have nine customers each
    couples = whole([f"O{number}" for number in range(100)], STAFF[:2])
    assert dense_blocks(pool | firm | couples) == [(tuple(CUSTOMERS[:12]), tuple(STAFF[:4]), 48)]


def test_drips_of_many_days_that_share_a_customer_are_one_pool() -> None:
    one, two = (("A", "B"), ("x",)), (("B", "C"), ("y",))
    apart, bridge = (("E",), ("x",)), (("C", "E"), ("z",))
    assert united([two, apart, one]) == [(("A", "B", "C"), ("x", "y")), (("E",), ("x",))]
    assert united([two, apart, one, bridge]) == [(("A", "B", "C", "E"), ("x", "y", "z"))]
