"""``truefriend run``: workers and sink, each a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import BOOTSTRAP_SERVERS, DB, IP_TABLE, required_db
from pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipeline.supervisor import Program

__all__ = ["command"]


@click.command("run")
@BOOTSTRAP_SERVERS
@DB
@IP_TABLE
@click.option(
    "--workers",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    envvar="TRUEFRIEND_WORKERS",
    help="How many worker processes.",
)
@click.option(
    "--health-port",
    type=click.IntRange(1, 64_000),
    envvar="TRUEFRIEND_HEALTH_PORT",
    help="The sink's /metrics, /healthz and /readyz; workers take the ports after it.",
)
def command(
    bootstrap_servers: str | None,
    db: Path | None,
    ip_table: Path | None,
    workers: int,
    health_port: int | None,
) -> None:
    """Runs workers and the sink until SIGTERM; one that ends by itself is started again."""
    from pipeline.clients import Clients
    from pipeline.logs import start_logging
    from pipeline.supervisor import Supervisor
    from pipeline.topics_admin import check_topics

    settings = load_settings(bootstrap_servers=bootstrap_servers, db=db, ip_table=ip_table)
    programs = _programs(settings, required_db(settings), workers, health_port)
    _check(settings, programs[0].arguments[1:])
    start_logging("run")
    check_topics(Clients(settings), settings)
    Supervisor(programs).run()


def _programs(settings: Settings, db: Path, workers: int, health_port: int | None) -> list[Program]:
    """The sink, then the workers."""
    from pipeline.supervisor import Program

    common = ["--bootstrap-servers", settings.bootstrap_servers]
    table = ["--ip-table", str(settings.ip_table)] if settings.ip_table else []
    programs = [Program("sink", ["sink", *common, "--db", str(db), *_port(health_port, 0)])]
    for number in range(1, workers + 1):
        arguments = ["worker", *common, *table, *_port(health_port, number)]
        programs.append(Program(f"worker-{number}", arguments))
    return programs


def _check(settings: Settings, sink_arguments: Sequence[str]) -> None:
    """Wrong use is said here, before any program has made a file or stored a row.

    That of the sink by its own command, which reads the same variables.
    """
    from pipeline.cli.sink import command as sink
    from pipeline.cli.sink import readers_of
    from pipeline.ip_table import load_ip_table
    from sinks.duckdb.database import is_fresh

    parent = click.get_current_context().parent
    given = sink.make_context("sink", list(sink_arguments), parent=parent).params
    readers_of(settings, given["serve"])
    is_fresh(given["db"])
    if settings.ip_table is not None:
        load_ip_table(settings.ip_table)


def _port(first: int | None, offset: int) -> list[str]:
    return [] if first is None else ["--health-port", str(first + offset)]
