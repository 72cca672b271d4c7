"""The benchmark on real purchased accounts: what is injected, frozen, judged and replayed."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from bench.detection.real import data, ours
from bench.detection.real.compare import freeze, summary
from bench.detection.real.counters import METHODS, Method
from bench.detection.real.data import Edge
from bench.detection.real.inject import SPLIT, Stream, inject
from bench.detection.real.judge import (
    Case,
    Count,
    best_recall,
    cases,
    count,
    interval,
    threshold_of,
    wilson,
)
from bench.detection.real.table import table

DAY = 86_400
BOUGHT = [Edge(SPLIT - 50, "g1", "x"), Edge(SPLIT - 48, "g1", "y"), Edge(SPLIT + 70, "g2", "x")]
ORGANIC = [Edge(100 * n, f"o{n % 7}", f"t{n % 5}") for n in range(60)]


def test_injected_are_shifted_and_mapped_one_to_one() -> None:
    stream = inject(BOUGHT, ORGANIC, seed=3)
    added = sorted(set(stream.edges) - set(ORGANIC))
    assert len(stream.edges) == 63
    assert stream.edges == sorted(stream.edges)
    assert [edge.account for edge in added] == ["g1", "g1", "g2"]
    assert [edge.time - added[0].time for edge in added] == [0, 2, 120]
    assert added[0].time >= 0
    assert added[-1].time <= 5900
    assert added[0].target == added[2].target != added[1].target
    assert {edge.target for edge in added} <= {edge.target for edge in ORGANIC}
    assert stream.begins == {"g1": added[0].time, "g2": added[2].time}
    assert stream.targets == {"g1": 2, "g2": 1}
    assert stream.split == added[0].time + 50


def test_the_same_seed_gives_the_same_stream() -> None:
    assert inject(BOUGHT, ORGANIC, 3, 1.0) == inject(BOUGHT, ORGANIC, 3, 1.0)
    assert inject(BOUGHT, ORGANIC, 3) != inject(BOUGHT, ORGANIC, 4)


def test_camouflage_adds_further_targets() -> None:
    plain, covered = inject(BOUGHT, ORGANIC, 3), inject(BOUGHT, ORGANIC, 3, 1.0)
    further = Counter(covered.edges) - Counter(plain.edges)
    assert Counter(edge.account for edge in further.elements()) == {"g1": 2, "g2": 1}
    assert (covered.begins, covered.targets) == (plain.begins, plain.targets)
    for account, targets in (("g1", 4), ("g2", 2)):
        own = [edge.target for edge in covered.edges if edge.account == account]
        assert len(set(own)) == len(own) == targets


@pytest.mark.parametrize(
    ("organic", "why"),
    [(ORGANIC[:1], "more time"), ([Edge(0, "o", "t"), Edge(DAY, "p", "t")], "fewer targets")],
    ids=["span", "targets"],
)
def test_streams_that_do_not_fit_are_refused(organic: list[Edge], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        inject(BOUGHT, organic, 1)


STREAM = Stream(
    edges=[
        Edge(1, "early", "s"),
        Edge(2, "lawful", "s"),
        Edge(8, "late", "s"),
        Edge(9, "early", "t"),
        Edge(9, "lawful", "t"),
    ],
    begins={"early": 1, "late": 8},
    targets={"early": 2, "late": 1},
    split=5,
)
SCORED = list(zip(STREAM.edges, [3.0, 1.0, 4.0, 7.0, 2.0], strict=True))


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("earlier", [Case(3.0, 2), Case(1.0, 0)]),
        ("later", [Case(4.0, 1), Case(2.0, 0)]),
        ("whole", [Case(7.0, 2), Case(2.0, 0), Case(4.0, 1)]),
    ],
)
def test_cases_of_a_part(part: str, expected: list[Case]) -> None:
    assert cases(STREAM, SCORED, part) == expected


def paid(*scores: float) -> list[Case]:
    return [Case(score, 1) for score in scores]


def lawful(*scores: float) -> list[Case]:
    return [Case(score, 0) for score in scores]


THRESHOLDS = {
    "all apart": (paid(3, 2) + lawful(1), (2, 2)),
    "a lawful one between two": (paid(3, 1) + lawful(2), (3, 1)),
    "a tie counts whole": (paid(3, 3) + lawful(3), (math.inf, 0)),
    "one wrong in a hundred, below": (paid(*[5] * 50, *[3] * 49) + lawful(4), (3, 99)),
    "one wrong in 99": (paid(*[5] * 50, *[3] * 48) + lawful(4), (5, 50)),
    "none": (lawful(1), (math.inf, 0)),
}


@pytest.mark.parametrize(("judged", "expected"), THRESHOLDS.values(), ids=THRESHOLDS)
def test_threshold(judged: list[Case], expected: tuple[float, int]) -> None:
    assert threshold_of(judged) == expected


def test_count_and_hindsight_by_targets() -> None:
    judged = [Case(5, 2), Case(4, 1), Case(3, 0), Case(2, 3)]
    assert count(judged, 3, 1) == Count(found=2, of=3, wrong=1)
    assert count(judged, 3, 2) == Count(found=1, of=2, wrong=1)
    assert count(judged, 9, 1).precision is None
    assert best_recall(judged, 1) == pytest.approx(2 / 3)
    assert best_recall(judged, 2) == pytest.approx(1 / 2)


def test_intervals_are_the_textbooks() -> None:
    """Newcombe 1998, table I: 81 of 263 and 0 of 20. Student's t of two degrees: 4.303."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0, 1)
    assert interval([0.4, 0.5, 0.6]) == pytest.approx((0.5 - 0.24843, 0.5 + 0.24843), abs=1e-4)


