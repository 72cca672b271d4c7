"""``truefriend topics``: makes the catalogue's topics on the brokers, and compares them with it."""

from __future__ import annotations

import click

from pipeline.cli.options import BOOTSTRAP_SERVERS
from pipeline.clients import Clients
from pipeline.settings import load_settings
from pipeline.topics_admin import create_topics, find_differences
from topics.catalog import DEFAULT_PARTITIONS

__all__ = ["topics"]


@click.group("topics")
def topics() -> None:
    """Makes the topics on Kafka, or compares them with the catalogue."""


@topics.command("create")
@click.option(
    "--partitions",
    type=click.IntRange(1, 10_000),
    metavar="N",
    default=DEFAULT_PARTITIONS,
    show_default=True,
    help="Of every keyed topic; never to be changed in place.",
)
@click.option(
    "--replication",
    type=click.IntRange(1, 100),
    metavar="N",
    help="Copies of every partition; default: the brokers'.",
)
@BOOTSTRAP_SERVERS
@click.pass_context
def create(
    context: click.Context, partitions: int, replication: int | None, bootstrap_servers: str | None
) -> None:
    """Makes the topics that are missing; those that are there stay as they are."""
    settings = load_settings(bootstrap_servers=bootstrap_servers)
    clients = Clients(settings)
    made = create_topics(clients, partitions, replication or -1)
    click.echo(f"{len(made)} topics made on {settings.bootstrap_servers}.")
    _report(context, clients, partitions)


@topics.command("check")
@click.option(
    "--partitions",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="Of keyed topics; default: what the topic interactions has.",
)
@BOOTSTRAP_SERVERS
@click.pass_context
def check(context: click.Context, partitions: int | None, bootstrap_servers: str | None) -> None:
    """Compares topics with the catalogue: partitions, cleanup and all settings.

    Exit code 1 where something differs; each difference is a line, and below it stands what to do.
    """
    _report(context, Clients(load_settings(bootstrap_servers=bootstrap_servers)), partitions)


def _report(context: click.Context, clients: Clients, partitions: int | None) -> None:
    differences, keyed = find_differences(clients, clients.settings, partitions)
    for procedure in dict.fromkeys(one.procedure for one in differences):
        for one in differences:
            if one.procedure == procedure:
                click.echo(f"{one.topic} {one.what}.", err=True)
        click.echo(f"  {procedure}", err=True)
    if differences:
        context.exit(1)
    click.echo(f"All topics are as the catalogue says; keyed ones have {keyed} partitions.")
