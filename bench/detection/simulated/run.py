"""truefriend on simulated banks beside boosted trees, on seeds that nothing was fitted to.

    python -m bench.detection.simulated.run --seeds 21 22 23 24 --randomised-seeds 5 6
        --second-seeds 1 2 3 4 [--train-seeds 1 2 3 4 5 6 7 8] [--randomised-train-seeds 1 2 3 4]
        [--staff S]

truefriend is judged as a user gets it: `truefriend replay` under the default policy, found is what
has a fake_* code among its reasons. The trees are trained, and their thresholds frozen, on banks of
the product's and the randomised simulator; all are then judged on other seeds of both and of the
second simulator, which nothing is ever fitted to. Writes bench/results/detection-simulated.json;
`python -m bench.table` makes the table from it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.detection.simulated.banks import STAFF, Bank, make_bank, verdicts
from bench.detection.simulated.fit import gathered_bank
from bench.detection.simulated.judge import Counts, count, rates
from bench.detection.simulated.trees import Pass, two_passes
from bench.replay.measure import machine

__all__ = ["main", "measure"]

OUT = Path(__file__).resolve().parents[2] / "results" / "detection-simulated.json"
TRAINING = [1, 2, 3, 4, 5, 6, 7, 8]
Seeds = Mapping[str, Sequence[int]]
"""By simulator."""


def main() -> None:
    """Reads the command line, measures, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--randomised-seeds", type=int, nargs="+", required=True)
    parser.add_argument("--second-seeds", type=int, nargs="+", required=True)
    parser.add_argument("--train-seeds", type=int, nargs="+", default=TRAINING)
    parser.add_argument("--randomised-train-seeds", type=int, nargs="*", default=TRAINING)
    parser.add_argument("--staff", type=int, default=STAFF)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    training = {"product": options.train_seeds, "randomised": options.randomised_train_seeds}
    judged = {
        "product": options.seeds,
        "randomised": options.randomised_seeds,
        "second": options.second_seeds,
    }
    if any(set(some) & set(judged[name]) for name, some in training.items()):
        parser.error("No seed may be both trained on and judged.")
    results = measure(training, judged, options.staff)
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    options.out.write_text(text, encoding="utf-8")


def measure(training: Seeds, simulators: Seeds, staff: int) -> dict[str, Any]:
    """The results as they are written."""
    started = machine()
    judged = _banks(simulators, staff)
    counts = _judged(judged, _banks(training, staff))
    return {
        "kind": "detection-simulated",
        "machine": started,
        "staff": staff,
        "training": {name: list(some) for name, some in training.items()},
        "thresholds": counts.pop("thresholds"),
        "simulators": {
            name: {
                "seeds": list(some),
                **{
                    method: rates(
                        [
                            one
                            for bank, one in zip(judged, found, strict=True)
                            if bank.simulator == name
                        ]
                    )
                    for method, found in counts.items()
                },
            }
            for name, some in simulators.items()
        },
    }


def _banks(simulators: Seeds, staff: int) -> list[Bank]:
    return [make_bank(name, seed, staff) for name, some in simulators.items() for seed in some]


def _judged(judged: Sequence[Bank], training: Sequence[Bank]) -> dict[str, Any]:
    """By method the counts of each bank; and ``thresholds`` of the trees."""
    truths = [bank.truth() for bank in judged]
    told = [verdicts(bank) for bank in judged]
    gathered = [gathered_bank(bank) for bank in judged]
    passes = two_passes([gathered_bank(bank) for bank in training], gathered)

    def counted(found: Sequence[set[tuple[str, str]]]) -> list[Counts]:
        return [
            count(truth, all_.keys(), some)
            for truth, all_, some in zip(truths, told, found, strict=True)
        ]

    def by_trees(one: Pass) -> list[Counts]:
        return counted(
            [
                {pair for pair, hit in zip(bank.adds, hits, strict=True) if hit}
                for bank, hits in zip(gathered, one.found, strict=True)
            ]
        )

    by_us = [{pair for pair, one in all_.items() if one.found} for all_ in told]
    return {
        "thresholds": [round(one.threshold, 4) for one in passes],
        "truefriend": counted(by_us),
        "trees_one_pass": by_trees(passes[0]),
        "trees_two_passes": by_trees(passes[1]),
    }


if __name__ == "__main__":
    main()
