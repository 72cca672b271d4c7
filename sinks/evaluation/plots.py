"""An evaluation as charts, each as SVG and PNG: what a report or a slide would show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pipeline.core.errors import WrongUse
from sinks.evaluation.figures import PRECISION, Evaluation
from sinks.evaluation.figures import Figure as Value
from sinks.evaluation.fonts import set_font
from sinks.evaluation.model import Point
from sinks.reports.charts import COUNTED, INK
from sinks.reports.svg import quiet_about_glyphs
from sinks.reports.width import clean, cut
from sinks.reports.words import Words

__all__ = ["CHARTS", "draw"]

WIDTH = 7.2  # inches
ROW = 0.32  # inches of height for a row
DPI = 150
WRONG = "#b5482e"
GREY = "#999999"
GRID = "#dddddd"
LABEL_COLUMNS = 28

_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,  # a label may hold a dollar sign
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "legend.frameon": False,
    "xtick.major.pad": 6,
    "ytick.major.pad": 6,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.12,  # inches, to the edges and between charts
    "figure.constrained_layout.h_pad": 0.12,
}


def draw(found: Evaluation, folder: Path, language: str) -> list[str]:
    """Writes every chart into the folder, which is made; returns sentences to be told.

    Without a Chinese font on this machine the PNGs are in English; the SVGs are as asked.
    """
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"{folder} is a file: give --plots the name of a folder.")
    folder.mkdir(exist_ok=True)
    words, readable = Words(language), True
    for name, chart in CHARTS.items():
        with mpl.rc_context({**_STYLE, "svg.hashsalt": name}), quiet_about_glyphs():
            _save(chart(found, words), folder / f"{name}.svg", metadata={"Date": None})
            figure = chart(found, words)
            if not set_font(figure):
                readable, figure = False, chart(found, Words("en"))
            _save(figure, folder / f"{name}.png", dpi=DPI, metadata={"Software": None})
    if readable:
        return []
    return [
        "There is no font on this machine with all characters: the PNGs are in English. Install "
        "one (Debian: fonts-noto-cjk), or use the SVGs."
    ]


def _precision_recall(found: Evaluation, words: Words) -> Figure:
    """A line for each seed, over all thresholds above 0, and where the verdicts stand."""
    _ = words.gettext
    figure, axes = _canvas(4.6, _("Precision and recall of the fake score"))
    for run in found.runs:
        recalls, precisions = _line(run.curve, run.fakes)
        label = _("all thresholds") if run is found.runs[0] else None
        axes.plot(recalls, precisions, color=COUNTED, linewidth=1.6, alpha=0.75, label=label)
    for run in found.runs:
        if run.precision.whole and run.recall.whole:
            label = _("verdicts") if run is found.runs[0] else None
            at = run.recall.part / run.recall.whole, run.precision.part / run.precision.whole
            axes.plot(*at, "o", color=WRONG, markersize=7, zorder=3, clip_on=False, label=label)
    axes.axhline(PRECISION, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        "0.99", (1, PRECISION), (4, 0), textcoords="offset points", va="center", color=GREY
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(_("Recall: share of the fakes found"))
    axes.set_ylabel(_("Precision: share of the found that are fake"))
    axes.grid(color=GRID, linewidth=0.6)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left")
    return figure


def _line(curve: Sequence[Point], fakes: int) -> tuple[list[float], list[float]]:
    """Recalls and precisions of the thresholds above 0."""
    points = [point for point in curve if point.score > 0]
    return (
        [point.fakes / fakes for point in points] if fakes else [],
        [point.fakes / point.adds for point in points] if fakes else [],
    )


def _recall_by_label(found: Evaluation, words: Words) -> Figure:
    """A bar for each kind of fake, with its interval."""
    _ = words.gettext
    rows = sorted(found.by_label.items(), key=lambda row: -(row[1].value or 0))
    figure, axes = _rows(_("Recall by kind of fake, with intervals (0.95)"), rows, words)
    for place, (_name, value) in enumerate(rows):
        if value.value is None:
            continue
        axes.barh(place, value.value, 0.62, color=COUNTED, alpha=0.85)
        if value.low is not None and value.high is not None:
            between = [value.low, value.high], [place, place]
            axes.plot(*between, "|-", color=INK, linewidth=1.3, markersize=7, zorder=3)
    _count(axes, rows, 1.0)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel(_("Share of the adds found"))
    return figure


def _false_by_context(found: Evaluation, words: Words) -> Figure:
    """A dot for each occasion's share of lawful adds called fake, and a line to its bound."""
    _ = words.gettext
    rows = sorted(
        found.false_by_context.items(), key=lambda row: (-(row[1].value or 0), -(row[1].high or 0))
    )
    figure, axes = _rows(_("Lawful adds called fake, by occasion"), rows, words)
    most = max((value.high or 0 for _name, value in rows), default=0) or 1.0
    for place, (_name, value) in enumerate(rows):
        low, high = value.value or 0.0, value.high or 0.0
        axes.plot([low, high], [place, place], color=WRONG, linewidth=1.3, alpha=0.6)
        axes.plot([high], [place], "|", color=WRONG, markersize=8)
        axes.plot([low], [place], "o", color=WRONG, markersize=5.5, clip_on=False, zorder=3)
    limit = most * 1.06
    _count(axes, rows, limit)
    axes.set_xlim(0, limit)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel(_("Share (dot) and how large it may be at 0.95 (line)"))
    return figure


