"""The curves as a picture: microseconds an event over their number; a level line is linear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

__all__ = ["plot"]

STYLES = {"at_once": ("o-", "one run"), "in_ten_runs": ("s--", "ten runs")}
COLUMNS = 4


def plot(results: dict[str, Any], out: Path) -> None:
    """Writes an SVG with a small chart for each case."""
    cases = results["cases"]
    rows = -(-len(cases) // COLUMNS)
    figure, axes = plt.subplots(
        rows, COLUMNS, figsize=(3.4 * COLUMNS, 2.7 * rows), squeeze=False, layout="constrained"
    )
    for axis in axes.flat[len(cases) :]:
        axis.set_axis_off()
    for axis, case in zip(axes.flat, cases.values(), strict=False):
        _chart(axis, case)
    figure.supylabel("microseconds of CPU each", fontsize=9)
    with mpl.rc_context({"svg.hashsalt": "curves"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
    plt.close(figure)


def _chart(axis: Axes, case: dict[str, Any]) -> None:
    for name, (style, label) in STYLES.items():
        points = case[name]["points"]
        axis.plot(
            [point["n"] for point in points],
            [point["microseconds_each"] for point in points],
            style,
            label=f"{label}, slope {case[name]['slope']:.2f}",
            markersize=3,
            linewidth=1,
        )
    axis.axvline(case["required"], color="0.7", linewidth=0.8, linestyle=":")
    axis.set_xscale("log", base=2)
    axis.set_xticks([point["n"] for point in case["at_once"]["points"]])
    axis.xaxis.set_major_formatter(lambda n, _: f"{n / 1000:g}k")
    axis.set_ylim(bottom=0)
    axis.set_title(case["title"], fontsize=8)
    axis.tick_params(labelsize=7)
    axis.legend(fontsize=7, loc="best", frameon=False)
