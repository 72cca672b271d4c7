"""Hides the purchased accounts in the organic stream.

What is changed, by the seed:

- *Time.* All purchased adds are moved by one shift, drawn so that they lie within the organic
  stream's span. Their gaps and the order of the accounts stay as they were.
- *Targets.* Each target of theirs becomes an organic target, no two the same, drawn by how often
  those are added: as busy as where a random organic add goes, with its own lawful adds before,
  meanwhile and after. So which target it is, and how busy, gives no purchased account away.
- *Camouflage c.* Each purchased account adds c times as many further targets, drawn by how often
  they are added, each at the time of a random organic add within 30 days of the account's first,
  moved by up to five minutes. Rounded to the nearest whole number, halves to the even one.

The *split* is a date of the purchased adds (31 May 2024), moved with them: accounts that begin
before it are the earlier part, 279 of 606. Thresholds are chosen on what happens before the split,
judged on what happens after it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from bench.detection.real.data import Edge

__all__ = ["Stream", "inject"]

SPLIT = 1_717_113_600
"""2024-05-31T00:00:00Z: about half of the purchased accounts begin earlier."""

NEAR = 30 * 86_400
JITTER = 300


@dataclass(frozen=True)
class Stream:
    """The mixed stream in order of time.

    ``begins``: each purchased account's first purchased add. ``targets``: how many different ones
    it was paid for, camouflage not counted. Accounts in neither are organic. ``split``: the moved
    date, in seconds since 1970 as all times here.
    """

    edges: Sequence[Edge]
    begins: Mapping[str, int]
    targets: Mapping[str, int]
    split: int


def inject(
    bought: Sequence[Edge], organic: Sequence[Edge], seed: int, camouflage: float = 0.0
) -> Stream:
    """Both in one stream; the same arguments, the same stream. Both must be in order of time.

    ValueError where the purchased adds span more time than the organic ones, or the organic stream
    has fewer targets.
    """
    rng = Random(seed)
    room = _span(organic) - _span(bought)
    if room < 0:
        raise ValueError("The purchased adds span more time than the organic stream.")
    shift = organic[0].time - bought[0].time + rng.randint(0, room)
    place = _places(bought, organic, rng)
    moved = [Edge(edge.time + shift, edge.account, place[edge.target]) for edge in bought]
    own: dict[str, list[Edge]] = defaultdict(list)
    for edge in moved:
        own[edge.account].append(edge)
    cover = [
        edge
        for some in own.values()
        for edge in _cover(some, organic, rng, round(camouflage * len(some)))
    ]
    return Stream(
        edges=sorted([*organic, *moved, *cover]),
        begins={account: some[0].time for account, some in own.items()},
        targets={account: len({edge.target for edge in some}) for account, some in own.items()},
        split=SPLIT + shift,
    )


def _places(bought: Sequence[Edge], organic: Sequence[Edge], rng: Random) -> dict[str, str]:
    """An organic target for each purchased one, no two the same."""
    old = sorted({edge.target for edge in bought})
    if len(old) > len({edge.target for edge in organic}):
        raise ValueError("The organic stream has fewer targets than the purchased adds.")
    drawn: dict[str, None] = {}
    while len(drawn) < len(old):
        drawn[rng.choice(organic).target] = None
    return dict(zip(old, drawn, strict=True))


def _cover(own: Sequence[Edge], organic: Sequence[Edge], rng: Random, count: int) -> list[Edge]:
    """So many further targets of one account, none of its own and none twice."""
    begin = own[0].time
    first = bisect_left(organic, begin - NEAR, key=lambda edge: edge.time)
    last = bisect_left(organic, begin + NEAR, key=lambda edge: edge.time)
    taken = {edge.target for edge in own}
    cover: list[Edge] = []
    while len(cover) < count:
        target = rng.choice(organic).target
        if target not in taken:
            taken.add(target)
            time = organic[rng.randrange(first, last)].time + rng.randint(-JITTER, JITTER)
            cover.append(Edge(time, own[0].account, target))
    return cover


def _span(edges: Sequence[Edge]) -> int:
    return edges[-1].time - edges[0].time
