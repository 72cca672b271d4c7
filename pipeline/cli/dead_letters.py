"""``truefriend dead-letters``: what the workers could not accept, shown and sent once more."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from pipeline.cli.options import BOOTSTRAP_SERVERS
from pipeline.clients import Clients
from pipeline.settings import Settings, load_settings
from sources.kafka.dead_letters import (
    DeadLetter,
    read_dead_letters,
    replay_dead_letters,
    summarize,
)

__all__ = ["dead_letters"]

_CODE = click.option("--code", metavar="C", help="Only those with this code, as bad_time.")


@click.group("dead-letters")
def dead_letters() -> None:
    """Shows the records that could not be accepted, or sends them once more."""


@dead_letters.command("list")
@_CODE
@click.option(
    "--newest", type=click.IntRange(0), default=20, show_default=True, help="How many to show."
)
@click.option("--show", is_flag=True, help="Show keys and contents too; they may be personal.")
@BOOTSTRAP_SERVERS
def list_(code: str | None, newest: int, show: bool, bootstrap_servers: str | None) -> None:
    """Prints how many there are by code, and the newest ones: where they stood and why."""
    settings = load_settings(bootstrap_servers=bootstrap_servers)
    counts, last = summarize(read_dead_letters(Clients(settings), code), newest)
    if not counts:
        click.echo("No dead letters" + (f" with the code {code}." if code else "."))
        return
    for name, number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        click.echo(f"{number:>10,}  {name}")
    for letter in last:
        click.echo(_line(letter, settings))
        if show:
            click.echo(f"    key {letter.key!r}\n    {letter.value!r}")


@dead_letters.command("replay")
@_CODE
@click.option("--yes", is_flag=True, help="Do not ask.")
@BOOTSTRAP_SERVERS
def replay(code: str | None, yes: bool, bootstrap_servers: str | None) -> None:
    """Sends original keys and bytes back to their topics, all or none; equal ones once.

    For after a mend: a new version that accepts them, an event whose time has come. What is
    refused again becomes a dead letter again.
    """
    clients = Clients(load_settings(bootstrap_servers=bootstrap_servers))
    if not yes and sys.stdin.isatty():
        kind = f"dead letters with the code {code}" if code else "dead letters"
        click.confirm(f"Send all {kind} to their topics once more?", abort=True)
    sent = replay_dead_letters(clients, code)
    each = ", ".join(f"{number:,} to {topic}" for topic, number in sorted(sent.items()))
    click.echo(f"{sum(sent.values()):,} dead letters sent once more{': ' + each if each else ''}.")


def _line(letter: DeadLetter, settings: Settings) -> str:
    at = datetime.fromtimestamp(letter.at / 1000, settings.zone).isoformat(" ", "seconds")
    place = f"{letter.topic}/{letter.partition} offset {letter.offset}"
    return f"{at}  {place}  {letter.code}: {letter.sentence}"
