"""``truefriend produce``: files into the topics."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.cli.options import BOOTSTRAP_SERVERS, Seconds
from pipeline.cli.progress import progress_bar
from pipeline.clients import Clients
from pipeline.settings import load_settings
from sources.kafka.produce import ProduceOptions, produce
from sources.kafka.sender import PATIENCE_SECONDS

__all__ = ["command"]

_PATH = click.Path(path_type=Path)


@click.command("produce")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT…")
@click.option("--reference", type=_PATH, metavar="DIR", help="reference rows, sent first")
@click.option("--policy", "policies", multiple=True, type=_PATH, metavar="FILE", help="a policy")
@click.option(
    "--allow-future", is_flag=True, help="take events over 10 minutes ahead of this machine's clock"
)
@BOOTSTRAP_SERVERS
@click.option("--commit-lines", type=click.IntRange(1), default=100_000, hidden=True)
@click.option("--block-bytes", type=click.IntRange(1), default=4 << 20, hidden=True)
@click.option("--patience", type=Seconds(1), default=PATIENCE_SECONDS, hidden=True)
def command(
    inputs: tuple[str, ...],
    reference: Path | None,
    policies: tuple[Path, ...],
    allow_future: bool,
    bootstrap_servers: str | None,
    commit_lines: int,
    block_bytes: int,
    patience: float,
) -> None:
    """Sends event files into the topics and waits until Kafka has acknowledged all.

    INPUT is a .jsonl, .jsonl.gz, .jsonl.zst or .parquet file, a folder of such, or - for standard
    input. A run that was stopped is finished by the same command: no line is lost or sent twice.
    The last line printed is one JSON object.
    """
    clients = Clients(load_settings(bootstrap_servers=bootstrap_servers))
    with progress_bar("produce") as progress:
        sent = produce(
            ProduceOptions(
                inputs=inputs,
                reference=reference,
                policies=policies,
                allow_future=allow_future,
                commit_lines=commit_lines,
                block_bytes=block_bytes,
                patience=patience,
                progress=progress,
            ),
            clients,
        )
    click.echo(json.dumps(sent.as_json(), ensure_ascii=False))
