"""Real purchased accounts hidden in a real stream: truefriend beside MIDAS and plain counters.

    python -m bench.detection.real.run [--seeds 10] [--camouflage 0 1] [--data FOLDER] [--ours-only]

For each seed and camouflage one mixed stream (`inject.py`). A competitor's setting and threshold
are chosen on the earlier part of all other seeds' streams, pooled: the smallest threshold with a
precision of .99, in the setting that then finds most. Judged are the later part, and the whole.
truefriend has the default policy's threshold; nothing of it is chosen here. *With hindsight* is the
best that any threshold in any setting reaches on the judged part itself at a precision of .99.
--ours-only takes the competitors' figures from the results already written: they are a function of
data, seeds and camouflage, and take most of the time.
Writes bench/results/detection-real.json; `python -m bench.table` makes the table from it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.detection.real import data
from bench.detection.real.compare import Frozen, Parts, freeze, summary
from bench.detection.real.counters import METHODS
from bench.detection.real.data import Edge
from bench.detection.real.inject import Stream, inject
from bench.detection.real.judge import PARTS, cases
from bench.detection.real.ours import Verdicts, judge
from bench.replay.measure import machine

OUT = Path(__file__).resolve().parents[2] / "results" / "detection-real.json"


def main() -> None:
    """Reads the command line, measures, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--camouflage", type=float, nargs="+", default=[0.0, 1.0])
    parser.add_argument("--data", type=Path, default=data.FOLDER)
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    if options.seeds < 2:
        parser.error("At least two seeds: thresholds are chosen on the other ones.")
    known = _known(options.out, options.seeds) if options.ours_only else {}
    results = measure(options.data, options.seeds, options.camouflage, known)
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    options.out.write_text(text, encoding="utf-8")


def measure(
    folder: Path, seeds: int, camouflages: Sequence[float], known: Mapping[str, Any]
) -> dict[str, Any]:
    """The results as they are written; OSError where the data are not in ``folder``.

    ``known``: competitors' results by camouflage, not to be measured again.
    """
    started = machine()
    bought, organic = data.bought(folder), data.organic(folder)
    compared = {}
    for camouflage in camouflages:
        streams = [inject(bought, organic, seed, camouflage) for seed in range(1, seeds + 1)]
        others = known.get(f"{camouflage:g}") or _competitors(streams)
        compared[f"{camouflage:g}"] = {**others, "truefriend": _ours(streams)}
    return {
        "kind": "detection-real",
        "machine": started,
        "seeds": seeds,
        "bought": _size(bought),
        "organic": _size(organic),
        "camouflage": compared,
    }


def _known(path: Path, seeds: int) -> dict[str, Any]:
    """By camouflage what is in the file; SystemExit where that is of other seeds."""
    results = json.loads(path.read_text(encoding="utf-8"))
    if results["seeds"] != seeds:
        raise SystemExit(f"{path} holds {results['seeds']} seeds, not {seeds}.")
    return dict(results["camouflage"])


def _size(edges: Sequence[Edge]) -> dict[str, int]:
    return {
        "adds": len(edges),
        "accounts": len({edge.account for edge in edges}),
        "targets": len({edge.target for edge in edges}),
        "days": (edges[-1].time - edges[0].time) // 86_400,
    }


def _competitors(streams: Sequence[Stream]) -> dict[str, Any]:
    found = {}
    for method in METHODS:
        print(method.title, file=sys.stderr)
        settings = {
            name: [
                _parts(stream, scorer(stream.edges, seed)) for seed, stream in enumerate(streams, 1)
            ]
            for name, scorer in method.settings.items()
        }
        found[method.name] = {"title": method.title, **summary(freeze(settings), settings)}
    return found


def _ours(streams: Sequence[Stream]) -> dict[str, Any]:
    """Found is what has a fake_* code; fake_score is for the column with hindsight only."""
    frozen, scored = [], []
    for seed, stream in enumerate(streams, 1):
        print(f"truefriend, seed {seed}", file=sys.stderr)
        verdicts = _replayed(stream, seed)
        by_pair = [verdicts[edge.account, edge.target] for edge in stream.edges]
        frozen.append(Frozen(_parts(stream, (float(fake) for _, fake in by_pair)), "", 1.0))
        scored.append(_parts(stream, (score for score, _ in by_pair)))
    return {"title": "truefriend", **summary(frozen, {"": scored})}


def _replayed(stream: Stream, seed: int) -> Verdicts:
    with tempfile.TemporaryDirectory() as folder:
        return judge(stream.edges, seed, Path(folder))


def _parts(stream: Stream, scores: Iterable[float]) -> Parts:
    known = list(zip(stream.edges, scores, strict=True))
    return {part: cases(stream, known, part) for part in PARTS}


if __name__ == "__main__":
    main()
