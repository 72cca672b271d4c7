"""The report's tables in words, for the page and the terminal alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sinks.reports.model import BranchRow, Figures, Periods, Report, Segment, StaffRow
from sinks.reports.summary import branch_label, measures
from sinks.reports.width import clean
from sinks.reports.words import Words

__all__ = [
    "Row",
    "Table",
    "branch_table",
    "coverage_table",
    "figures_table",
    "reasons_table",
    "revisions_table",
    "staff_label",
    "staff_table",
]


@dataclass(frozen=True, slots=True)
class Row:
    """The cells from left to right; kind: "inner" (part of the row above), "sum" or ""."""

    cells: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """groups: (name, number of columns) above the heads; texts: how many columns are no numbers."""

    caption: str
    heads: tuple[str, ...]
    rows: list[Row]
    groups: tuple[tuple[str, int], ...] = ()
    texts: int = field(default=1)


def figures_table(words: Words, periods: Periods) -> Table:
    """The day, the day before, the difference, the month."""
    _ = words.gettext
    heads = (_("Figure"), _("Day"), _("Day before"), _("Change"), _("Month to date"))
    rows = [
        Row((m.label, m.day, m.before, m.change, m.month), "inner" if m.inner else "")
        for m in measures(words, periods)
    ]
    return Table(_("Figures"), heads, rows)


def reasons_table(words: Words, periods: Periods) -> Table:
    """Adds that do not count by their first reason, the month's most frequent first."""
    _ = words.gettext
    day = {(r.code, r.verdict): r.count for r in periods.day.not_counted}
    rows = [
        Row(
            (
                words.code(r.code, r.verdict),
                words.verdict(r.verdict),
                words.count(day.get((r.code, r.verdict), 0)),
                words.count(r.count),
                words.percent(r.count, periods.month["adds"]),
            )
        )
        for r in periods.month.not_counted
    ]
    heads = (_("Reason"), _("Verdict"), _("Day"), _("Month"), _("Of all new"))
    return Table(_("The reasons in numbers"), heads, rows, texts=2)


def branch_table(words: Words, rows: Sequence[BranchRow]) -> Table:
    """The branches, the one with most adds of the month first."""
    _ = words.gettext
    ordered = sorted(rows, key=lambda row: -row.periods.month["adds"])
    cells = [
        Row((branch_label(words, row.branch_id, row.name), *_cells(words, row.periods)))
        for row in ordered
    ]
    return _wide(words, _("Branches"), _("Branch"), cells)


def staff_table(words: Words, report: Report) -> Table:
    """The staff, whoever has most adds of the month first; with several branches, which one."""
    _ = words.gettext
    ordered = sorted(report.staff, key=lambda row: -row.periods.month["adds"])
    cells = [Row((staff_label(words, row), *_cells(words, row.periods))) for row in ordered]
    return _wide(words, _("Staff"), _("Staff member"), cells)


def staff_label(words: Words, row: StaffRow) -> str:
    """The name with the id behind it, or the id."""
    id_ = clean(row.staff_id)
    if not row.name:
        return id_
    return f"{clean(row.name)}（{id_}）" if words.language == "zh" else f"{clean(row.name)} ({id_})"


def _wide(words: Words, caption: str, first: str, rows: list[Row]) -> Table:
    _ = words.gettext
    counts = (_("New"), _("Valid"), _("Pending"), _("Not counted"))
    shares = (_("Valid share"), _("Verified"), _("In province"), _("For nothing"))
    groups = (("", 1), (_("Day"), 4), (_("Month to date"), 9), (_("Now"), 1))
    heads = (first, *counts, *counts, _("Signs of a fake"), *shares, _("Coverage"))
    return Table(caption, heads, rows, groups)


def _cells(words: Words, periods: Periods) -> tuple[str, ...]:
    month, covered = periods.month, periods.covered
    inside, outside = month["province_in"], month["province_out"]
    return (
        *_counts(words, periods.day),
        *_counts(words, month),
        _fakes(words, month),
        words.percent(month["valid"], month["adds"]),
        words.percent(month["verified"], month["adds"]),
        words.percent(inside, inside + outside),
        words.yuan(month.wasted_fen),
        words.percent(covered.covered, covered.customers),
    )


def _counts(words: Words, figures: Figures) -> tuple[str, str, str, str]:
    rest = figures["invalid"] + figures["fake"] + figures["excluded"]
    return (
        words.count(figures["adds"]),
        words.count(figures["valid"]),
        words.count(figures["pending"]),
        words.count(rest),
    )


def _fakes(words: Words, figures: Figures) -> str:
    """How many, and what share of all new ones: 60 (20.0%)."""
    fakes = figures["fake_any"]
    if not fakes:
        return words.count(0)
    return f"{words.count(fakes)} ({words.percent(fakes, figures['adds'])})"


def coverage_table(words: Words, periods: Periods) -> Table:
    """Customers with a manager, and those whose manager has them as a contact, by segment."""
    _ = words.gettext
    heads = (_("Segment"), _("Customers"), _("Covered"), _("Coverage"))
    rows = [
        Row(
            (
                _("No segment") if each.segment is None else clean(each.segment),
                *_covered(words, each),
            )
        )
        for each in periods.coverage
    ]
    if len(rows) > 1:
        rows.append(Row((_("Together"), *_covered(words, periods.covered)), "sum"))
    return Table(_("Coverage by segment"), heads, rows)


def _covered(words: Words, each: Segment) -> tuple[str, str, str]:
    return (
        words.count(each.customers),
        words.count(each.covered),
        words.percent(each.covered, each.customers),
    )


def revisions_table(words: Words, report: Report) -> Table:
    """Earlier adds whose verdict is another one than at the end of the day before."""
    _ = words.gettext
    heads = (_("Verdict before"), _("Verdict now"), _("Contacts"))
    rows = [
        Row((words.verdict(r.old_verdict), words.verdict(r.new_verdict), words.count(r.count)))
        for r in report.revisions
    ]
    return Table(_("Verdicts revised since yesterday"), heads, rows, texts=2)
