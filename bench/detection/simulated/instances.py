"""What the scoring formula adds up, as arrays: signals that may be, and the levels they rest on.

A signal that may be (an *instance*) is a detector's at a subject, for a customer's month or for one
add, or a customer detector's. It has the best of its places' points, so an instance has one row or
more, one for each place, and a row is a sum of entries of the lists of points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.detection.simulated.gather import SCALES, Array, Gathered, levels_of
from bench.detection.simulated.layout import BIAS, CUSTOMER_PARTS, Layout
from pipeline.core.detectors import CUSTOMER_DETECTORS, GROUP_DETECTORS
from pipeline.core.detectors.base import CAP, CAPS, FULL, LEAST_OTHERS, MANNERS, GroupDetector
from pipeline.core.detectors.customers import SLOW_MOST
from pipeline.core.detectors.levels import LEAST, SIZES, bucket

__all__ = [
    "CAPS_BY_CODE",
    "CODES",
    "LEAST_POINTS",
    "MOST_POINTS",
    "WEIGHTS",
    "Instances",
    "Scored",
    "instances",
]

CODES = (
    *(one.code for one in GROUP_DETECTORS),
    *(one.code for one in CUSTOMER_DETECTORS),
)
WEIGHTS = np.array([-1.0 if code == "lawful_contact" else 1.0 for code in CODES])
_COHORT = CODES.index("fake_cohort")
_LOCKSTEP = CODES.index("fake_lockstep")
_GROUPS = slice(0, len(GROUP_DETECTORS))
_CUSTOMERS = slice(len(GROUP_DETECTORS), len(CODES))

MOST_POINTS, LEAST_POINTS = FULL / 1e6, LEAST / 1e6
CAPS_BY_CODE = np.array([CAPS.get(code, CAP) / 1e6 for code in CODES])


@dataclass(frozen=True)
class Scored:
    """One evaluation: of rows, instances (best of rows, then as counted), families by code;
    ``most`` is what each of a month's families counts at most."""

    rows: Array
    best: Array
    months: Array
    adds: Array
    families: Array
    most: Array
    log_odds: Array


@dataclass(frozen=True)
class Instances:
    """Of rows the ``entries`` of the lists (rows by most parts); ``start`` is the first row of each
    instance. Of instances ``code``, ``of_add`` and ``target``, the number of its add or month."""

    add_month: Array
    month_count: int
    entries: Array
    start: Array
    code: Array
    of_add: Array
    target: Array

    def score(self, lists: Array, prior: float) -> Scored:
        """The product's formula: best place, ``LEAST`` and ``FULL``, sums by family, ``CAP``."""
        whole = lists[self.entries].sum(axis=1)
        rows = np.where(whole < LEAST_POINTS, 0.0, whole)
        best = np.maximum.reduceat(rows, self.start)
        counted = np.clip(best, 0.0, MOST_POINTS)
        months = self._sums(counted, ~self.of_add, self.month_count)
        adds = self._sums(counted, self.of_add, len(self.add_month))
        months[:, _CUSTOMERS] *= self._company(months, adds)[:, None]
        families = months[self.add_month] + adds
        most = np.minimum(CAPS_BY_CODE, np.maximum(CAP / 1e6, self._strongest(counted)))
        log_odds = prior + np.minimum(families, most[self.add_month]) @ WEIGHTS
        return Scored(rows, best, months, adds, families, most, log_odds)

    def suspicion(self, scored: Scored, bounds: list[float]) -> Array:
        """0 to 3 for each month, as ``suspicion_of`` has it: all signals of the month, none of
        single adds, none of the cohort's, little of lockstep without haste."""
        capped = np.minimum(scored.months, scored.most)
        capped[:, _COHORT] = 0.0
        locked = capped[:, _LOCKSTEP]
        slow = locked <= CAP / 1e6
        locked[slow] = np.minimum(locked[slow], SLOW_MOST / 1e6)
        found: Array = np.searchsorted(bounds, capped @ WEIGHTS, side="right")
        return found

    def _company(self, months: Array, adds: Array) -> Array:
        """Whether anything is said of a month by others than its customer."""
        found = months[:, _GROUPS].any(axis=1)
        np.logical_or.at(found, self.add_month, adds[:, _GROUPS].any(axis=1))
        return found

    def _strongest(self, counted: Array) -> Array:
        """The greatest of each month's points by code, single adds' left out."""
        found = np.zeros((self.month_count, len(CODES)))
        of = ~self.of_add
        np.maximum.at(found, (self.target[of], self.code[of]), counted[of])
        return found

    def _sums(self, points: Array, which: Array, number: int) -> Array:
        places = self.target[which] * len(CODES) + self.code[which]
        sums = np.bincount(places, weights=points[which], minlength=number * len(CODES))
        return sums.reshape(number, len(CODES))


