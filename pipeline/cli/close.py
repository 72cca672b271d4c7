"""``truefriend close``: seals a month, so that what was paid for it never changes again."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.core.errors import WrongUse
from pipeline.i18n import LANGUAGES, catalogue
from pipeline.settings import load_settings

__all__ = ["command"]


@click.command("close")
@click.option("--month", required=True, metavar="M", help="The month to seal, as 2026-11.")
@click.option("--db", type=click.Path(path_type=Path), metavar="FILE", help="The DuckDB file.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)
def command(month: str, db: Path | None, lang: str) -> None:
    """Seals a month: its rows freeze, and what was pending counts as invalid.

    Months are sealed in order, each once as of has passed its end. What comes later for a sealed
    month is recorded in late_events and changes none of its rows.
    """
    from sinks.duckdb.database import writing
    from sinks.duckdb.seal import seal

    settings = load_settings(db=db)
    if settings.db is None:
        raise click.UsageError("Missing option '--db' (or the variable TRUEFRIEND_DB).")
    if not settings.db.is_file():
        raise WrongUse(f"There is no database {settings.db}: give the file that replay wrote.")
    with writing(settings.db, settings.timezone) as connection:
        sealed = seal(connection, month)
    _ = catalogue(lang).gettext
    if sealed.already:
        click.echo(_("%(month)s was sealed before; nothing changed.") % {"month": month})
        return
    numbers = {
        "month": month,
        "adds": sum(sealed.adds.values()),
        "valid": sealed.adds.get("valid", 0),
        "expired": sealed.expired,
    }
    click.echo(
        _(
            "%(month)s is sealed: %(adds)d adds, %(valid)d of them valid; "
            "%(expired)d that were pending are invalid now."
        )
        % numbers
    )
