"""Dense blocks and drips by their definition: sets, and everything counted anew at each step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

Edge = tuple[str, str]
Node = tuple[bool, str]
Found = tuple[tuple[str, ...], tuple[str, ...], int]


def blocks(edges: Collection[Edge]) -> list[Found]:
    left = {frozenset(((False, customer), (True, staff))) for customer, staff in edges}
    found: list[Found] = []
    while len(found) < 10 and (left := core(left)):
        nodes = densest(left)
        inside = {edge for edge in left if edge <= nodes}
        if Fraction(len(inside), len(nodes)) < 2:
            break
        customers = tuple(sorted(one for is_staff, one in nodes if not is_staff))
        staff = tuple(sorted(one for is_staff, one in nodes if is_staff))
        found.append((customers, staff, len(inside)))
        left -= inside
    return found


def core(edges: set[frozenset[Node]]) -> set[frozenset[Node]]:
    """Those edges whose customer has three of them and whose staff member has ten."""
    while True:
        nodes = frozenset[Node]().union(*edges)
        few = {node for node in nodes if sum(node in one for one in edges) < (10 if node[0] else 3)}
        if not few:
            return edges
        edges = {edge for edge in edges if not edge & few}


def densest(edges: Collection[frozenset[Node]]) -> frozenset[Node]:
    nodes = frozenset[Node]().union(*edges)
    best, most = nodes, Fraction(0)
    while nodes:
        inside = [edge for edge in edges if edge <= nodes]
        density = Fraction(len(inside), len(nodes))
        if density > most:
            best, most = nodes, density
        least = min(nodes, key=lambda node: (sum(node in edge for edge in inside), node))
        nodes -= {least}
    return best


def drips(days: Mapping[Edge, Collection[int]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    found = []
    for customers, staff, edges in blocks(days):
        between = [(c, s) for c in customers for s in staff if (c, s) in days]
        slow = len({day for edge in between for day in days[edge]}) >= 3
        full = Fraction(edges, len(customers) * len(staff)) >= Fraction(1, 2)
        if len(customers) >= 20 and len(staff) >= 3 and slow and full:
            found.append((customers, staff))
    return found
