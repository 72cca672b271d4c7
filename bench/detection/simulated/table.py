"""The tables of docs/detection.md, written by `python -m bench.table`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["table"]

Result = Mapping[str, Any]

_SIMULATORS = {
    "product": "The product's simulator",
    "randomised": "The randomised simulator",
    "second": "The second simulator",
}
_METHODS = {
    "truefriend": "**truefriend**",
    "trees_one_pass": "trees, one pass",
    "trees_two_passes": "trees, two passes",
}
_BEST = "trees_two_passes"
_FEW = 10_000


def table(result: Result) -> str:
    """For each simulator: precision and recall, recall by label, false fakes by context."""
    return "\n".join(
        f"{title} ({_banks(result, name)}):\n\n"
        f"{_overall(result['simulators'][name])}\n"
        f"{_labels(result['simulators'][name])}\n"
        f"{_contexts(result['simulators'][name])}"
        for name, title in _SIMULATORS.items()
        if name in result["simulators"]
    ) + _note(result)


def _banks(result: Result, name: str) -> str:
    found = result["simulators"][name]
    seeds, ours = found["seeds"], found["truefriend"]
    return f"seeds {', '.join(map(str, seeds))}: {ours['fakes']:,} fakes, {ours['lawful']:,} lawful"


def _overall(found: Result) -> str:
    best = found[_BEST]["recall"]["rate"]
    rows = [
        [
            title,
            _rate(found[method]["precision"]),
            _rate(found[method]["recall"]),
            _ratio(found[method]["recall"]["rate"], best),
            f"{found[method]['wrong']:,}",
        ]
        for method, title in _METHODS.items()
    ]
    goal = ["*goal*", "*≥ .99*", "", "*≥ .8*", ""]
    head = ["method", "precision", "recall", "recall to two passes", "false fakes"]
    return _table(head, [*rows, goal])


def _labels(found: Result) -> str:
    rows = []
    for label, ours in found["truefriend"]["labels"].items():
        one, two = (found[method]["labels"][label] for method in list(_METHODS)[1:])
        ratio = _ratio(ours["rate"], two["rate"])
        rows.append([label, f"{ours['of']:,}", _rate(ours), _rate(one), _rate(two), ratio])
    goal = ["*goal*", "", "", "", "", "*≥ .6*"]
    head = ["recall of", "adds", *_METHODS.values(), "truefriend to two passes"]
    return _table(head, [*rows, goal])


def _contexts(found: Result) -> str:
    rows = []
    for context, ours in found["truefriend"]["contexts"].items():
        of, most = ours["of"], ours["at_most"] * 1_000
        rows.append(
            [
                context or "(none)",
                f"{of:,}{'' if of >= _FEW else ' (few)'}",
                *(f"{found[method]['contexts'][context]['wrong']:,}" for method in _METHODS),
                f"{most:.2f}",
            ]
        )
    goal = ["*goal*", f"*≥ {_FEW:,}*", "", "", "", "*< 1*"]
    names = [f"false by {title}" for title in _METHODS.values()]
    head = ["lawful context", "adds", *names, "truefriend at most, in 1,000"]
    return _table(head, [*rows, goal])


def _rate(rate: Result) -> str:
    """Of all adds (least–greatest bank) [Wilson's interval; that of the mean over banks]."""
    if rate["rate"] is None:
        return "nothing found"
    whole, seen = _short(rate["rate"]), rate["spread"]
    wilson, banks = (_interval(rate[name]) for name in ("wilson", "over_banks"))
    return f"**{whole}** ({_interval((seen['min'], seen['max']))}) [{wilson}; {banks}]"


def _ratio(ours: float | None, best: float | None) -> str:
    return f"{ours / best:.2f}" if ours is not None and best else ""


def _interval(pair: Sequence[float]) -> str:
    return "–".join(map(_short, pair))


def _short(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")


def _note(result: Result) -> str:
    machine = result["machine"]
    first, second = (f"{threshold:.2f}" for threshold in result["thresholds"])
    training = " and ".join(
        f"{', '.join(map(str, seeds))} of {_SIMULATORS[name].lower()}"
        for name, seeds in result["training"].items()
    )
    return (
        f"\nBanks of {result['staff']} staff, a month each. Trees trained on seeds {training}; "
        f"thresholds {first} and {second} (log-odds). Python {machine['python']}, DuckDB "
        f"{machine['duckdb']}.\n"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
