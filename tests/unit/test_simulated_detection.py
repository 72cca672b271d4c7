"""The benchmark on simulated banks: its arrays are the product's formula, fits keep the signs."""

from __future__ import annotations

import tomllib
from datetime import date

import numpy as np
import pytest

from bench.detection.simulated.banks import Bank, Truth, verdicts
from bench.detection.simulated.features import features, neighbours
from bench.detection.simulated.fit import fit, gathered_bank
from bench.detection.simulated.gather import Array, Gathered
from bench.detection.simulated.instances import instances
from bench.detection.simulated.judge import Counts, count, rates, threshold_of
from bench.detection.simulated.layout import CUSTOMER_PARTS, DIRECTIONS, FLOORS, Layout, layout
from bench.detection.simulated.table import table
from pipeline.core.detectors.levels import suspicion_bounds, tables
from pipeline.core.policy import Policy
from sources.simulate import simulate


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> list[Bank]:
    """Two tiny ones, replayed where they are asked for their accounts or verdicts."""
    made = []
    for seed in (1, 2):
        folder = tmp_path_factory.mktemp("bank")
        simulate(seed=seed, out=folder, staff=16, customers=5_000, days=12)
        made.append(Bank("product", seed, folder))
    return made


@pytest.fixture(scope="module")
def gathered(banks: list[Bank]) -> list[Gathered]:
    return [gathered_bank(bank) for bank in banks]


def test_scores_are_those_of_the_replay(banks: list[Bank], gathered: list[Gathered]) -> None:
    found = layout()
    lists = _lists_in_force(found)
    bounds = [bound / 1e6 for bound in suspicion_bounds()]
    prior = Policy(version="v", effective_from=date(2026, 11, 1)).fake_prior / 1e6
    scored = 0
    for bank, one in zip(banks, gathered, strict=True):
        first = instances(one, found, None)
        suspicion = first.suspicion(first.score(lists, prior), bounds)
        score = instances(one, found, suspicion).score(lists, prior)
        told = verdicts(bank)
        for pair, log_odds, families in zip(one.adds, score.log_odds, score.families, strict=True):
            if pair in told:
                evidence = bool(families[:-1].sum() > 0)
                expected = 1 / (1 + np.exp(-log_odds)) if evidence else 0.0
                assert told[pair].score == pytest.approx(expected, abs=2e-5)
                scored += evidence
    assert scored > 50


def test_the_fit_keeps_signs_and_order(gathered: list[Gathered]) -> None:
    fitted = fit(gathered, epochs=25)
    read = tomllib.loads(fitted.text)
    assert fit(gathered, epochs=25) == fitted
    assert -20 < fitted.prior < 0
    assert -20 < fitted.precise < 5
    assert {name: set(parts) for name, parts in read["points"].items()} == {
        name: set(parts) for name, parts in tables().items()
    }
    assert read["suspicion"]["bounds"] == sorted(read["suspicion"]["bounds"])
    for name, parts in read["points"].items():
        for part, points in parts.items():
            assert len(points) == len(tables()[name][part])
            steps = np.diff(points) * DIRECTIONS.get(part, 0)
            assert (steps >= 0).all(), (name, part)
            floor = FLOORS.get((name, part))
            assert floor is None or all(a >= b for a, b in zip(points, floor, strict=True))
    assert any(points != 0 for points in read["points"]["cohort-s-10min"]["bias"])


def test_a_fit_without_fakes_is_refused(gathered: list[Gathered]) -> None:
    lawful = [None] * len(gathered[0].adds)
    honest = Gathered(**{**vars(gathered[0]), "truths": lawful})
    with pytest.raises(ValueError, match="fakes and lawful adds"):
        fit([honest])


def test_features_are_of_others_alone(gathered: list[Gathered]) -> None:
    one = gathered[0]
    rows = features(one)
    scores = np.linspace(-3, 3, len(one.adds))
    seen = neighbours(one, scores)
    assert len(rows) == len(seen) == len(one.adds)
    assert np.nanmin(rows) >= 0
    assert np.array_equal(seen[:, -1], scores.astype(np.float32))
    assert np.nanmin(seen) >= -3
    assert np.nanmax(seen) <= 3


def test_threshold_is_the_smallest_that_is_precise_enough() -> None:
    scores = np.array([9.0] * 99 + [5.0, 4.0, 4.0])
    fake = np.array([1.0] * 99 + [0.0, 1.0, 0.0])
    assert threshold_of(scores, fake) == 5.0
    assert threshold_of(scores, 1 - fake) == np.inf


TRUTH = {
    ("s1", "c1"): Truth("bought_pool", "p", "alone"),
    ("s1", "c2"): Truth("bought_pool", "p", "fair"),
    ("s1", "c3"): Truth("organic", "", "fair"),
    ("s1", "c4"): Truth("organic", "", "family"),
    ("s2", "c5"): Truth("organic", "", "family"),
}


def test_counts_are_of_judged_adds_by_label_and_lawful_context() -> None:
    found = {("s1", "c1"), ("s1", "c4"), ("s2", "c5")}
    judged = TRUTH.keys() - {("s2", "c5")}
    assert count(TRUTH, judged, found) == Counts(
        labels={"bought_pool": (1, 2)}, contexts={"fair": (0, 1), "family": (1, 1)}
    )


def test_rates_pool_banks_and_tell_their_spread() -> None:
    banks = [
        Counts({"ring": (1, 4)}, {"fair": (0, 100)}),
        Counts({"ring": (3, 4), "pool": (2, 2)}, {"fair": (1, 100)}),
    ]
    found = rates(banks)
    assert (found["found"], found["fakes"], found["wrong"], found["lawful"]) == (6, 10, 1, 200)
    assert found["precision"]["rate"] == round(6 / 7, 4)
    assert found["recall"]["spread"] == {"median": 0.5417, "min": 0.25, "max": 0.8333}
    assert found["labels"]["ring"]["rate"] == 0.5
    assert found["labels"]["pool"]["over_banks"] == [0.0, 1.0]
    assert found["contexts"]["fair"]["at_most"] == pytest.approx(0.0278, abs=1e-3)


def test_the_table_says_counts_and_ratios() -> None:
    ours = rates([Counts({"ring": (1, 4)}, {"fair": (2, 100)})])
    trees = rates([Counts({"ring": (2, 4)}, {"fair": (0, 100)})])
    some = {"seeds": [5], "truefriend": ours, "trees_one_pass": trees, "trees_two_passes": trees}
    text = table(
        {
            "simulators": {"product": some, "second": some},
            "staff": 9,
            "training": {"product": [1, 2]},
            "thresholds": [1.5, 2.5],
            "machine": {"python": "3.11", "duckdb": "1.5"},
        }
    )
    assert "The second simulator (seeds 5: 4 fakes, 100 lawful)" in text
    assert "| ring | 4 | **.250** " in text
    assert "| 0.50 |" in text
    assert "| fair | 100 (few) | 2 | 0 | 0 | " in text


def _lists_in_force(found: Layout) -> Array:
    lists = np.zeros(found.matrix.shape[0])
    for (name, part), place in found.parts.items():
        points = tables()[name][part]
        assert len(points) == place.length, (name, part)
        lists[place.start : place.start + place.length] = np.array(points) / 1e6
    assert set(CUSTOMER_PARTS) < set(tables())
    return lists
