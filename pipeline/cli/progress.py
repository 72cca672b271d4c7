"""The progress bar of commands that read files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

__all__ = ["Callback", "progress_bar"]

Callback = Callable[[int, int | None, int], None]
"""Called with bytes done, bytes in all (None: standard input) and lines done."""


@contextmanager
def progress_bar(name: str) -> Iterator[Callback | None]:
    """A bar with rate and time left on the terminal; nothing where standard error is none."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None, rate="")

        def show(done: int, total: int | None, lines: int) -> None:
            elapsed = bar.tasks[task].elapsed or 0
            rate = f"{lines:,} lines, {lines / elapsed:,.0f}/s" if elapsed else ""
            bar.update(task, completed=done, total=total, rate=rate)

        yield show
