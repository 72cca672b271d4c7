"""``truefriend kafka``: a real broker on this machine, for development, tests and the demo."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.broker import find_broker, start_broker, stop_broker

__all__ = ["kafka"]

_DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("run/kafka"),
    show_default=True,
    help="The folder of its data and log.",
)


@click.group("kafka")
def kafka() -> None:
    """Runs a real Kafka broker on this machine, on 127.0.0.1 only. It needs Java 17."""


@kafka.command("start")
@click.option(
    "--port", type=click.IntRange(1, 65_535), help="Default: the one it had before, else 9092."
)
@_DATA
def start(port: int | None, data: Path) -> None:
    """Starts the broker and waits until it answers. One that runs already stays."""
    known = (data / "broker.json").exists()
    broker = start_broker(data, port or (None if known else 9092))
    click.echo(f"Kafka answers on {broker.bootstrap_servers}, process {broker.pid}, data in {data}")


@kafka.command("stop")
@click.option("--port", type=click.IntRange(1, 65_535), help="Only the one on this port.")
@_DATA
def stop(port: int | None, data: Path) -> None:
    """Stops the broker of the folder and waits for its end. Its data stay."""
    broker = find_broker(data)
    if broker is None or port not in (None, broker.port) or not stop_broker(data):
        click.echo(f"No broker of {data} runs{'' if port is None else f' on port {port}'}.")
        return
    click.echo(f"Kafka on {broker.bootstrap_servers} is stopped; its data stay in {data}")


@kafka.command("status")
@click.option("--port", type=click.IntRange(1, 65_535), help="Only the one on this port.")
@_DATA
@click.pass_context
def status(context: click.Context, port: int | None, data: Path) -> None:
    """Says whether the broker of the folder runs: exit code 0 if so, else 1."""
    broker = find_broker(data)
    if broker is None or port not in (None, broker.port):
        click.echo(f"No broker of {data} runs. Start it: truefriend kafka start --data {data}")
        context.exit(1)
    click.echo(f"Kafka runs on {broker.bootstrap_servers}, process {broker.pid}, data in {data}")
