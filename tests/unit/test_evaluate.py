"""Fake verdicts against the truth: a literal bank in, literal figures out."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.evaluate import command
from pipeline.core.errors import TruefriendError
from sinks.evaluation.figures import average_precision, best_recall
from sinks.evaluation.intervals import mean_interval, upper_bound, wilson
from sinks.evaluation.model import Point, Share
from tests.evaluation_bank import HEAD, judged_bank
from tests.report_database import small_bank

Bank = tuple[Path, Path]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return judged_bank(tmp_path_factory.mktemp("bank"))


def evaluate(*banks: Bank, options: tuple[str, ...] = ()) -> Result:
    arguments = [part for truth, db in banks for part in ("--truth", str(truth), "--db", str(db))]
    return CliRunner().invoke(command, [*arguments, *options], catch_exceptions=False)


def told(*banks: Bank) -> dict[str, Any]:
    result = evaluate(*banks, options=("--json",))
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def share(part: int, whole: int, low: float, high: float) -> dict[str, Any]:
    value = round(part / whole, 6)
    return {"value": value, "low": low, "high": high, "part": part, "whole": whole}


def bound(part: int, whole: int, high: float) -> dict[str, Any]:
    return {"value": part / whole, "low": None, "high": high, "part": part, "whole": whole}


def single(value: float | None) -> dict[str, Any]:
    return {"value": value, "low": None, "high": None}


def test_every_figure_of_one_bank(bank: Bank) -> None:
    assert told(bank) == {
        "seeds": 1,
        "interval": "wilson",
        "adds": 9,
        "fakes": 5,
        "unknown_pairs": {"not_in_db": 0, "not_in_truth": 0},
        "precision": share(3, 4, 0.300642, 0.954413),
        "recall": share(3, 5, 0.230724, 0.882379),
        "recall_by_label": {
            "bought_pool": share(3, 4, 0.300642, 0.954413),
            "mutual_ring": share(0, 1, 0.0, 0.793451),
        },
        "recall_by_account": share(2, 3, 0.207660, 0.938508),
        "recall_by_account_and_label": {
            "bought_pool": share(2, 2, 0.342380, 1.0),
            "mutual_ring": share(0, 1, 0.0, 0.793451),
        },
        "recall_by_level": {
            "bare": share(3, 4, 0.300642, 0.954413),
            "heavy": share(0, 1, 0.0, 0.793451),
        },
        # (2 · 2/2 + 1 · 3/3 + 1 · 4/5 + 1 · 5/9) / 5
        "average_precision": single(0.871111),
        "recall_at_precision_99": {
            **share(3, 5, 0.230724, 0.882379),
            "thresholds": [0.97],
        },
        "alerts": {
            "total": 3,
            "by_severity": {"critical": 1, "warning": 2},
            "days": 2,
            "a_day": single(1.5),
        },
        "delay": {
            "by": ["windows"],
            "pools_found": share(1, 2, 0.094531, 0.905469),
            "adds": single(3.0),
            "minutes": single(15.0),
            "pools": [
                {"seed": 0, "pool_id": "p1", "label": "bought_pool", "pool_adds": 4, "adds": 3,
                 "minutes": 15.0},
                {"seed": 0, "pool_id": "p2", "label": "mutual_ring", "pool_adds": 1, "adds": None,
                 "minutes": None},
            ],
        },
        # S1/f2 is valid without its code and S2/f2 pending; S2/f1 is none's first.
        "money": {"saved_fen": 300, "saved_alone_fen": 200, "withheld_fen": 100},
        "false_fakes_by_context": {
            "fair": bound(1, 2, 0.974679),
            "routine": bound(0, 2, 0.776393),
        },
    }  # fmt: skip


def test_a_streamed_bank_tells_by_its_changes_when_a_pool_was_found(tmp_path: Path) -> None:
    delay = told(judged_bank(tmp_path, streamed=True))["delay"]
    assert delay["by"] == ["verdicts"]
    assert delay["pools"][0] == {
        "seed": 0, "pool_id": "p1", "label": "bought_pool", "pool_adds": 4, "adds": 3,
        "minutes": 30.0,
    }  # fmt: skip
    assert delay["pools"][1]["adds"] is None


def test_the_time_of_a_change_by_an_event_is_the_event_s(tmp_path: Path) -> None:
    truth, db = judged_bank(tmp_path, streamed=True)
    rows = truth.read_text(encoding="utf-8").splitlines(keepends=True)
    truth.write_text("".join(row for row in rows if ",f1," not in row), encoding="utf-8")
    found = told((truth, db))
    assert found["delay"]["pools"][0] == {
        "seed": 0, "pool_id": "p1", "label": "bought_pool", "pool_adds": 2, "adds": 1,
        "minutes": 1.0,
    }  # fmt: skip
    assert found["unknown_pairs"] == {"not_in_db": 0, "not_in_truth": 2}


def test_over_seeds_figures_are_means(bank: Bank, tmp_path: Path) -> None:
    """The second seed knows only f2, both of whose adds are found."""
    truth = tmp_path / "truth.csv"
    rows = [row for row in bank[0].read_text(encoding="utf-8").splitlines() if ",f2," in row]
    truth.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    found = told(bank, (truth, bank[1]))
    assert (found["seeds"], found["interval"]) == (2, "t over seeds")
    assert found["unknown_pairs"] == {"not_in_db": 0, "not_in_truth": 7}
    # mean of 3/5 and 1, ± 12.7062 · 0.2828 / √2, within 0 and 1
    assert found["recall"] == {"value": 0.8, "low": 0.0, "high": 1.0, "part": 5, "whole": 7}
    assert found["alerts"]["a_day"] == {"value": 1.5, "low": 1.5, "high": 1.5}
    assert found["recall_by_label"]["mutual_ring"] == share(0, 1, 0.0, 0.793451)
    assert found["recall_at_precision_99"]["thresholds"] == [0.97, 0.97]
    # 2 of 2 twice would be a point for Student: Wilson's of 4 of 4
    truth.write_text(HEAD + "S2,g1,organic,,fair\n" + "\n".join(rows), encoding="utf-8")
    assert told((truth, bank[1]), (truth, bank[1]))["recall"] == share(4, 4, 0.510109, 1.0)


def test_an_open_month_s_pending_ones_would_be_paid_a_sealed_one_s_not(tmp_path: Path) -> None:
    import duckdb

    truth, db = judged_bank(tmp_path)
    with duckdb.connect(str(db)) as connection:
        connection.execute("INSERT INTO months VALUES ('2026-11', now())")
    assert told((truth, db))["money"] == {
        "saved_fen": 300, "saved_alone_fen": 100, "withheld_fen": 0,
    }  # fmt: skip


def test_a_bank_without_any_fake_found(tmp_path: Path) -> None:
    db = small_bank(tmp_path / "bank.duckdb")
    truth = tmp_path / "truth.csv"
    truth.write_text(HEAD + "S1,c1,organic,,routine\nS9,c9,ring,p,bare\n", encoding="utf-8")
    found = told((truth, db))
    assert found["precision"] == {
        "value": None, "low": None, "high": None, "part": 0, "whole": 0,
    }  # fmt: skip
    assert found["average_precision"] == single(None)
    assert found["unknown_pairs"] == {"not_in_db": 1, "not_in_truth": 11}
    result = evaluate((truth, db), options=("--lang", "en", "--plots", str(tmp_path / "plots")))
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.search(r"^Precision +– +0 / 0$", result.stdout, re.MULTILINE)


def test_the_text_in_english(bank: Bank) -> None:
    said = evaluate(bank, options=("--lang", "en")).stdout
    assert (
        said[: said.index("Recall by kind")]
        == """\
