"""The daily report: read once from a database, then shown as HTML, text, JSON or a workbook.

report = read_report(Path("bank.duckdb"), date(2026, 11, 20), ["B001"], staff=True)
page = render(report, "html", "zh")
"""

from pathlib import Path

from sinks.reports.model import Report
from sinks.reports.query import NO_BRANCH, read_report

__all__ = ["NO_BRANCH", "Report", "read_report", "render", "write_xlsx"]

FORMS = ("html", "text", "json")


def render(report: Report, form: str, language: str) -> str:
    """The report as `html`, `text` or `json`, in "zh" or "en" (JSON has no words).

    ValueError: another form. KeyError: another language.
    """
    # Each form loads its own libraries: drawing alone takes a second.
    if form == "html":
        from sinks.reports.as_html import as_html

        return as_html(report, language)
    if form == "text":
        from sinks.reports.as_text import as_text

        return as_text(report, language)
    if form == "json":
        from sinks.reports.as_json import as_json

        return as_json(report)
    raise ValueError(f"{form!r} is none of {', '.join(FORMS)}")


def write_xlsx(report: Report, language: str, out: Path) -> None:
    """Writes the report as an Excel workbook to `out`. OSError: it cannot be written."""
    from sinks.reports.as_xlsx import write_xlsx

    write_xlsx(report, language, out)
