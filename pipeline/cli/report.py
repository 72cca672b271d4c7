"""`truefriend report`: the day's report from a database, for people and for programs."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import click

from pipeline.core.errors import TruefriendError, WrongUse
from pipeline.i18n import LANGUAGES

__all__ = ["report"]


_FORMS = ("html", "text", "json", "xlsx")


def _form_of(out: Path | None) -> str:
    """What the file's name says it is to be; text where it says nothing."""
    ending = out.suffix.lower().removeprefix(".") if out is not None else ""
    return ending if ending in _FORMS else "text"


class _Day(click.ParamType):
    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is no day: write it as 2026-11-20.", param, ctx)


@click.command()
@click.option(
    "--db",
    envvar="TRUEFRIEND_DB",
    required=True,
    type=click.Path(path_type=Path),
    help="The DuckDB file.",
)
@click.option("--date", "day", required=True, type=_Day(), help="The bank's day, as 2026-11-20.")
@click.option(
    "--branch",
    "branches",
    multiple=True,
    help="A branch's id; may be repeated. An empty text means staff without a known branch.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    help="Default: what --out ends with, else text.",
)
@click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="A file instead of standard output.")
def report(
    db: Path, day: date, branches: tuple[str, ...], form: str | None, lang: str, out: Path | None
) -> None:
    """What a day's new contacts are worth: how many count, and why the others do not.

    For the whole bank the report lists branches; with --branch it is about these branches and
    lists their staff (json and xlsx list all staff). The figures are as now known: a verdict may
    be revised until its month is closed.
    """
    # Here, not above: drawing takes a second to load, which other commands need not wait for.
    from sinks.reports import read_report, render, write_xlsx

    form = form or _form_of(out)
    if form == "xlsx" and out is None:
        raise WrongUse("An xlsx file cannot go to standard output: name a file with --out.")
    if out is not None and not out.absolute().parent.is_dir():
        raise WrongUse(f"There is no folder for {out}: make it first, or name another file.")
    staff = bool(branches) or form in ("json", "xlsx")
    found = read_report(db, day, branches, staff=staff)
    try:
        if form == "xlsx" and out is not None:
            _replace(out, lambda path: write_xlsx(found, lang, path))
        elif out is not None:
            text = render(found, form, lang)
            _replace(out, lambda path: path.write_text(text, encoding="utf-8", newline="\n"))
        else:
            _print(render(found, form, lang))
    except OSError as error:
        place = out or "standard output"
        raise TruefriendError(
            f"The report cannot be written to {place}: {error.strerror or error}."
        ) from error


def _replace(out: Path, write: Callable[[Path], object]) -> None:
    """Writes beside `out` first, so that a report cut short never stands under its name.

    What is no regular file, as a device or a pipe, is written to and never replaced.
    """
    out = out.resolve()  # the file behind a symbolic link
    if out.is_dir():
        raise WrongUse(f"{out} is a folder: give --out the name of a file in it.")
    if out.exists() and not out.is_file():
        write(out)
        return
    part = out.with_name(f".{out.name}.part")
    try:
        write(part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _print(text: str) -> None:
    # UTF-8 whatever the terminal's locale: a report in Chinese must not fail on LANG=C.
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()
