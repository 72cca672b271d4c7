"""``truefriend sink``: the stream's rows into DuckDB."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    BOOTSTRAP_SERVERS,
    DB,
    HEALTH_HOST,
    HEALTH_PORT,
    Seconds,
    required_db,
)
from pipeline.ending import end_within
from pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from sinks.duckdb.stream.serve import Readers

__all__ = ["command", "readers_of"]

_SERVE_AT = "127.0.0.1:9494"  # Quack's own port


@click.command("sink")
@BOOTSTRAP_SERVERS
@DB
@click.option(
    "--batch-seconds",
    type=Seconds(0.01, 60),
    default=0.5,
    show_default=True,
    envvar="TRUEFRIEND_BATCH_SECONDS",
    help="A batch is what comes in within this time …",
)
@click.option(
    "--batch-records",
    type=click.IntRange(1, 1_000_000),
    default=20_000,
    show_default=True,
    envvar="TRUEFRIEND_BATCH_RECORDS",
    help="… or about so many records, whichever is first.",
)
@HEALTH_HOST
@HEALTH_PORT
@click.option(
    "--parquet",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    envvar="TRUEFRIEND_PARQUET",
    help="A folder for a copy that others can read while the sink runs: DIR/current.",
)
@click.option(
    "--parquet-seconds",
    type=Seconds(0),
    default=60.0,
    show_default=True,
    envvar="TRUEFRIEND_PARQUET_SECONDS",
    help="The copy is written anew at most this often.",
)
@click.option(
    "--serve",
    is_flag=False,
    flag_value=_SERVE_AT,
    metavar="[HOST:PORT]",
    envvar="TRUEFRIEND_SERVE",
    help=f"Lets others read the database by DuckDB's Quack protocol [{_SERVE_AT}]; they must show "
    "the token in TRUEFRIEND_SERVE_TOKEN.",
)
def command(
    bootstrap_servers: str | None,
    db: Path | None,
    batch_seconds: float,
    batch_records: int,
    health_host: str,
    health_port: int | None,
    parquet: Path | None,
    parquet_seconds: float,
    serve: str | None,
) -> None:
    """Reads what the workers write and keeps it in a DuckDB file, exactly once.

    It goes on where the file's positions stand; SIGTERM ends it after the batch at work. While it
    runs, no other process can open the file: readers take the copy of --parquet, or --serve.
    """
    stopping = _on_signals()
    from pipeline.clients import Clients
    from pipeline.health import serving_health
    from pipeline.logs import start_logging
    from pipeline.topics_admin import check_topics
    from sinks.duckdb.stream.run import Sink, SinkOptions
    from sinks.parquet import Snapshots

    settings = load_settings(db=db, bootstrap_servers=bootstrap_servers)
    db = required_db(settings)
    readers = readers_of(settings, serve)
    start_logging("sink")
    clients = Clients(settings)
    options = SinkOptions(db, settings.timezone, batch_seconds, batch_records, readers)
    copy = None if parquet is None else Snapshots(parquet, parquet_seconds)
    sink = Sink(clients, check_topics(clients, settings), options, copy, stopping)
    with serving_health(
        health_host, health_port, alive=sink.is_hanging, ready=lambda: sink.trouble
    ):
        sink.run()


def readers_of(settings: Settings, serve: str | None) -> Readers | None:
    """Whom a sink with this --serve serves; WrongUse for no address and for no token."""
    from sinks.duckdb.stream.serve import Readers

    return None if serve is None else Readers(serve, settings.serve_token.get_secret_value())


def _on_signals() -> Event:
    """Set at SIGTERM or SIGINT; what is not done in time after them is as good as killed."""
    stopping = Event()

    def stop(*_: object) -> None:
        end_within()
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping
