"""LightGBM in a process of its own, for it is no dependency of the product.

    python boost.py IN.npz OUT.npz

IN has ``train`` (adds by features), ``fake`` (0 or 1), ``fold`` (number of each row's fold) and
``judged``. OUT has the log-odds ``train`` of each row by the model that has not seen its fold, and
``judged`` by the model of all.
"""

import sys
from typing import Any

import lightgbm  # type: ignore[import-not-found]
import numpy as np

SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_data_in_leaf": 40,
    "lambda_l2": 5.0,  # else a leaf of one kind alone gets any score at all
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "seed": 1,
    "deterministic": True,
    "force_col_wise": True,
    "max_bin": 63,
    "num_threads": 1,  # more of them wait for each other where others use the cores
    "verbose": -1,
}
ROUNDS = 150


def main() -> None:
    """Reads, boosts, writes."""
    given = np.load(sys.argv[1])
    train, fake, fold = given["train"], given["fake"], given["fold"]
    found = np.empty(len(fake))
    for number in np.unique(fold):
        held_out = fold == number
        model = _boosted(train[~held_out], fake[~held_out])
        found[held_out] = model.predict(train[held_out], raw_score=True)
    judged = _boosted(train, fake).predict(given["judged"], raw_score=True)
    np.savez(sys.argv[2], train=found, judged=judged)


def _boosted(rows: Any, fake: Any) -> Any:
    return lightgbm.train(SETTINGS, lightgbm.Dataset(rows, fake), ROUNDS)


if __name__ == "__main__":
    main()
