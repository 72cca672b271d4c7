"""The table of docs/detection.md, written by `python -m bench.table`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["darpa", "table"]

Result = Mapping[str, Any]

_PARTS = {"later": "Later part", "whole": "Whole stream"}
_HEAD = [
    "camouflage",
    "method",
    "recall, two targets or more",
    "recall, all",
    "precision, all",
    "wrong in a run",
    "hindsight, two or more",
    "hindsight, all",
]


def table(result: Result) -> str:
    """One table for each judged part, and what they rest on."""
    return "\n".join(
        f"{title}{_accounts(result, part)}:\n\n{_rows(result, part)}"
        for part, title in _PARTS.items()
    ) + _note(result)


def darpa(result: Result) -> str:
    """Our MIDAS on the data of its authors, beside what they published and what their program says.

    The program's figures are of its version 1.1.2, compiled, with its fixed hash functions.
    """
    rows = [
        ["MIDAS", f"{result['auc']['midas']:.4f}", "0.8941", "0.91 (AAAI 2020)"],
        ["MIDAS-R", f"{result['auc']['midas_r']:.4f}", "0.9494", "0.95 (AAAI 2020)"],
        ["MIDAS-F", f"{result['auc']['midas_f']:.4f}", "0.9844", ""],
    ]
    head = ["area under the ROC curve, DARPA 1998", "ours", "authors' program", "published"]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * 4, *rows])


def _accounts(result: Result, part: str) -> str:
    """How many purchased accounts are judged, the same for all methods and seeds."""
    one = next(iter(result["camouflage"].values()))["truefriend"][part]
    all_, some = (one[least]["middle"]["of"] for least in ("all", "two_or_more"))
    return f" ({all_} purchased accounts, {some} of two targets or more)"


def _rows(result: Result, part: str) -> str:
    rows = [
        [camouflage, *_row(name, method, method[part], result["seeds"])]
        for camouflage, methods in result["camouflage"].items()
        for name, method in methods.items()
    ]
    goal = ["", "*goal*", "*≥ .85*", "*> .72*" if part == "whole" else "", "*≥ .99*", "", "", ""]
    return "".join(f"| {' | '.join(line)} |\n" for line in [_HEAD, ["---"] * 8, *rows, goal])


def _row(name: str, method: Result, found: Result, seeds: int) -> list[str]:
    title = f"**{method['title']}**" if name == "truefriend" else method["title"]
    return [
        title,
        _rate(found["two_or_more"]["recall"]),
        _rate(found["all"]["recall"]),
        _rate(found["all"]["precision"]),
        f"{found['all']['pooled']['wrong'] / seeds:.1f}",
        _short(found["two_or_more"]["hindsight"]["median"]),
        _short(found["all"]["hindsight"]["median"]),
    ]


def _rate(rate: Result | None) -> str:
    """Median (least–greatest) [interval over seeds; Wilson's of one seed]."""
    if rate is None:
        return "nothing found"
    median, least, most = (_short(rate[name]) for name in ("median", "min", "max"))
    seeds, wilson = (
        "–".join(map(_short, rate[name])) for name in ("over_seeds", "wilson_one_seed")
    )
    return f"**{median}** ({least}–{most}) [{seeds}; {wilson}]"


def _short(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")


def _note(result: Result) -> str:
    machine, bought, organic = result["machine"], result["bought"], result["organic"]
    return (
        f"\n{bought['accounts']} purchased accounts ({bought['adds']:,} adds of "
        f"{bought['targets']} targets in {bought['days']} days) in a stream of "
        f"{organic['accounts']:,} ({organic['adds']:,}, {organic['targets']:,}, "
        f"{organic['days']}); {result['seeds']} seeds; Python {machine['python']}, DuckDB "
        f"{machine['duckdb']}. Chosen settings (runs): {_chosen(result)}.\n"
    )


def _chosen(result: Result) -> str:
    return "; ".join(
        f"{method['title']} at camouflage {camouflage}: "
        + ", ".join(f"{setting} ({runs})" for setting, runs in method["chosen"].items())
        for camouflage, methods in result["camouflage"].items()
        for method in methods.values()
        if list(method["chosen"]) != [""]
    )
