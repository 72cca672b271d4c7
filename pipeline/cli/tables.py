"""Tables in a terminal: plain text, as wide as it is, and 100 columns where there is none."""

from __future__ import annotations

import sys
from io import StringIO
from typing import TYPE_CHECKING

from pipeline.i18n import N_

if TYPE_CHECKING:
    from sinks.reports.tables import Table
    from sinks.reports.words import Words

__all__ = ["main_reasons", "table_text"]

_COLUMNS = 100
_SHORT = 19  # a time or a number is never broken


def table_text(table: Table) -> str:
    """The caption and the rows, of which there are some; texts from others must be clean already
    (``clean``).
    """
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    from sinks.reports.width import width

    out = StringIO()
    wide = Console(file=sys.stdout).width if sys.stdout.isatty() else _COLUMNS
    console = Console(
        file=out, width=wide, color_system=None, force_terminal=False, legacy_windows=False
    )
    shown = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    for place, head in enumerate(table.heads):
        widest = max(width(row.cells[place]) for row in table.rows)
        # Text, not str: square brackets in a name are no markup.
        shown.add_column(
            Text(head),
            justify="left" if place < table.texts else "right",
            overflow="fold",
            no_wrap=widest <= _SHORT,
            min_width=max(width(head), widest if widest <= _SHORT else 0),
        )
    for row in table.rows:
        shown.add_row(*map(Text, row.cells))
    if table.caption:
        console.print(Text(table.caption))
    console.print(shown, crop=False)  # rather too long a line than a text cut off
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def main_reasons(verdict: str | None, reasons: list[str] | None, words: Words) -> str:
    """The verdict, the reason that decides it, and the first fake_* where that is another one.

    None: there is no such add.
    """
    if verdict is None:
        return words.gettext(N_("no add"))
    word = words.verdict(verdict)
    if not reasons:
        return word
    fakes = [code for code in reasons if code.startswith("fake_")]
    named = words.reasons(list(dict.fromkeys([reasons[0], *fakes[:1]])), verdict)
    values = {"verdict": word, "reasons": words.gettext(N_(", ")).join(named)}
    return words.gettext(N_("%(verdict)s (%(reasons)s)")) % values
