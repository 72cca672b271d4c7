"""The report as an Excel workbook: numbers as numbers, everybody's text as text.

A name that begins with = is written as a string, so Excel shows it and computes nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from sinks.reports import summary
from sinks.reports.model import COUNTS, PROVINCE_COUNTS, Periods, Report
from sinks.reports.tables import Table, figures_table
from sinks.reports.width import clean
from sinks.reports.words import Words

__all__ = ["write_xlsx"]

Cell = str | int | None

# For a program's eye as for a person's: the columns of a long sheet are named as in the database.
LIST_COUNTS = (
    "adds", "valid", "pending", "invalid", "fake", "excluded", "fake_any", "verified", "removed",
    *PROVINCE_COUNTS,
)  # fmt: skip


def write_xlsx(report: Report, language: str, out: Path) -> None:
    """Writes the workbook to `out`. OSError: it cannot be written."""
    words = Words(language)
    options = {
        "constant_memory": True,  # a sheet of 50,000 staff goes to the disk row by row
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    try:
        with xlsxwriter.Workbook(str(out), options) as book:
            _Book(book, words, report).write()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error


class _Book:
    def __init__(self, book: Any, words: Words, report: Report) -> None:
        self.book = book
        self.words = words
        self.report = report
        self.bold = book.add_format({"bold": True})
        self.yuan = book.add_format({"num_format": "#,##0.00"})
        self.number = book.add_format({"num_format": "#,##0"})
        # The same data give the same file: no clock of this machine.
        midnight = datetime(report.date.year, report.date.month, report.date.day)
        book.set_properties({"title": summary.title(words), "created": midnight})

    def write(self) -> None:
        _ = self.words.gettext
        self._summary()
        self._reasons()
        self._list(_("Branches"), ("branch_id", "name"), self._branches())
        self._list(_("Staff"), ("staff_id", "name", "branch_id"), self._staff())
        self._coverage()
        self._rows(_("Trend"), ("day", "adds", "valid"), self._trend())
        self._rows(_("Revised"), ("old_verdict", "new_verdict", "adds"), self._revisions())

    def _summary(self) -> None:
        words, report = self.words, self.report
        sheet = self._sheet(words.gettext("Figures"), (34, 22, 22, 18, 22))
        lines = [
            f"{summary.title(words)} · {summary.scope_label(words, report)}",
            words.date(report.date),
            *summary.sentences(words, report),
        ]
        for place, line in enumerate(lines):
            sheet.write_string(place, 0, line, self.bold if place == 0 else None)
        self._table(sheet, figures_table(words, report.total), len(lines) + 1)

    def _table(self, sheet: Any, table: Table, top: int) -> None:
        for column, head in enumerate(table.heads):
            sheet.write_string(top, column, head, self.bold)
        for place, row in enumerate(table.rows, top + 1):
            for column, cell in enumerate(row.cells):
                indent = "    " if row.kind == "inner" and not column else ""
                sheet.write_string(place, column, indent + cell)

    def _reasons(self) -> None:
        words, total = self.words, self.report.total
        day = {(r.code, r.verdict): r.count for r in total.day.not_counted}
        rows = (
            (
                words.code(r.code, r.verdict), words.verdict(r.verdict), r.code,
                day.get((r.code, r.verdict), 0), r.count,
            )
            for r in total.month.not_counted
        )  # fmt: skip
        _ = words.gettext
        heads = (_("Reason"), _("Verdict"), "code", _("Day"), _("Month"))
        self._rows(_("Reasons"), heads, rows, (44, 12, 22, 10, 10))

    def _coverage(self) -> None:
        _ = self.words.gettext
        rows = [
            (row.branch_id, each.segment, each.customers, each.covered)
            for row in self.report.branches
            for each in row.periods.coverage
        ]
        self._rows(_("Coverage"), ("branch_id", "segment", "customers", "covered"), rows)

    def _trend(self) -> Iterable[Sequence[Cell]]:
        return ((day.day.isoformat(), day.adds, day.valid) for day in self.report.trend)

    def _revisions(self) -> Iterable[Sequence[Cell]]:
        return ((r.old_verdict, r.new_verdict, r.count) for r in self.report.revisions)

    def _branches(self) -> Iterable[tuple[Sequence[Cell], Periods]]:
        return (((row.branch_id, row.name), row.periods) for row in self.report.branches)

    def _staff(self) -> Iterable[tuple[Sequence[Cell], Periods]]:
        return (((r.staff_id, r.name, r.branch_id), r.periods) for r in self.report.staff)

    def _list(
        self,
        name: str,
        heads: tuple[str, ...],
        rows: Iterable[tuple[Sequence[Cell], Periods]],
    ) -> None:
        month = tuple(f"month.{count}" for count in LIST_COUNTS)
        covered = ("customers", "covered")
        all_heads = (*heads, *LIST_COUNTS, *month, *covered, "month.wasted_yuan")
        sheet = self._sheet(name, (16, 22, *[11] * (len(all_heads) - 2)), all_heads)
        put = self._writers(sheet)
        pick = [COUNTS.index(count) for count in LIST_COUNTS]
        for place, (labels, periods) in enumerate(rows, 1):
            day, of_month = periods.day.values, periods.month.values
            cells = [*labels, *(day[n] for n in pick), *(of_month[n] for n in pick)]
            cells += [periods.covered.customers, periods.covered.covered]
            put(place, cells)
            # Fen as yuan: a spreadsheet knows binary fractions only; two decimals are exact here.
            sheet.write_number(place, len(cells), periods.month.wasted_fen / 100, self.yuan)

    def _rows(
        self,
        name: str,
        heads: tuple[str, ...],
        rows: Iterable[Sequence[Cell]],
        widths: Sequence[int] = (16, 16, 14, 14),
    ) -> None:
        put = self._writers(self._sheet(name, widths, heads))
        for place, row in enumerate(rows, 1):
            put(place, row)

    def _sheet(self, name: str, widths: Sequence[int], heads: Sequence[str] = ()) -> Any:
        sheet = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self.bold)
        if heads:
            sheet.freeze_panes(1, 1)
        return sheet

    def _writers(self, sheet: Any) -> Callable[[int, Sequence[Cell]], None]:
        def put(place: int, row: Sequence[Cell]) -> None:
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(place, column, clean(cell))
                elif cell is not None:
                    sheet.write_number(place, column, cell, self.number)

        return put