def instances(gathered: Gathered, layout: Layout, suspicion: Array | None) -> Instances:
    """Of the first stratum alone where there is no suspicion yet."""
    blocks = [
        *(
            block
            for detector in GROUP_DETECTORS
            if detector.stratum == 1 or suspicion is not None
            for block in _of_groups(gathered, layout, detector, suspicion)
        ),
        *_of_customers(gathered, layout),
    ]
    widest = max(block.entries.shape[1] for block in blocks)
    sizes = np.cumsum([0, *(len(block.entries) for block in blocks)])
    return Instances(
        add_month=gathered.add_month,
        month_count=len(gathered.months),
        entries=np.concatenate([_padded(block.entries, widest, layout) for block in blocks]),
        start=np.concatenate(
            [block.start + size for block, size in zip(blocks, sizes[:-1], strict=True)]
        ),
        code=np.concatenate([np.full(len(block.start), block.code) for block in blocks]),
        of_add=np.concatenate([np.full(len(block.start), block.of_add) for block in blocks]),
        target=np.concatenate([block.target for block in blocks]),
    )


@dataclass(frozen=True)
class _Block:
    code: int
    of_add: bool
    entries: Array
    start: Array
    target: Array


def _of_groups(
    gathered: Gathered, layout: Layout, detector: GroupDetector, suspicion: Array | None
) -> Iterator[_Block]:
    """A block for signals of months and one for those of adds, where there are any."""
    code, parts = CODES.index(detector.code), ("size", *detector.parts)
    for of_add in (False, True):
        scales = [
            number
            for number, (kind, _) in enumerate(SCALES)
            if kind in detector.kinds and (kind == "s") == of_add
        ]
        places = np.flatnonzero(np.isin(gathered.place_scale, scales))
        if not len(places):
            continue
        levels = levels_of(gathered, places, detector.parts, suspicion)
        starts = np.full((len(SCALES), len(MANNERS), 1 + len(parts)), layout.nothing)
        lengths = np.zeros_like(starts)
        least = np.zeros(len(SCALES), dtype=np.int64)
        for number in scales:
            kind, _ = SCALES[number]
            least[number] = max(1, bucket(LEAST_OTHERS[kind], SIZES))
            for hurried, manner in enumerate(MANNERS):
                table = detector.table(*SCALES[number], manner)
                found = [layout.parts[table, part] for part in (BIAS, *parts)]
                starts[number, hurried] = [part.start for part in found]
                lengths[number, hurried] = [part.length for part in found]
        some = levels[:, 0] >= least[gathered.place_scale[places]]
        places, levels = places[some], levels[some]
        of_place = gathered.place_scale[places], gathered.hurried[places]
        if (levels >= lengths[of_place][:, 1:]).any():
            raise ValueError(f"A level of {detector.code} is beyond its list of points.")
        entries = starts[of_place]
        entries[:, 1:] += levels
        member = gathered.place_member[places]
        start = np.flatnonzero(np.diff(member, prepend=-1))
        of = gathered.member_add if of_add else gathered.member_month
        yield _Block(code, of_add, entries, start, of[member[start]])


def _of_customers(gathered: Gathered, layout: Layout) -> Iterator[_Block]:
    months = np.arange(len(gathered.months))
    for detector in CUSTOMER_DETECTORS:
        parts = tuple(CUSTOMER_PARTS[detector.table])
        levels = [detector.level(traits) for traits in gathered.traits]
        entries = np.array(
            [
                [layout.parts[detector.table, part].start + level.get(part, 0) for part in parts]
                for level in levels
            ]
        )
        yield _Block(CODES.index(detector.code), False, entries, months, months)


def _padded(entries: Array, width: int, layout: Layout) -> Array:
    missing = width - entries.shape[1]
    return np.pad(entries, ((0, 0), (0, missing)), constant_values=layout.nothing)
