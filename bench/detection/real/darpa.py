"""Holds our MIDAS, MIDAS-R and MIDAS-F to the published figures on DARPA 1998.

    python -m bench.detection.real.darpa FILE.zip

FILE is `data/DARPA/darpa_original.zip` of the authors' repository (github.com/Stream-AD/MIDAS, 3
MB): 4,554,344 lines `source,destination,minute,attack` ("-": none), in order of time. Prints the
area under the ROC curve and writes bench/results/midas-darpa.json. Takes some minutes.

The hash functions are those of the authors' `Reproducible.cpp`; their own program, compiled, gives
0.8941, 0.9494 and 0.9844 with them. Published, as means over random hash functions: AAAI 2020 0.91
(MIDAS) and 0.95 (MIDAS-R).
"""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.detection.real.midas import Midas, MidasF, MidasR

__all__ = ["DESTINATION", "EDGE", "SOURCE", "area", "areas"]

SOURCE, DESTINATION, EDGE = [(2, 5), (3, 7)], [(11, 17), (13, 19)], [(23, 31), (29, 37)]
"""The authors' hash functions; the sketch of MIDAS alone has those of SOURCE."""

OUT = Path(__file__).resolve().parents[2] / "results" / "midas-darpa.json"


def main() -> None:
    """Reads the command line, measures, writes and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    found = areas(parser.parse_args().file)
    text = json.dumps({"kind": "midas-darpa", "auc": found}, indent=1) + "\n"
    OUT.write_text(text, encoding="utf-8")
    print(text, end="")


def areas(file: Path) -> dict[str, float]:
    """The area under the ROC curve of each, rounded to 4 decimals."""
    lines = [line.rstrip("\n").split(",", 3) for line in _lines(file)]
    # Numbers in order of the texts, as the authors' PreprocessData.py makes them.
    nodes = _numbers({node for line in lines for node in line[:2]})
    ticks = _numbers({line[2] for line in lines})
    attack = np.array([line[3] != "-" for line in lines])
    edges = [(nodes[line[0]], nodes[line[1]], ticks[line[2]] + 1) for line in lines]
    del lines
    found = {}
    for name, one in (
        ("midas", Midas(SOURCE)),
        ("midas_r", MidasR(EDGE, SOURCE, DESTINATION)),
        ("midas_f", MidasF(EDGE, SOURCE, DESTINATION)),
    ):
        # Single precision, as theirs: rounding makes ties that double precision would break.
        scores = np.array([one.score(*edge) for edge in edges], dtype=np.float32)
        found[name] = round(area(attack, scores), 4)
    return found


def area(positive: np.ndarray, scores: np.ndarray) -> float:
    """The share of (positive, negative) pairs whose positive scores higher; ties count a half."""
    _, where, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[where]
    n, all_ = int(positive.sum()), len(positive)
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (all_ - n)))


def _lines(file: Path) -> Iterator[str]:
    with zipfile.ZipFile(file) as archive, archive.open(archive.namelist()[0]) as raw:
        yield from io.TextIOWrapper(raw, encoding="ascii")


def _numbers(names: set[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(names))}


if __name__ == "__main__":
    main()
