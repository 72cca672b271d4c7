"""How evidence adds up: integer weights, capped per family, calibrated to a probability.

Weights are millionths of log-odds, so that no order of adding changes the sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from pipeline.core.detectors.base import TOGETHER
from pipeline.core.policy import Policy
from pipeline.core.records import Signal

__all__ = ["NO_SCORE", "Score", "score"]

MILLION = 1_000_000

SHOWN = 3
"""So many signals of a family stand in an add's evidence; all are in the table signals."""


class Score(NamedTuple):
    """fake_score (0 to 1, 6 decimals), the families at or over the threshold, evidence JSON."""

    fake_score: float
    families: list[str]
    evidence: str


NO_SCORE = Score(0.0, [], "[]")


def score(signals: Iterable[Signal], policy: Policy) -> Score:
    """The score of one add's signals under its policy."""
    ordered = sorted(signals, key=lambda signal: (signal.code, signal.signal_id))
    totals: dict[str, int] = {}
    strongest: dict[str, int] = {}
    for signal in ordered:
        weight, code = contribution(signal, policy), signal.code
        totals[code] = totals.get(code, 0) + weight
        strongest[code] = max(strongest.get(code, 0), weight)
    weighed = {
        code: capped(code, total, strongest[code], policy)
        for code, total in totals.items()
        if total
    }
    families = sorted(code for code, weight in weighed.items() if weight > 0)
    if not families:
        return NO_SCORE
    value = probability(policy.fake_prior + sum(weighed.values()))
    over = families if value >= policy.fake_threshold else []
    return Score(value, over, _evidence(ordered, weighed))


def contribution(signal: Signal, policy: Policy) -> int:
    """A signal's weight in millionths of log-odds."""
    return policy.fake_weights.get(signal.code, 0) * round(signal.score * MILLION) // MILLION


def capped(code: str, total: int, strongest: int, policy: Policy) -> int:
    """A family's part: neither more than its cap nor, speaking against, less than minus that; of
    ``TOGETHER`` no more than that, unless the strongest signal is more.
    """
    cap = policy.fake_caps.get(code, abs(total))
    most = min(cap, max(TOGETHER.get(code, cap), strongest))
    return max(-cap, min(total, most))


def probability(log_odds: int) -> float:
    """The logistic function of millionths of log-odds, rounded to 6 decimals."""
    x = max(-700.0, min(700.0, log_odds / MILLION))
    return round(1 / (1 + math.exp(-x)), 6)


def _evidence(signals: list[Signal], weighed: Mapping[str, int]) -> str:
    """The strongest signals of each family; ``of`` says how many it has."""
    by_code: dict[str, list[Signal]] = {}
    for signal in signals:
        if signal.code in weighed:
            by_code.setdefault(signal.code, []).append(signal)
    rows = [
        {
            "signal_id": signal.signal_id,
            "code": code,
            "score": signal.score,
            "weight": weighed[code],
            "of": len(some),
            "detail": msgspec.Raw(signal.evidence.encode()),
        }
        for code, some in by_code.items()
        for signal in sorted(some, key=_by_strength)[:SHOWN]
    ]
    return msgspec.json.encode(rows).decode()


def _by_strength(signal: Signal) -> tuple[float, str]:
    return -signal.score, signal.signal_id
