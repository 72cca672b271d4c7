"""Intervals of 95 %: of a share, of a mean over seeds, and the upper bound of a rare share.

SciPy's special functions are imported when they are needed: they take a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, mean, stdev

from sinks.evaluation.model import Share

__all__ = ["mean_interval", "upper_bound", "wilson"]

_Z = NormalDist().inv_cdf(0.975)


def wilson(share: Share) -> tuple[float, float]:
    """Wilson's score interval (1927) of a share of a whole over 0.

    It takes adds to be independent, which those of a pool are not: over seeds is the better one.
    """
    part, whole = share
    at = part / whole
    centre = at + _Z * _Z / (2 * whole)
    half = _Z * sqrt(at * (1 - at) / whole + _Z * _Z / (4 * whole * whole))
    scale = 1 + _Z * _Z / whole
    low = 0.0 if part == 0 else (centre - half) / scale
    high = 1.0 if part == whole else (centre + half) / scale
    return low, high


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """(mean, low, high) by Student's t over two seeds or more."""
    from scipy.special import stdtrit

    middle = mean(values)
    half = float(stdtrit(len(values) - 1, 0.975)) * stdev(values) / sqrt(len(values))
    return middle, middle - half, middle + half


def upper_bound(share: Share) -> float:
    """The exact one-sided bound of Clopper and Pearson (1934): with a true share above it, so few
    would be seen in less than 5 of 100 cases. For none seen it is 1 − 0.05^(1/n), the rule of
    three. 1 of nothing.
    """
    from scipy.special import betaincinv

    part, whole = share
    if part >= whole:
        return 1.0
    return float(betaincinv(part + 1, whole - part, 0.95))