def test_thresholds_are_frozen_without_the_seed_that_is_judged() -> None:
    def parts(threshold: float, lawfuls: float) -> dict[str, list[Case]]:
        later = [Case(6, 2), Case(2, 2), Case(5, 0)]
        return {"earlier": paid(threshold) + lawful(lawfuls), "later": later, "whole": later}

    settings = {"a": [parts(9, 8), parts(7, 1), parts(3, 1)], "b": [parts(1, 2)] * 3}
    frozen = freeze(settings)
    assert [(one.setting, one.threshold) for one in frozen] == [("a", 3), ("a", 9), ("a", 9)]
    later = summary(frozen, settings)["later"]["all"]
    assert later["pooled"] == {"found": 1, "of": 6, "wrong": 1}
    assert later["recall"]["median"] == 0
    assert later["hindsight"] == {"median": 0.5, "min": 0.5, "max": 0.5}


SIX = [
    Edge(0, "a", "s"),
    Edge(30, "b", "s"),
    Edge(50, "a", "t"),
    Edge(59, "c", "s"),
    Edge(3600, "a", "u"),
    Edge(29 * DAY, "b", "t"),
]
COUNTERS = {
    ("adds", ""): [1, 1, 2, 1, 3, 2],
    ("haste", ""): [-365 * DAY, -365 * DAY, -50, -365 * DAY, -3550, -(29 * DAY - 30)],
    ("burst", "1 min"): [1, 2, 1, 3, 1, 1],
    ("burst", "1 h"): [1, 2, 1, 3, 1, 1],
}


@pytest.mark.parametrize(("name", "setting"), COUNTERS, ids=[" ".join(one) for one in COUNTERS])
def test_counters(name: str, setting: str) -> None:
    [method] = [method for method in METHODS if method.name == name]
    assert list(method.settings[setting](SIX, 1)) == COUNTERS[name, setting]


def test_a_burst_is_measured_against_28_days() -> None:
    """Two adds in the last minute; 27 more in the 28 days before it, so e = 27 / (28 · 1440)."""
    edges = [Edge(day * DAY, f"o{day}", "s") for day in range(1, 28)]
    edges += [Edge(28 * DAY, "x", "s"), Edge(28 * DAY + 1, "y", "s")]
    [method] = [method for method in METHODS if method.name == "burst"]
    scores = list(method.settings["1 min"](edges, 1))
    assert scores[-1] == pytest.approx(2 / (1 + 27 / (28 * 1440)))


