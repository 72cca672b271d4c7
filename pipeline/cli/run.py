"""``truefriend run``: workers and sink, each a process of its own."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import BOOTSTRAP_SERVERS, DB, IP_TABLE, required_db
from pipeline.settings import load_settings

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
    from pipeline.supervisor import Program, Supervisor
    from pipeline.topics_admin import check_topics

    settings = load_settings(bootstrap_servers=bootstrap_servers, db=db, ip_table=ip_table)
    db = required_db(settings)
    start_logging("run")
    check_topics(Clients(settings), settings)
    common = ["--bootstrap-servers", settings.bootstrap_servers]
    table = ["--ip-table", str(settings.ip_table)] if settings.ip_table else []
    programs = [Program("sink", ["sink", *common, "--db", str(db), *_port(health_port, 0)])]
    for number in range(1, workers + 1):
        arguments = ["worker", *common, *table, *_port(health_port, number)]
        programs.append(Program(f"worker-{number}", arguments))
    Supervisor(programs).run()


def _port(first: int | None, offset: int) -> list[str]:
    return [] if first is None else ["--health-port", str(first + offset)]
