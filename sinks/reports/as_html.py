"""The report as one HTML file that opens offline, prints on A4 and obeys nobody's text."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sinks.reports import charts, summary, tables
from sinks.reports.model import Periods, Report
from sinks.reports.notes import notes
from sinks.reports.words import Words

__all__ = ["as_html"]

HERE = Path(__file__).parent
CHART_ROWS = 15


def as_html(report: Report, language: str) -> str:
    """The page; for the whole bank it lists branches, for branches their staff."""
    words = Words(language)
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html").render(_context(words, report))


def _context(words: Words, report: Report) -> dict[str, Any]:
    return {
        "_": words.gettext,
        "words": words,
        "report": report,
        "css": Markup((HERE / "report.css").read_text(encoding="utf-8")),
        "title": summary.title(words),
        "scope": summary.scope_label(words, report),
        "date": words.date(report.date),
        "sentences": summary.sentences(words, report),
        "tiles": _tiles(words, report.total),
        "figures": tables.figures_table(words, report.total),
        "trend_chart": Markup(_trend_chart(words, report)),
        "reasons_chart": Markup(_reasons_chart(words, report)),
        "reasons": tables.reasons_table(words, report.total),
        **_rows(words, report),
        "coverage": tables.coverage_table(words, report.total),
        "revisions": tables.revisions_table(words, report),
        "notes": notes(words, report),
    }


def _tiles(words: Words, periods: Periods) -> list[dict[str, object]]:
    _ = words.gettext

    def tile(name: str, *verdicts: str) -> dict[str, object]:
        day, month = (
            sum(figures[verdict] for verdict in verdicts)
            for figures in (periods.day, periods.month)
        )
        return {
            "name": name,
            "value": words.count(day),
            "note": _("this month %s") % words.count(month),
            "main": verdicts == ("valid",),
        }

    return [
        tile(_("New contacts (raw)"), "adds"),
        tile(_("Valid: they count"), "valid"),
        tile(_("Pending: not verified yet"), "pending"),
        tile(_("Do not count"), "invalid", "fake", "excluded"),
    ]


def _trend_chart(words: Words, report: Report) -> str:
    _ = words.gettext
    days = [charts.Bar(f"{day.day:%m-%d}", day.valid, day.adds, "") for day in report.trend]
    description = _("%(valid)s of %(adds)s new contacts of these 30 days count.") % {
        "valid": words.count(sum(day.valid for day in report.trend)),
        "adds": words.count(sum(day.adds for day in report.trend)),
    }
    return charts.columns(_chart(words, "trend", _("The last 30 days"), description), days)


def _reasons_chart(words: Words, report: Report) -> str:
    _ = words.gettext
    month = report.total.month
    bars = [
        charts.Bar(
            words.code(reason.code, reason.verdict),
            0,
            reason.count,
            f"{words.count(reason.count)} ({words.percent(reason.count, month['adds'])})",
        )
        for reason in month.not_counted[:CHART_ROWS]
    ]
    title = _("Why the others do not count")
    description = _("New contacts of this month by the first reason why they do not count.")
    return charts.bars(_chart(words, "reasons", title, description), bars, legend=False)


def _rows(words: Words, report: Report) -> dict[str, Any]:
    """The table of branches or, for a single branch, of staff; the chart of its first rows."""
    of_branches = tables.branch_table(words, report.branches)
    of_staff = tables.staff_table(words, report) if report.chosen else None
    if report.only and of_staff:
        labelled = [(tables.staff_label(words, row), row.periods) for row in report.staff]
        shown, rest = of_staff, None
    else:
        labelled = [
            (summary.branch_label(words, row.branch_id, row.name), row.periods)
            for row in report.branches
        ]
        shown, rest = of_branches, of_staff
    return {
        "rows": shown,
        "staff": rest,
        "rows_chart": Markup(_rows_chart(words, shown.caption, labelled)),
        "rows_note": _rows_note(words, len(labelled)),
    }


def _rows_chart(words: Words, title: str, labelled: list[tuple[str, Periods]]) -> str:
    _ = words.gettext
    ordered = sorted(labelled, key=lambda row: -row[1].month["adds"])[:CHART_ROWS]
    bars = [
        charts.Bar(
            label,
            periods.month["valid"],
            periods.month["adds"],
            f"{words.count(periods.month['valid'])} / {words.count(periods.month['adds'])}",
        )
        for label, periods in ordered
        if periods.month["adds"]
    ]
    if not bars:
        return ""
    description = _(
        "Contacts of this month that count, of all new ones; the table has the numbers."
    )
    return charts.bars(_chart(words, "rows", title, description), bars)


def _rows_note(words: Words, rows: int) -> str:
    _ = words.gettext
    note = _("This month: contacts that count / all new contacts.")
    if rows > CHART_ROWS:
        note += " " + _("The %s with most new contacts.") % CHART_ROWS
    return note


def _chart(words: Words, name: str, title: str, description: str) -> charts.Chart:
    _ = words.gettext
    return charts.Chart(name, title, description, _("Count"), _("Do not count (yet)"))
