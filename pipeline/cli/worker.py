"""``truefriend worker``: the stages on Kafka."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import BOOTSTRAP_SERVERS, HEALTH_HOST, HEALTH_PORT, IP_TABLE
from pipeline.settings import load_settings

__all__ = ["command"]


@click.command("worker")
@BOOTSTRAP_SERVERS
@IP_TABLE
@HEALTH_HOST
@HEALTH_PORT
def command(
    bootstrap_servers: str | None, ip_table: Path | None, health_host: str, health_port: int | None
) -> None:
    """Judges adds as events come; as many workers as there are partitions may share the work.

    SIGTERM ends it after the batches at work. A killed one loses nothing: whoever takes its
    partitions over goes on from its last transaction.
    """
    from pipeline.health import serving_health
    from pipeline.logs import start_logging
    from pipeline.stream.worker import Worker

    settings = load_settings(bootstrap_servers=bootstrap_servers, ip_table=ip_table)
    start_logging("worker")
    worker = Worker(settings)
    with serving_health(health_host, health_port, alive=worker.is_hanging, ready=worker.trouble):
        worker.run()
