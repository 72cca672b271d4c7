"""Boosted trees in one and in two passes: how much could be found in the same facts at most.

Trained on banks of the product's simulator. The first pass sees each add's own features, the second
also what the first says of its neighbours. Thresholds are frozen on the training banks, out of
fold (whole banks are left out): the smallest with a precision of .99 there.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.detection.simulated.features import features, neighbours
from bench.detection.simulated.gather import Array, Gathered
from bench.detection.simulated.judge import threshold_of
from bench.environment import python_of

__all__ = ["FOLDS", "Pass", "two_passes"]

FOLDS = 4
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Pass:
    """Which adds of each judged bank are found, in its own order, and the threshold."""

    threshold: float
    found: list[Array]


def two_passes(training: Sequence[Gathered], judged: Sequence[Gathered]) -> tuple[Pass, Pass]:
    """The first pass and the second; the first ``judged`` need not be of the same simulator."""
    own = [features(bank) for bank in (*training, *judged)]
    first, first_scores = _pass(training, own)
    second_rows = [
        np.column_stack([rows, neighbours(bank, scores)])
        for bank, rows, scores in zip((*training, *judged), own, first_scores, strict=True)
    ]
    second, _ = _pass(training, second_rows)
    return first, second


def _pass(training: Sequence[Gathered], rows: Sequence[Array]) -> tuple[Pass, list[Array]]:
    """The pass, and the scores of all banks, those of training ones out of fold."""
    number = len(training)
    fake = np.concatenate([bank.fake for bank in training])
    fold = np.concatenate(
        [np.full(len(bank.fake), place % FOLDS) for place, bank in enumerate(training)]
    )
    train, judged = _boost(np.concatenate(rows[:number]), fake, fold, np.concatenate(rows[number:]))
    threshold = threshold_of(train, fake)
    scores = [*_split(train, rows[:number]), *_split(judged, rows[number:])]
    return Pass(threshold, [one >= threshold for one in scores[number:]]), scores


def _split(scores: Array, rows: Sequence[Array]) -> list[Array]:
    return np.split(scores, np.cumsum([len(one) for one in rows])[:-1])


def _boost(train: Array, fake: Array, fold: Array, judged: Array) -> tuple[Array, Array]:
    with tempfile.TemporaryDirectory() as name:
        given, found = Path(name) / "in.npz", Path(name) / "out.npz"
        np.savez(given, train=train, fake=fake, fold=fold, judged=judged)
        print("Boosting trees …", file=sys.stderr, flush=True)
        python = python_of("lightgbm", _HERE / "lightgbm-requirements.txt")
        command = [str(python), str(_HERE / "boost.py"), str(given), str(found)]
        subprocess.run(command, check=True)
        with np.load(found) as result:
            return result["train"], result["judged"]
