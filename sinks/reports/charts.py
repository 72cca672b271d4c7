"""The report's charts: SVG to stand inside an HTML page, the same bytes for the same data.

A chart's texts are real text in the page's own font. Counted adds are solid, others hatched, and
every bar carries its number, so that a chart can be read without its colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sinks.reports.svg import embed, quiet_about_glyphs
from sinks.reports.width import cut, width

__all__ = ["Bar", "Chart", "bars", "columns"]

WIDTH = 460  # of the drawing, in its own units: a phone still shows 10 of them as 8 pixels
COUNTED = "#0b6e6e"
OTHERS = "#e4d9c5"
HATCH = "#8a7350"
INK = "#333333"
LABEL_WIDTH = 34  # columns of a terminal; a Chinese character takes two

_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],  # matplotlib's own: the layout is the same on any machine
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,  # a name may hold a dollar sign
    "hatch.color": HATCH,
    "hatch.linewidth": 0.8,
    "axes.edgecolor": "#999999",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True, slots=True)
class Chart:
    """What every chart says in words: its title, a description, and the two kinds of adds."""

    name: str
    title: str
    description: str
    counted: str
    others: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `counted` of `adds`, and the text of its end."""

    label: str
    counted: int
    adds: int
    text: str


def columns(chart: Chart, days: Sequence[Bar]) -> str:
    """Upright bars, one a day, oldest first; every fifth day from the last is named."""
    with mpl.rc_context({**_STYLE, "svg.hashsalt": chart.name}):
        figure, axes = _canvas(200, left=44, right=10, top=26, bottom=24)
        places = range(len(days))
        _stack(axes.bar, "bottom", places, days)
        named = [place for place in places if (len(days) - 1 - place) % 5 == 0]
        axes.set_xticks(named, [days[place].label for place in named])
        axes.set_xlim(-0.7, len(days) - 0.3)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.set_ylim(0, max((day.adds for day in days), default=0) * 1.05 or 1)
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        _legend(axes, chart)
        return _svg(figure, chart)


def bars(chart: Chart, rows: Sequence[Bar], *, legend: bool = True) -> str:
    """Lying bars, the first on top, each with its label before and its text behind it."""
    with mpl.rc_context({**_STYLE, "svg.hashsalt": chart.name}):
        labels = [cut(row.label, LABEL_WIDTH) for row in rows]
        left = 12 + max((5.6 * width(label) for label in labels), default=0)
        right = 12 + max((6.4 * width(row.text) for row in rows), default=0)
        top = 26 if legend else 4
        figure, axes = _canvas(top + 22 * len(rows) + 4, left, right, top, bottom=4)
        places = range(len(rows))
        _stack(axes.barh, "left", places, rows)
        longest = max((row.adds for row in rows), default=0) or 1
        axes.set_xlim(0, longest)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.axis("off")
        for place, (label, row) in enumerate(zip(labels, rows, strict=True)):
            _write(axes, 0, place, label, "right", -6)
            _write(axes, row.adds, place, row.text, "left", 5)
        if legend:
            _legend(axes, chart)
        return _svg(figure, chart)


def _canvas(
    height: float, left: float, right: float, top: float, bottom: float
) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
    FigureCanvasSVG(figure)
    figure.patch.set_visible(False)
    axes = figure.add_axes(
        (
            left / WIDTH,
            bottom / height,
            (WIDTH - left - right) / WIDTH,
            (height - top - bottom) / height,
        )
    )
    axes.patch.set_visible(False)
    axes.tick_params(length=0)
    return figure, axes


def _stack(draw: Any, base: str, places: Sequence[int], rows: Sequence[Bar]) -> None:
    counted = [row.counted for row in rows]
    draw(places, counted, 0.72, color=COUNTED, edgecolor=COUNTED, linewidth=0.6)
    draw(
        places,
        [row.adds - row.counted for row in rows],
        0.72,
        **{base: counted},
        color=OTHERS,
        edgecolor=HATCH,
        hatch="////",
        linewidth=0.6,
    )


def _write(axes: Axes, x: float, y: float, text: str, align: str, shift: float) -> None:
    axes.annotate(
        text,
        (x, y),
        (shift, 0),
        textcoords="offset points",
        ha=align,
        va="center",
        parse_math=False,
        annotation_clip=False,
    )


def _legend(axes: Axes, chart: Chart) -> None:
    solid, hatched = axes.containers[:2]
    axes.legend(
        [solid, hatched],
        [chart.counted, chart.others],
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=2,
        frameon=False,
        borderaxespad=0.2,
        handlelength=1.4,
        columnspacing=2.4,
    )


def _svg(figure: Figure, chart: Chart) -> str:
    out = BytesIO()
    with quiet_about_glyphs():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return embed(out.getvalue(), chart.name, chart.title, chart.description)
