"""``truefriend close``: seals a month, so that what was paid for it never changes again."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import DB, Seconds, required_db
from pipeline.core.errors import WrongUse
from pipeline.i18n import LANGUAGES, catalogue
from pipeline.settings import Settings, load_settings

__all__ = ["command"]


@click.command("close")
@click.option("--month", required=True, metavar="M", help="The month to seal, as 2026-11.")
@DB
@click.option(
    "--bootstrap-servers",
    metavar="S",
    help="While streaming, instead of --db: Kafka brokers to begin with, host:port,…",
)
@click.option(
    "--wait",
    "seconds",
    type=Seconds(0),
    default=600.0,
    show_default=True,
    help="So many seconds to wait for the running sink.",
)
@click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)
def command(
    month: str, db: Path | None, bootstrap_servers: str | None, seconds: float, lang: str
) -> None:
    """Seals a month: its rows freeze, and what was pending counts as invalid.

    Months are sealed in order, each once as of has passed its end. What comes later for a sealed
    month is recorded in late_events and changes none of its rows.
    """
    if bootstrap_servers is not None:
        if db is not None:
            raise click.UsageError(
                "Give --db, or --bootstrap-servers while a sink writes the database, not both."
            )
        settings = load_settings(bootstrap_servers=bootstrap_servers)
        numbers = _close_in_stream(settings, month, seconds)
    else:
        settings = load_settings(db=db)
        db = required_db(settings, ", or --bootstrap-servers while streaming")
        if not db.is_file():
            raise WrongUse(f"There is no database {db}: give the file that replay wrote.")
        numbers = _close_database(db, settings.timezone, month)
    _ = catalogue(lang).gettext
    if numbers is None:
        click.echo(_("%(month)s was sealed before; nothing changed.") % {"month": month})
        return
    click.echo(
        _(
            "%(month)s is sealed: %(adds)d adds, %(valid)d of them valid; "
            "%(expired)d that were pending are invalid now."
        )
        % {"month": month, **numbers}
    )


def _close_database(db: Path, timezone: str, month: str) -> dict[str, int] | None:
    """How many adds, valid ones, and ones that were pending; None: it was sealed before."""
    from sinks.duckdb.database import writing
    from sinks.duckdb.seal import seal
    from sinks.duckdb.state import refuse_streamed

    with writing(db, timezone) as connection:
        refuse_streamed(
            connection,
            db,
            ": close with --bootstrap-servers, so that workers and sink hear of it.",
        )
        sealed = seal(connection, month)
    if sealed.already:
        return None
    valid = sealed.adds.get("valid", 0)
    return {"adds": sum(sealed.adds.values()), "valid": valid, "expired": sealed.expired}


def _close_in_stream(settings: Settings, month: str, seconds: float) -> dict[str, int] | None:
    from pipeline.clients import Clients
    from pipeline.stream_close import close_in_stream
    from pipeline.topics_admin import check_topics

    clients = Clients(settings)
    sealed = close_in_stream(clients, check_topics(clients, settings), month, seconds)
    if sealed is None:
        return None
    return {"adds": sealed.adds, "valid": sealed.valid, "expired": sealed.expired}