9 adds known to both sides, 5 of them fake.
Intervals (0.95) are Wilson's; adds of one pool are not independent.
Delays of a replay: until the window of a pool's first signal was complete.

Figures
Figure                                   Value       Interval  Counted
Precision                                0.750  0.301 – 0.954    3 / 4
Recall, by adds                          0.600  0.231 – 0.882    3 / 5
Recall, by accounts                      0.667  0.208 – 0.939    2 / 3
Average precision of the score           0.871
Recall at precision 0.99                 0.600  0.231 – 0.882    3 / 5
Pools found                              0.500  0.095 – 0.905    1 / 2
Delay to the verdict, adds (median)        3.0
Delay to the verdict, minutes (median)    15.0
Alerts a day                              1.50
Not wasted on fakes                      ¥3.00
of it nothing else would have kept back  ¥2.00
Kept back from lawful adds               ¥1.00

"""
    )
    assert said.endswith(
        """\
Lawful adds called fake, by occasion
Occasion  Lawful adds  Called fake   Share  At most (0.95)
fair                2            1  50.00%          97.47%
routine             2            0   0.00%          77.64%
"""
    )


def test_the_text_in_chinese(bank: Bank) -> None:
    said = evaluate(bank).stdout
    assert said.startswith("真实标签与数据库共有的添加 9 个，其中虚假 5 个。\n")
    assert "精确率                          0.750  0.301 – 0.954  3 / 4\n" in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts(bank: Bank, tmp_path: Path, lang: str) -> None:
    folder = tmp_path / "plots"
    result = evaluate(bank, bank, options=("--plots", str(folder), "--lang", lang))
    assert result.exit_code == 0
    names = ("delay", "false-by-context", "precision-recall", "recall-by-label")
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{name}.{form}" for name in names for form in ("svg", "png")
    )
    assert all(path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" for path in folder.glob("*.png"))
    texts = re.findall(r">([^<>\n]+)</text>", (folder / "false-by-context.svg").read_text("utf-8"))
    title = {"zh": "被误判为虚假的正常添加，按场景", "en": "Lawful adds called fake, by occasion"}
    assert {title[lang], "fair", "routine", "2 / 4", "0 / 4"} <= set(texts)
    first = {path.name: path.read_bytes() for path in folder.glob("*.svg")}
    evaluate(bank, bank, options=("--plots", str(folder), "--lang", lang))
    assert first == {path.name: path.read_bytes() for path in folder.glob("*.svg")}


WRONG: dict[str, tuple[str | None, str]] = {
    "no truth": (None, "There is no file"),
    "an empty file": ("", "is no csv that can be read"),
    "missing columns": ("staff_id,customer_id,label\nS1,f1,x\n", "has no column pool_id, context"),
    "a row too short": (HEAD + "S1,f1\n", "is no csv that can be read"),
    "no label": (HEAD + "S1,f1,,p,bare\n", "has 1 rows without label"),
    "no staff": (HEAD + ",f1,x,p,bare\n", "has 1 rows without staff_id"),
    "a pair twice": (HEAD + "S1,f1,x,p,bare\nS1,f1,organic,,\n", "tells 1 pairs"),
    "another bank's": (
        HEAD + "S1,x1,organic,,\nS1,x2,organic,,\n",
        "2 pairs are unknown to the database and 9 to the truth",
    ),
    "no adds": (HEAD, "0 pairs are unknown to the database and 9 to the truth"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_truth_that_is_none(bank: Bank, tmp_path: Path, name: str) -> None:
    text, sentence = WRONG[name]
    truth = tmp_path / "truth.csv"
    if text is not None:
        truth.write_text(text, encoding="utf-8")
    with pytest.raises(TruefriendError) as stopped:
        evaluate((truth, bank[1]))
    assert stopped.value.exit_code == 2
    assert sentence in str(stopped.value)


def test_wrong_options(bank: Bank, tmp_path: Path) -> None:
    truth, db = map(str, bank)
    result = CliRunner().invoke(command, ["--truth", truth, "--truth", truth, "--db", db])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "There are 2 --truth and 1 --db" in result.stderr
    for options, sentence in (
        (("--plots", str(tmp_path / "no" / "folder")), "There is no folder for"),
        (("--plots", db), "is a file"),
    ):
        with pytest.raises(TruefriendError, match=sentence) as stopped:
            evaluate(bank, options=options)
        assert stopped.value.exit_code == 2
    with pytest.raises(TruefriendError, match="There is no database") as stopped:
        evaluate((bank[0], tmp_path / "none.duckdb"))
    assert stopped.value.exit_code == 2


def test_further_columns_and_other_orders_do_no_harm(bank: Bank, tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    text = "note,context,pool_id,label,customer_id,staff_id\nx,bare,p1,bought_pool,f2,S1\n"
    truth.write_text("\ufeff" + text, encoding="utf-8")
    assert told((truth, bank[1]))["recall"]["part"] == 1


def rounded(*values: float) -> tuple[float, ...]:
    return tuple(round(value, 4) for value in values)


def test_intervals_are_those_of_the_books() -> None:
    assert rounded(*wilson(Share(8, 10))) == (0.4902, 0.9433)
    assert wilson(Share(0, 10))[0] == 0.0
    assert wilson(Share(10, 10))[1] == 1.0
    assert rounded(*mean_interval([1, 2, 3])) == (2.0, -0.4841, 4.4841)  # t(2) = 4.3027
    assert rounded(upper_bound(Share(0, 100))) == (0.0295,)  # the rule of three: nearly 3/100
    assert rounded(upper_bound(Share(1, 100))) == (0.0466,)
    assert (upper_bound(Share(3, 3)), upper_bound(Share(0, 0))) == (1.0, 1.0)


ADDS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.9, 0.97, 1.0]), st.booleans()))


@given(ADDS)
def test_curve_figures_are_those_of_their_definitions(adds: list[tuple[float, bool]]) -> None:
    """Held to the definition by brute force: every threshold on its own, in exact fractions."""
    fakes = sum(fake for _, fake in adds)
    scores = sorted({score for score, _ in adds}, reverse=True)
    above = {score: [fake for other, fake in adds if other >= score] for score in scores}
    curve = [Point(score, len(above[score]), sum(above[score])) for score in scores]
    precision = {score: Fraction(sum(some), len(some)) for score, some in above.items()}
    recall = [0, *(Fraction(sum(above[score]), fakes or 1) for score in scores)]
    total = sum(
        (recall[place + 1] - recall[place]) * precision[score] for place, score in enumerate(scores)
    )
    found = average_precision(curve, fakes)
    assert found is None if not fakes else found == pytest.approx(float(total))
    good = [sum(above[one]) for one in scores if one and precision[one] >= Fraction(99, 100)]
    assert best_recall(curve, fakes)[0] == (max(good, default=0), fakes)
