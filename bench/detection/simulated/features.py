"""What boosted trees are given of each add: the same facts as detectors, but exact and uncapped.

Of the customer's month its traits; of each kind of subject and scale the number of others and
their shares by COUNTS. Pairs of staff are many for one add: of them how many reach a size, the
greatest number, and of each share the greatest. In the second pass also the mean score of the
others by the first, and the add's own.
"""

from __future__ import annotations

import numpy as np

from bench.detection.simulated.gather import LOCKED, SCALES, Array, Gathered
from pipeline.core.detectors.group import COUNTS
from pipeline.core.detectors.members import PAIR, STAFF

__all__ = ["features", "neighbours", "of_months"]

_SHARES = [number for number in range(1, len(COUNTS)) if number != LOCKED]
_SIZES = (2, 4, 8)


def features(gathered: Gathered) -> Array:
    """Adds by features, not a number where there is no other."""
    own = gathered.own()
    totals = gathered.totals(own)
    columns = [_traits(gathered)[gathered.add_month]]
    for scale, (kind, _) in enumerate(SCALES):
        places = np.flatnonzero(gathered.place_scale == scale)
        member = gathered.place_member[places]
        others = totals[gathered.place_cell[places]] - own[member]
        target, number = _targets(gathered, kind, member)
        of = _pairs if kind == PAIR else _largest
        columns.append(_by_add(gathered, kind, of(others, target, number)))
    return np.concatenate(columns, axis=1).astype(np.float32)


def of_months(gathered: Gathered, scores: Array) -> Array:
    """The greatest score of each month's adds."""
    found = np.full(len(gathered.months), -np.inf)
    np.maximum.at(found, gathered.add_month, scores)
    return found


def neighbours(gathered: Gathered, scores: Array) -> Array:
    """What the second pass adds: adds by scales, the greatest mean over a cell's others; and its
    own score."""
    of_month = of_months(gathered, scores)
    columns = []
    for scale, (kind, _) in enumerate(SCALES):
        places = np.flatnonzero(gathered.place_scale == scale)
        member, cell = gathered.place_member[places], gathered.place_cell[places]
        score = of_month[gathered.member_month[member]]
        mean = (_over_cells(cell, score) - score) / (_over_cells(cell, np.ones(len(cell))) - 1)
        target, number = _targets(gathered, kind, member)
        greatest = np.full((number, 1), -np.inf)
        np.maximum.at(greatest[:, 0], target, mean)
        greatest[np.isinf(greatest)] = np.nan
        columns.append(_by_add(gathered, kind, greatest))
    return np.column_stack([*columns, scores]).astype(np.float32)


def _traits(gathered: Gathered) -> Array:
    rows = [
        (
            one.adds,
            one.span,
            one.removed,
            one.removed / one.adds,
            int(one.identity),
            one.shared,
            one.wrote,
            one.elsewhere,
            one.hurry,
        )
        for one in gathered.traits
    ]
    return np.array(rows, dtype=float)


def _targets(gathered: Gathered, kind: str, member: Array) -> tuple[Array, int]:
    """Whose features the members' are, and of how many: adds' at staff, else months'."""
    if kind == STAFF:
        return gathered.member_add[member], len(gathered.adds)
    return gathered.member_month[member], len(gathered.months)


def _by_add(gathered: Gathered, kind: str, found: Array) -> Array:
    return found if kind == STAFF else found[gathered.add_month]


def _largest(others: Array, target: Array, number: int) -> Array:
    """Of each target's places the one of most others: their number and shares."""
    found = np.full((number, 1 + len(_SHARES)), np.nan)
    order = np.argsort(others[:, 0], kind="stable")
    rows = np.column_stack([others[:, 0], others[:, _SHARES] / others[:, :1]])
    found[target[order]] = rows[order]  # the last one stays
    return found


def _pairs(others: Array, target: Array, number: int) -> Array:
    """The most others, how many places have at least so many, and the greatest shares where there
    are two others or more."""
    most = np.full((number, 1 + len(_SHARES)), -np.inf)
    np.maximum.at(most[:, 0], target, others[:, 0])
    large = others[:, 0] >= 2
    for column, share in enumerate(_SHARES, 1):
        shares = others[large, share] / others[large, 0]
        np.maximum.at(most[:, column], target[large], shares)
    most[np.isinf(most)] = np.nan
    counts = [
        np.bincount(target[others[:, 0] >= size], minlength=number).astype(float) for size in _SIZES
    ]
    return np.column_stack([most, *counts])


def _over_cells(cell: Array, values: Array) -> Array:
    """For each place the sum over its cell."""
    sums: Array = np.bincount(cell, weights=values)[cell]
    return sums
