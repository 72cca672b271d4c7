"""The report for a terminal: at most 100 columns, no colours, no escape codes of others."""

from io import StringIO

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from sinks.reports import summary, tables
from sinks.reports.model import Report
from sinks.reports.notes import notes
from sinks.reports.tables import Table
from sinks.reports.width import width
from sinks.reports.words import Words

__all__ = ["as_text"]

COLUMNS = 100
NAME_COLUMNS = 30
MOST_ROWS = 40
LIST_COLUMNS = (0, 1, 2, 4, 5, 6, 8, 9, 10, 13)  # of the page's wide tables


def as_text(report: Report, language: str) -> str:
    """The report; for the whole bank it lists branches, for branches their staff."""
    words = Words(language)
    out = StringIO()
    console = Console(
        file=out, width=COLUMNS, color_system=None, force_terminal=False, legacy_windows=False
    )
    _head(console, words, report)
    _show(console, tables.figures_table(words, report.total))
    _show(console, tables.reasons_table(words, report.total))
    _list(console, words, report)
    _show(console, tables.coverage_table(words, report.total))
    _show(console, tables.revisions_table(words, report))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _head(console: Console, words: Words, report: Report) -> None:
    scope = summary.scope_label(words, report)
    _say(console, f"{summary.title(words)} · {scope} · {words.date(report.date)}")
    _say(console, notes(words, report)[0])
    console.print()
    for sentence in summary.sentences(words, report):
        _say(console, sentence)


def _say(console: Console, text: str) -> None:
    # Text, not str: square brackets in a name are no markup.
    console.print(Text(text))


def _list(console: Console, words: Words, report: Report) -> None:
    if len(report.chosen) != 1:
        _show_wide(console, words, tables.branch_table(words, report.branches))
    if report.chosen:
        _show_wide(console, words, tables.staff_table(words, report))


def _show_wide(console: Console, words: Words, table: Table) -> None:
    """The columns that fit, with the month's name in the heads, and the first rows."""
    _ = words.gettext
    month = _("Month")
    heads = [
        f"{month} {head}" if 5 <= place <= 9 else head for place, head in enumerate(table.heads)
    ]
    kept = Table(
        table.caption,
        tuple(heads[place] for place in LIST_COLUMNS),
        [
            tables.Row(tuple(row.cells[place] for place in LIST_COLUMNS), row.kind)
            for row in table.rows[:MOST_ROWS]
        ],
    )
    _show(console, kept)
    if len(table.rows) > MOST_ROWS:
        left = words.count(len(table.rows) - MOST_ROWS)
        _say(console, _("… and %s more: --format html, xlsx or json has them all.") % left)


def _show(console: Console, table: Table) -> None:
    if not table.rows:
        return
    console.print()
    _say(console, table.caption)
    shown = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    wide = len(table.heads) > 6
    for place, head in enumerate(table.heads):
        text = place < table.texts
        shown.add_column(
            Text(head),
            justify="left" if text else "right",
            no_wrap=text and place == 0,
            overflow="ellipsis" if text else "fold",
            min_width=_least(table, place),
            width=None if text or not wide else _least(table, place),
            max_width=_for_names(table) if text and wide else None,
        )
    for row in table.rows:
        indent = "  " if row.kind == "inner" else ""
        shown.add_row(Text(indent + row.cells[0]), *map(Text, row.cells[1:]))
    console.print(shown)


def _least(table: Table, place: int) -> int:
    """So wide that no word of the head is broken, nor a number from its share."""
    parts = table.heads[place].split()
    if place >= table.texts:
        parts += [row.cells[place] for row in table.rows]
    return max(map(width, parts), default=0)


def _for_names(table: Table) -> int:
    """What the numbers leave: a name may be cut, they may not."""
    numbers = range(table.texts, len(table.heads))
    left = COLUMNS - sum(_least(table, place) + 2 for place in numbers)
    return min(NAME_COLUMNS, max(_least(table, 0), left - 2))
