"""The densest groups of customers and staff: greedy peeling, one group after another.

*Definition.* An edge is a customer and a staff member. Of the edges only the *core* is looked at:
customers with OF_CUSTOMER edges and staff with OF_STAFF at least, again and again until all have
them. The density of a set of customers and staff is the number of edges between them by the number
of both. Peel: take the one with the fewest edges away (of equals customers before staff, then the
first by code point) until none is left; the *block* is the set of greatest density on the way, the
first of equals, which is at least half as dense as the densest there is (Charikar, APPROX 2000).
Its edges are taken out, and again, until no block has a density of DENSITY or BLOCKS were found.
"""

from __future__ import annotations

from collections.abc import Collection
from heapq import heapify, heappop, heappush
from typing import NamedTuple

__all__ = ["BLOCKS", "DENSITY", "OF_CUSTOMER", "OF_STAFF", "Block", "Edge", "core", "dense_blocks"]

OF_CUSTOMER = 3
OF_STAFF = 10
"""Edges of each in the core. Most customers add one staff member: nearly all adds are no part."""

DENSITY = 2
"""A block has so many edges for each of its customers and staff at least."""

BLOCKS = 10
"""So many blocks are looked for."""

Edge = tuple[str, str]
"""(customer_id, staff_id)"""

_Graph = dict[int, set[int]]
"""A node to its neighbours: customers, then staff, each numbered by code point."""


class Block(NamedTuple):
    """Customers and staff in code-point order, and how many edges are between them."""

    customers: tuple[str, ...]
    staff: tuple[str, ...]
    edges: int


def dense_blocks(edges: Collection[Edge]) -> list[Block]:
    """The blocks in the order found; ``edges`` may come in any order, and twice."""
    graph, names, first_staff = _core_graph(edges)
    found: list[Block] = []
    while len(found) < BLOCKS and graph:
        nodes = _densest(graph)
        inside = {node: graph[node] & nodes for node in nodes}
        size = sum(map(len, inside.values())) // 2
        if size < DENSITY * len(nodes):
            break
        some = sorted(nodes)
        found.append(
            Block(
                tuple(names[node] for node in some if node < first_staff),
                tuple(names[node] for node in some if node >= first_staff),
                size,
            )
        )
        for node, others in inside.items():
            graph[node] -= others
        graph = _core(graph, first_staff)
    return found


def core(edges: Collection[Edge]) -> set[Edge]:
    """The edges of the core. Any part of the edges has the same blocks without the others: the core
    of a part lies in that of the whole.
    """
    graph, names, first_staff = _core_graph(edges)
    return {
        (names[customer], names[staff])
        for customer in range(first_staff)
        for staff in graph.get(customer, ())
    }


def _core_graph(edges: Collection[Edge]) -> tuple[_Graph, list[str], int]:
    """The core, the nodes' names by number, and the first number that is a staff member's."""
    customers = sorted({customer_id for customer_id, _ in edges})
    names = customers + sorted({staff_id for _, staff_id in edges})
    first_staff = len(customers)
    return _core(_graph_of(edges, names, first_staff), first_staff), names, first_staff


def _graph_of(edges: Collection[Edge], names: list[str], first_staff: int) -> _Graph:
    of_customer = {name: number for number, name in enumerate(names[:first_staff])}
    of_staff = {name: number for number, name in enumerate(names[first_staff:], first_staff)}
    graph: _Graph = {number: set() for number in range(len(names))}
    for customer_id, staff_id in edges:
        customer, staff = of_customer[customer_id], of_staff[staff_id]
        graph[customer].add(staff)
        graph[staff].add(customer)
    return graph


def _core(graph: _Graph, first_staff: int) -> _Graph:
    """Without those that have too few edges, and whoever then has."""

    def least(node: int) -> int:
        return OF_CUSTOMER if node < first_staff else OF_STAFF

    poor = [node for node, others in graph.items() if len(others) < least(node)]
    while poor:
        node = poor.pop()
        for other in graph.pop(node):
            others = graph[other]
            others.remove(node)
            if len(others) == least(other) - 1:
                poor.append(other)
    return graph


def _densest(graph: _Graph) -> set[int]:
    degrees = {node: len(others) for node, others in graph.items()}
    edges, left = sum(degrees.values()) // 2, len(graph)
    best_edges, best_left, best_step = edges, left, 0
    base = max(graph) + 1
    heap = [degree * base + node for node, degree in degrees.items()]  # by degree, then by node
    heapify(heap)
    order: list[int] = []
    while heap:
        degree, node = divmod(heappop(heap), base)
        if degrees.get(node) != degree:
            continue  # it has fewer edges by now, and stands there too
        del degrees[node]
        order.append(node)
        edges, left = edges - degree, left - 1
        for other in graph[node]:
            if other in degrees:
                fewer = degrees[other] = degrees[other] - 1
                heappush(heap, fewer * base + other)
        if left and edges * best_left > best_edges * left:
            best_edges, best_left, best_step = edges, left, len(order)
    return set(order[best_step:])
