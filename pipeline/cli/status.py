"""``truefriend status``: how far workers and sink are, and whether all is worked through."""

from __future__ import annotations

import json
import time

import click

from pipeline.cli.options import BOOTSTRAP_SERVERS, Seconds
from pipeline.settings import load_settings
from pipeline.status import Status

__all__ = ["command"]

_SHORTEST_S = 1.0  # a broker that is there needs a moment to say so


@click.command("status")
@BOOTSTRAP_SERVERS
@click.option(
    "--wait",
    "seconds",
    type=Seconds(0),
    metavar="SECONDS",
    help="Wait until all is worked through and in the database: exit code 0, or 1 when time is up.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.pass_context
def command(
    context: click.Context, bootstrap_servers: str | None, seconds: float | None, as_json: bool
) -> None:
    """Shows the lag of workers and sink by topic, in offsets, and the positions.

    The sink's positions are those that it has stored in its database.
    """
    from pipeline.clients import Clients
    from pipeline.status import read_status
    from pipeline.topics_admin import PATIENCE_S, check_topics

    settings = load_settings(bootstrap_servers=bootstrap_servers)
    clients = Clients(settings)
    started = time.monotonic()
    patience = PATIENCE_S if seconds is None else min(PATIENCE_S, max(_SHORTEST_S, seconds))
    keyed = check_topics(clients, settings, patience)
    left = max(0.0, (seconds or 0.0) - (time.monotonic() - started))
    status = read_status(clients, keyed, left)
    if as_json:
        click.echo(json.dumps(status.as_json(), ensure_ascii=False))
    else:
        _show(status)
    if seconds is not None and not status.at_rest:
        context.exit(1)


def _show(status: Status) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for name in ("reader", "topic"):
        table.add_column(name)
    for name in ("partitions", "lag", "most in one"):
        table.add_column(name, justify="right")
    for one in status.topics:
        table.add_row(
            one.reader, one.topic, str(one.partitions), f"{one.lag:,}", f"{one.greatest:,}"
        )
    console = Console()
    console.print(table)
    as_of = status.as_of or "no event yet"
    console.print(
        f"as of {as_of}; " + ("at rest" if status.at_rest else "at work"), highlight=False
    )