def _delay(found: Evaluation, words: Words) -> Figure:
    """The share of pools found within so many minutes, and within so many adds."""
    _ = words.gettext
    figure = Figure(figsize=(WIDTH, 3.6))
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    delays = [one for run in found.runs for one in run.delays]
    left.set_title(_("From a pool's first add to its first verdict"))
    _steps(left, [one.minutes for one in delays if one.minutes is not None], len(delays))
    left.set_xscale("symlog", linthresh=1)
    _time_axis(left, [one.minutes or 0 for one in delays], words)
    left.set_ylabel(_("Share of the pools found"))
    left.set_xlabel(_("Time since its first add"))
    _steps(right, [one.adds for one in delays if one.adds is not None], len(delays))
    right.set_xlim(0, 1.05 * max((one.adds or 0 for one in delays), default=0) or 1)
    right.xaxis.get_major_locator().set_params(integer=True)
    right.set_xlabel(_("Adds of the pool made by then"))
    for axes in (left, right):
        axes.grid(color=GRID, linewidth=0.6)
    left.set_ylim(0, 1.03)
    left.yaxis.set_major_formatter(PercentFormatter(1))
    return figure


def _steps(axes: Axes, values: Sequence[float], whole: int) -> None:
    """The share of ``whole`` that is at most x."""
    ordered = sorted(values)
    shares = [(place + 1) / whole for place in range(len(ordered))]
    axes.step([0, *ordered], [0, *shares], where="post", color=COUNTED, linewidth=1.8)
    axes.plot(ordered, shares, "o", color=COUNTED, markersize=4)


def _time_axis(axes: Axes, minutes: Sequence[float], words: Words) -> None:
    _ = words.gettext
    marks = {
        0: "0", 1: _("1 min"), 10: _("10 min"), 60: _("1 h"), 600: _("10 h"),
        1440 * 3: _("3 d"), 1440 * 30: _("30 d"),
    }  # fmt: skip
    most = max(minutes, default=0)
    last = next((mark for mark in marks if mark >= most), max(marks))
    shown = {mark: text for mark, text in marks.items() if mark <= max(last, 10)}
    if last > 600:
        del shown[10]  # there is no room for it beside the hour
    axes.set_xlim(0, max(shown) * 1.05)
    axes.set_xticks(list(shown), list(shown.values()))
    axes.minorticks_off()


def _canvas(height: float, title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set_title(title)
    return figure, axes


def _rows(title: str, rows: Sequence[tuple[str, Value]], words: Words) -> tuple[Figure, Axes]:
    """A chart with a line for each row, the first on top."""
    figure, axes = _canvas(1.25 + ROW * max(len(rows), 2), title)
    names = [cut(clean(name) or "–", LABEL_COLUMNS) for name, _ in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    if not rows:
        axes.text(0.5, 0, words.gettext("nothing to show"), ha="center", va="center")
    return figure, axes


def _count(axes: Axes, rows: Sequence[tuple[str, Value]], right: float) -> None:
    """Part and whole of each row, behind it."""
    for place, (_, value) in enumerate(rows):
        axes.annotate(
            f"{value.part:,} / {value.whole:,}",
            (right, place),
            (8, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
            color=INK,
            size=9,
        )


def _save(figure: Figure, path: Path, **options: Any) -> None:
    figure.savefig(path, facecolor="white", **options)


CHARTS: dict[str, Callable[[Evaluation, Words], Figure]] = {
    "precision-recall": _precision_recall,
    "recall-by-label": _recall_by_label,
    "false-by-context": _false_by_context,
    "delay": _delay,
}
"""File name to what draws it."""