@pytest.mark.parametrize("method", METHODS, ids=[method.name for method in METHODS])
def test_every_setting_scores_every_edge_and_looks_at_nothing_later(method: Method) -> None:
    """Account and target of the further edge are numbered last, so that all others keep theirs."""
    edges = [*ORGANIC, Edge(9_000_000, "zy", "zz")]
    for scorer in method.settings.values():
        scores = list(scorer(edges, 1))
        assert len(scores) == len(edges)
        assert all(map(math.isfinite, scores))
        assert list(scorer(ORGANIC, 1)) == scores[:-1]


def test_replayed_adds_come_back_under_their_own_names(tmp_path: Path) -> None:
    """Two lawful accounts days apart: one verdict an add, no fake among them."""
    edges = [
        Edge(1_000_000_000, "a", "s"),
        Edge(1_000_500_000, "b", "t"),
        Edge(1_000_900_000, "b", "s"),
    ]
    found = ours.judge(edges, 1, tmp_path)
    assert set(found) == {("a", "s"), ("b", "t"), ("b", "s")}
    assert all(0 <= score < 0.95 and not fake for score, fake in found.values())


def test_a_fake_code_is_seen_and_no_other(tmp_path: Path) -> None:
    """The query on rows as the contract has them, whoever wrote them."""
    db = tmp_path / "adds.duckdb"
    with duckdb.connect(str(db)) as connection:
        connection.execute(
            "CREATE TABLE adds (customer_id VARCHAR, staff_id VARCHAR, fake_score DOUBLE, "
            "reasons VARCHAR[])"
        )
        connection.execute(
            "INSERT INTO adds VALUES ('c1', 's1', 0.97, ['not_first_time', 'fake_lockstep']), "
            "('c2', 's1', 0.5, ['not_first_time']), ('c2', 's2', 0, [])"
        )
    found = ours.verdicts(db, {"a": "c1", "b": "c2"}, {"x": "s1", "y": "s2"})
    assert found == {("a", "x"): (0.97, True), ("b", "x"): (0.5, False), ("b", "y"): (0.0, False)}


@pytest.fixture(scope="module")
def real() -> tuple[list[Edge], list[Edge]]:
    try:
        return data.bought(), data.organic()
    except OSError:
        pytest.skip("The real data are not beside this repository.")


def test_the_real_data_are_split_in_halves(real: tuple[list[Edge], list[Edge]]) -> None:
    stream = inject(*real, seed=1, camouflage=1.0)
    assert len(stream.begins) == 606
    assert sum(begin < stream.split for begin in stream.begins.values()) == 279
    assert sum(targets >= 2 for targets in stream.targets.values()) == 468
    assert len(stream.edges) == 2 * 8_875 + 20_296


def test_the_table_names_every_method_and_the_goals() -> None:
    rate = {
        "median": 0.9, "min": 0.8, "max": 1.0, "over_seeds": [0.85, 0.95],
        "wilson_pooled": [0.8, 0.9], "wilson_one_seed": [0.7, 0.97],
    }  # fmt: skip
    counts = {"found": 9, "of": 10, "wrong": 1}
    found = {
        "pooled": counts, "middle": counts, "recall": rate, "precision": None,
        "hindsight": {"median": 0.75, "min": 0.7, "max": 0.8},
    }  # fmt: skip
    part = {"two_or_more": found, "all": found}
    method = {"title": "truefriend", "chosen": {"": 2}, "later": part, "whole": part}
    size = {"adds": 1, "accounts": 2, "targets": 3, "days": 4}
    written = table(
        {
            "seeds": 2, "bought": size, "organic": size,
            "camouflage": {"0": {"truefriend": method}}, "machine": {"python": "3", "duckdb": "1"},
        }
    )  # fmt: skip
    assert (
        written.count(
            "| 0 | **truefriend** | **.900** (.800–1.000) [.850–.950; .700–.970] | **.900** "
            "(.800–1.000) [.850–.950; .700–.970] | nothing found | 0.5 | .750 | .750 |\n"
        )
        == 2
    )
    assert "*≥ .85*" in written
    assert "*> .72*" in written
