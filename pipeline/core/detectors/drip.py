"""Slow-drip pools: the same accounts come to the same staff, a few a day over weeks.

*Definition.* For each complete bank day D, the dense blocks (peel.py) of the adds of the SPAN days
up to D; a block is a drip if it has SMALLEST customers, LEAST_STAFF staff, edges between half of
all customers and staff at least, and its adds fall on SLOW days. Drips of all days that share a
customer are one pool. A pool is an alert and no evidence: people of one firm do look like this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pipeline.core.detectors.peel import Block, Edge, dense_blocks

__all__ = ["SPAN", "Drip", "drips_of", "united"]

SPAN = 30
"""Days of adds that are looked at together."""

SMALLEST = 20
"""A drip has so many customers at least: a firm's finance team is smaller."""

LEAST_STAFF = 3
SLOW = 3
"""The adds of a drip fall on so many bank days at least; faster pools have other detectors."""

Drip = tuple[tuple[str, ...], tuple[str, ...]]
"""(customers, staff), each in code-point order."""


def drips_of(days: Mapping[Edge, Collection[int]]) -> list[Drip]:
    """The drips of one span: ``days`` has the bank days on which an edge was added."""
    return [
        (block.customers, block.staff)
        for block in dense_blocks(days)
        if _is_broad(block) and len(_days_of(block, days)) >= SLOW
    ]


def united(drips: Iterable[Drip]) -> list[Drip]:
    """Those that share a customer as one, in the order of their first customers."""
    pools: list[tuple[set[str], set[str]]] = []
    for customers, staff in drips:
        one = set(customers), set(staff)
        apart = [pool for pool in pools if not pool[0] & one[0]]
        for pool in pools:
            if pool[0] & one[0]:
                one[0].update(pool[0])
                one[1].update(pool[1])
        pools = [*apart, one]
    return sorted((tuple(sorted(customers)), tuple(sorted(staff))) for customers, staff in pools)


def _is_broad(block: Block) -> bool:
    customers, staff = len(block.customers), len(block.staff)
    enough = customers >= SMALLEST and staff >= LEAST_STAFF
    return enough and 2 * block.edges >= customers * staff


def _days_of(block: Block, days: Mapping[Edge, Collection[int]]) -> set[int]:
    return {
        day
        for customer_id in block.customers
        for staff_id in block.staff
        for day in days.get((customer_id, staff_id), ())
    }
