"""The fit of all points at once: the scoring formula itself, followed downhill.

The loss is that of logistic regression on adds, with the log-odds that the product would give. Its
subgradient goes through the sum over families (0 where a family is at its cap), through ``FULL``
and ``LEAST`` and to the best place of an instance alone. Steps are Adam's (Kingma and Ba, ICLR
2015); after each, a parameter of the wrong sign is set to 0.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.detection.simulated.gather import Array, Gathered
from bench.detection.simulated.instances import (
    LEAST_POINTS,
    MOST_POINTS,
    WEIGHTS,
    Instances,
)
from bench.detection.simulated.layout import Layout

__all__ = ["CROWD", "EPOCHS", "Example", "train", "weights_of"]

EPOCHS = 110
CROWD = 10.0
"""A lawful add in a crowd weighs so much: everyday ones are many and easy."""

_EVERYDAY = ("routine", "colleague")
_POOL = 40
"""A pool of so many adds weighs what they do one by one; a larger one's weight grows with the root
of its size only, so that no pool rules."""

_RATE, _LATE_RATE, _LATE = 0.06, 0.018, 0.6
_RIDGE = 4e-4
_REACH = -0.7
"""An instance whose points are nearer to counting than this is pulled up where that helps."""


@dataclass(frozen=True)
class Example:
    """A bank's instances, with what is true and what each add weighs."""

    instances: Instances
    fake: Array
    weights: Array


def weights_of(gathered: Gathered) -> Array:
    """The weight of each add."""
    sizes = Counter(one.pool for one in gathered.truths if one and one.fake)
    weights = []
    for one in gathered.truths:
        if one is None or (not one.fake and one.context in _EVERYDAY):
            weights.append(1.0)
        elif one.fake:
            weights.append((sizes[one.pool] / _POOL) ** -0.5)
        else:
            weights.append(CROWD)
    return np.array(weights)


def train(
    examples: Sequence[Example],
    layout: Layout,
    parameters: Array,
    prior: float,
    free: Array,
    epochs: int = EPOCHS,
) -> tuple[Array, float]:
    """The best parameters and prior of so many steps over all examples; only ``free`` ones change.

    Best by the loss, ridge and all: subgradients do not go down with every step.
    """
    values = np.append(parameters, prior)
    movable = np.append(free, True)
    signs = np.append(layout.signs, 0)
    ridge = _RIDGE / len(examples)
    number = sum(len(one.fake) for one in examples)
    mean, square = np.zeros(len(values)), np.zeros(len(values))
    best, least = values, np.inf
    for epoch in range(1, epochs + 1):
        loss, gradient = 0.0, np.zeros(len(values))
        lists = layout.matrix @ values[:-1]
        for one in examples:
            part, of_lists, of_prior = _slope(one, lists, float(values[-1]))
            loss += part
            gradient += np.append(layout.matrix.T @ of_lists, of_prior)
        loss = loss / number + ridge / 2 * float(values[:-1] @ values[:-1])
        if loss < least:
            best, least = values, loss
        gradient = gradient / number + ridge * np.append(values[:-1], 0.0)
        gradient *= movable
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        rate = _RATE if epoch < epochs * _LATE else _LATE_RATE
        step = (mean / (1 - 0.9**epoch)) / (np.sqrt(square / (1 - 0.99**epoch)) + 1e-9)
        values = values - rate * step
        wrong = values * signs < 0
        values[wrong] = 0.0
        if epoch % 30 == 0 or epoch == epochs:
            print(
                f"  {epoch}: loss {loss:.5f}, prior {values[-1]:.3f}",
                file=sys.stderr,
                flush=True,
            )
    return best[:-1], float(best[-1])


def _slope(example: Example, lists: Array, prior: float) -> tuple[float, Array, float]:
    """The loss and its subgradient by the lists' places and by the prior."""
    these, fake = example.instances, example.fake
    found = these.score(lists, prior)
    loss = example.weights @ (np.logaddexp(0.0, found.log_odds) - fake * found.log_odds)
    missed = example.weights * (1 / (1 + np.exp(-found.log_odds)) - fake)
    by_add = missed[:, None] * WEIGHTS * (found.families < found.most[these.add_month])
    by_month = np.stack(
        [
            np.bincount(these.add_month, weights=column, minlength=these.month_count)
            for column in by_add.T
        ],
        axis=1,
    )
    pull = np.empty(len(these.code))
    pull[these.of_add] = by_add[these.target[these.of_add], these.code[these.of_add]]
    pull[~these.of_add] = by_month[these.target[~these.of_add], these.code[~these.of_add]]
    pull *= (found.best > _REACH) & (found.best < MOST_POINTS)
    # What does not count yet may be pulled up, never further down: it would not come back.
    pull[(found.best < LEAST_POINTS) & (pull > 0)] = 0.0
    number = np.diff(np.append(these.start, len(found.rows)))
    best = found.rows >= np.repeat(found.best, number) - 1e-12
    by_row = np.where(best, np.repeat(pull, number), 0.0)
    moved = np.flatnonzero(by_row)
    entries = these.entries[moved]
    of_lists = np.bincount(
        entries.ravel(),
        weights=np.repeat(by_row[moved], entries.shape[1]),
        minlength=len(lists),
    )
    return float(loss), of_lists, float(missed.sum())
