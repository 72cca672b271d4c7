"""How evidence adds up: integer weights, capped per family, calibrated to a probability.

Weights are millionths of log-odds, so that no order of adding changes the sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from pipeline.core.policy import Policy
from pipeline.core.records import Signal

__all__ = ["NO_SCORE", "Score", "score"]

MILLION = 1_000_000


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
    for signal in ordered:
        totals[signal.code] = totals.get(signal.code, 0) + contribution(signal, policy)
    families = {code: capped(code, total, policy) for code, total in totals.items() if total > 0}
    if not families:
        return NO_SCORE
    value = probability(policy.fake_prior + sum(families.values()))
    over = sorted(families) if value >= policy.fake_threshold else []
    return Score(value, over, _evidence(ordered, families))


def contribution(signal: Signal, policy: Policy) -> int:
    """A signal's weight in millionths of log-odds."""
    return policy.fake_weights.get(signal.code, 0) * round(signal.score * MILLION) // MILLION


def capped(code: str, total: int, policy: Policy) -> int:
    return min(total, policy.fake_caps.get(code, total))


def probability(log_odds: int) -> float:
    """The logistic function of millionths of log-odds, rounded to 6 decimals."""
    x = max(-700.0, min(700.0, log_odds / MILLION))
    return round(1 / (1 + math.exp(-x)), 6)


def _evidence(signals: list[Signal], families: Mapping[str, int]) -> str:
    rows = [
        {
            "signal_id": signal.signal_id,
            "code": signal.code,
            "score": signal.score,
            "weight": families[signal.code],
            "detail": msgspec.Raw(signal.evidence.encode()),
        }
        for signal in signals
        if signal.code in families
    ]
    return msgspec.json.encode(rows).decode()
