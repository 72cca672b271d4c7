"""The one screen while the demo streams; plain lines where standard output is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table

from pipeline.demo.watch import Seen
from sinks.reports.words import CODES, VERDICTS, Words

__all__ = ["picture", "plain_line", "showing"]

Show = Callable[[Seen], None]

_LINE_EVERY_S = 3.0
_WIDTH, _BAR = 80, 24


@contextmanager
def showing() -> Iterator[Show]:
    """Gives what shows a look: on a terminal in place, else a line every three seconds."""
    if not sys.stdout.isatty():
        yield _lines()
        return
    with Live(console=Console(), auto_refresh=False) as live:
        yield lambda seen: live.update(picture(seen), refresh=True)


def picture(seen: Seen) -> RenderableType:
    """All of a look, 80 columns wide."""
    tables = Table.grid(padding=(0, 1))
    tables.add_row(
        _counts("判定 · Verdicts", seen.verdicts, VERDICTS, (14, 6), _verdict),
        _counts("理由 · First reasons", seen.reasons, CODES, (18, 6)),
        _counts("死信 · Dead letters", seen.dead, sorted(seen.dead), (21, 5)),
    )
    title = f"truefriend · Kafka · {seen.seconds:.0f} s"
    note = "判定含修订 · Verdicts with their revisions"
    return Panel(Group(_head(seen), "", tables), title=title, subtitle=note, width=_WIDTH)


def plain_line(seen: Seen) -> str:
    """A look in one line."""
    events, between, sink = seen.lag or (0, 0, 0)
    return (
        f"  {seen.seconds:3.0f} s  已处理 worked {seen.events:,}/{seen.lines:,}"
        f" ({seen.rate:,.0f}/s)  积压 lag {events:,} + {between:,} + {sink:,}"
        f"  判定 verdicts {_some(seen.verdicts)}  死信 dead letters {_some(seen.dead)}"
    )


def _head(seen: Seen) -> RenderableType:
    bar = Table.grid(padding=(0, 2))
    done = ProgressBar(total=max(1, seen.lines), completed=seen.events, width=_BAR)
    bar.add_row(done, f"{seen.events:,} / {seen.lines:,}")
    sending = "文件已发完 · all sent" if seen.sent else "正在发送文件 · sending"
    events, between, sink = seen.lag or (0, 0, 0)
    lag = f"事件 events {events:,}  阶段 stages {between:,}  入库 sink {sink:,}"
    grid = Table.grid(padding=(0, 2))
    grid.add_row("处理 · Worked", bar)
    grid.add_row("速率 · Rate", f"{seen.rate:,.0f}/s  最高 best {seen.best:,.0f}/s  {sending}")
    grid.add_row("积压 · Lag", lag)
    grid.add_row("截至 · As of", (seen.as_of or "–")[:19].replace("T", " "))
    return grid


def _counts(
    title: str,
    counts: Mapping[str, int],
    order: Iterable[str],
    widths: tuple[int, int],
    word: Callable[[str], str] = str,
) -> Table:
    table = Table.grid(padding=(0, 1))
    table.title, table.title_justify = title, "left"
    table.add_column(min_width=widths[0])  # a column that grows would move its neighbours
    table.add_column(min_width=widths[1], justify="right")
    for code in _ordered(counts, order):
        table.add_row(word(code), f"{counts[code]:,}")
    return table


def _ordered(counts: Mapping[str, int], order: Iterable[str]) -> list[str]:
    known = [code for code in order if code in counts]
    return known + sorted(set(counts) - set(known))


def _verdict(verdict: str) -> str:
    return f"{Words('zh').verdict(verdict)} {verdict}"


def _some(counts: Mapping[str, int]) -> str:
    return f"{sum(counts.values()):,}"


def _lines() -> Show:
    said = -_LINE_EVERY_S

    def show(seen: Seen) -> None:
        nonlocal said
        if seen.seconds - said >= _LINE_EVERY_S:
            said = seen.seconds
            click.echo(plain_line(seen))

    return show
