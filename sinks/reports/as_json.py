"""The report as one JSON object: what a program reads."""

from collections.abc import Iterable
from typing import Any

import msgspec

from sinks.reports.model import COUNTS, PROVINCE_COUNTS, Figures, Periods, Report

__all__ = ["as_json"]

STAFF_DAILY_COUNTS = tuple(name for name in COUNTS if name not in PROVINCE_COUNTS)


def as_json(report: Report) -> str:
    """The report; counts named as in staff_daily, money in whole fen.

    Each of bank, branches[] and staff[] holds the day's counts, the day before under `before`,
    the month up to the day under `month`. One row of a list stands on one line.
    """
    # Encoded row by row: the dictionaries of 50,000 staff at once would take half a gigabyte.
    members = (
        ("date", _encode(report.date.isoformat())),
        ("as_of", _encode(report.as_of and report.as_of.isoformat())),
        ("timezone", _encode(report.timezone)),
        ("month_sealed", _encode(report.sealed)),
        ("bank", _encode(_periods(report.bank))),
        ("branches", _rows(_branches(report))),
        ("staff", _rows(_staff(report))),
        ("trend", _rows(_trend(report))),
        ("revisions", _rows(_revisions(report))),
    )
    return "{\n" + ",\n".join(f'"{name}": {text}' for name, text in members) + "\n}\n"


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _rows(rows: Iterable[dict[str, Any]]) -> str:
    text = ",\n".join(map(_encode, rows))
    return f"[\n{text}\n]" if text else "[]"


def _branches(report: Report) -> Iterable[dict[str, Any]]:
    for row in report.branches:
        yield {"branch_id": row.branch_id, "name": row.name, **_periods(row.periods)}


def _staff(report: Report) -> Iterable[dict[str, Any]]:
    for row in report.staff:
        yield {
            "staff_id": row.staff_id,
            "name": row.name,
            "branch_id": row.branch_id,
            **_periods(row.periods, one=True),
        }


def _trend(report: Report) -> Iterable[dict[str, Any]]:
    for day in report.trend:
        yield {"day": day.day.isoformat(), "adds": day.adds, "valid": day.valid}


def _revisions(report: Report) -> Iterable[dict[str, Any]]:
    for each in report.revisions:
        yield {
            "old_verdict": each.old_verdict,
            "new_verdict": each.new_verdict,
            "adds": each.count,
        }


def _periods(periods: Periods, one: bool = False) -> dict[str, Any]:
    """one: of a single staff member, who needs no count of staff."""
    return {
        **_figures(periods.day, one),
        "before": _figures(periods.before, one),
        "month": _figures(periods.month, one),
        "coverage": [
            {"segment": each.segment, "customers": each.customers, "covered": each.covered}
            for each in periods.coverage
        ],
    }


def _figures(figures: Figures, one: bool) -> dict[str, Any]:
    active = {} if one else {"staff_active": figures.staff_active}
    return {
        **active,
        **{name: figures[name] for name in STAFF_DAILY_COUNTS},
        "not_counted": [
            {"code": each.code, "verdict": each.verdict, "adds": each.count}
            for each in figures.not_counted
        ],
        "province": {
            "in": figures["province_in"],
            "out": figures["province_out"],
            "unknown": figures["province_unknown"],
        },
        "reward": {
            "paid_fen": figures.paid_fen,
            "wasted_fen": figures.wasted_fen,
            "undecided_fen": figures.undecided_fen,
        },
    }
