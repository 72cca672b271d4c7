"""Fits the detectors' points to banks of the product's and the randomised simulator, end to end.

    python -m bench.detection.simulated.fit --train-seeds 1 2 3 4 5 6 7 8
        [--randomised-seeds 1 2 3 4] [--epochs 120] [--staff S] [--out FILE]

The first stratum first; then each customer's suspicion by it, and the cohort with the first held
fast. Writes pipeline/core/detectors/points.toml, the same bytes for the same banks. Prints the
prior it found, and the one with which the policy's default threshold has a precision of .99 on
these banks: one of the two belongs into the policy's defaults. Nothing reads the second simulator.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from bench.detection.simulated.banks import STAFF, Bank, accounts, make_bank
from bench.detection.simulated.gather import SCALES, Gathered, gather
from bench.detection.simulated.instances import instances
from bench.detection.simulated.judge import threshold_of
from bench.detection.simulated.layout import bounds_of, layout, write
from bench.detection.simulated.train import EPOCHS, Example, train, weights_of
from bench.replay.bank import ROOT
from pipeline.core.calendar import Calendar
from pipeline.core.detectors import GROUP_DETECTORS
from pipeline.core.detectors.base import MANNERS
from pipeline.core.policy import Policy

__all__ = ["CALENDAR", "Fitted", "fit", "gathered_bank", "main"]

CALENDAR = Calendar("Asia/Shanghai")
_THRESHOLD = Policy(version="default", effective_from=date(2000, 1, 1)).fake_threshold
OUT = ROOT / "pipeline" / "core" / "detectors" / "points.toml"


@dataclass(frozen=True)
class Fitted:
    """The text of points.toml, and priors in log-odds.

    ``prior`` is what the fit found, where crowds and small pools weigh more than their adds;
    ``precise`` gives the default threshold a precision of .99 on the banks fitted to, -inf where
    nothing does.
    """

    text: str
    prior: float
    precise: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the command line, fits, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train-seeds", type=int, nargs="+", required=True)
    parser.add_argument("--randomised-seeds", type=int, nargs="*", default=[])
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--staff", type=int, default=STAFF)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    seeds = {"product": options.train_seeds, "randomised": options.randomised_seeds}
    banks = [
        make_bank(simulator, seed, options.staff)
        for simulator, some in seeds.items()
        for seed in some
    ]
    found = fit([gathered_bank(bank) for bank in banks], options.epochs)
    options.out.write_text(found.text, encoding="utf-8")
    print(f"prior = {found.prior * 1_000_000:.0f}")
    print(f"prior for a precision of .99 = {found.precise * 1_000_000:.0f}")


def gathered_bank(bank: Bank) -> Gathered:
    """A bank's customers as detectors are told of them, with the truth."""
    return gather(accounts(bank), bank.truth(), CALENDAR)


def fit(banks: Sequence[Gathered], epochs: int = EPOCHS) -> Fitted:
    """ValueError where there is no fake in the banks, or nothing else."""
    fake = np.concatenate([bank.fake for bank in banks])
    if not 0 < fake.mean() < 1:
        raise ValueError("There must be fakes and lawful adds to tell apart.")
    found = layout()
    start = math.log(fake.mean() / (1 - fake.mean())) - 1
    _say("First stratum:")
    first = [Example(instances(bank, found, None), bank.fake, weights_of(bank)) for bank in banks]
    parameters, prior = train(first, found, found.first, start, ~found.cohort, epochs)
    bounds = bounds_of(prior)
    lists = found.matrix @ parameters
    suspicions = [
        one.instances.suspicion(one.instances.score(lists, prior), bounds) for one in first
    ]
    _say("Second stratum:")
    second = [
        Example(instances(bank, found, suspicion), one.fake, one.weights)
        for bank, one, suspicion in zip(banks, first, suspicions, strict=True)
    ]
    parameters, prior = train(second, found, parameters, start, found.cohort, epochs)
    lists = found.matrix @ parameters
    scores = np.concatenate([one.instances.score(lists, prior).log_odds for one in second])
    precise = prior - threshold_of(scores, fake) + math.log(_THRESHOLD / (1 - _THRESHOLD))
    return Fitted(write(found, parameters, _seen(banks), bounds), prior, precise)


def _seen(banks: Sequence[Gathered]) -> set[str]:
    """The tables of group detectors for which a bank has a place."""
    places = {
        (int(scale), int(hurried))
        for bank in banks
        for scale, hurried in np.unique(np.stack([bank.place_scale, bank.hurried]), axis=1).T
    }
    return {
        detector.table(*SCALES[scale], MANNERS[hurried])
        for detector in GROUP_DETECTORS
        for scale, hurried in places
        if SCALES[scale][0] in detector.kinds
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
