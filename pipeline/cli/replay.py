"""``truefriend replay``: files in, verdicts in DuckDB out."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.cli.options import required_db
from pipeline.cli.progress import progress_bar
from pipeline.replay.options import ReplayOptions
from pipeline.replay.processes import prepare_processes
from pipeline.settings import load_settings
from sinks.cores import cores

__all__ = ["command"]

_PATH = click.Path(path_type=Path)


@click.command("replay")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT…")
@click.option("--reference", required=True, type=_PATH, metavar="DIR", help="reference rows")
@click.option("--policy", "policies", multiple=True, type=_PATH, metavar="FILE", help="a policy")
@click.option("--db", type=_PATH, metavar="FILE", help="the DuckDB file; made if missing")
@click.option("--as-of", metavar="T", help="an RFC 3339 time or a date; default: the latest event")
@click.option("--ip-table", type=_PATH, metavar="FILE", help="provinces of addresses, .xdb or .csv")
@click.option(
    "--shards",
    type=click.IntRange(1, 64),
    help="slices of all keys, a process each; default: one a core",
)
@click.option("--commit-lines", type=click.IntRange(1), default=2_000_000, hidden=True)
@click.option("--block-bytes", type=click.IntRange(1), default=4 << 20, hidden=True)
def command(
    inputs: tuple[str, ...],
    reference: Path,
    policies: tuple[Path, ...],
    db: Path | None,
    as_of: str | None,
    ip_table: Path | None,
    shards: int | None,
    commit_lines: int,
    block_bytes: int,
) -> None:
    """Reads event files and writes verdicts and daily counts into DuckDB.

    INPUT is a .jsonl, .jsonl.gz, .jsonl.zst or .parquet file, a folder of such, or - for standard
    input. An existing database takes further inputs. The last line printed is one JSON object.
    """
    settings = load_settings(db=db, ip_table=ip_table)
    db = required_db(settings)
    slices = shards or cores()
    if slices > 1:
        prepare_processes()
    from pipeline.replay.run import replay
    from pipeline.replay.shard import quiet_memory

    quiet_memory()
    with progress_bar("replay") as progress:
        summary = replay(
            ReplayOptions(
                inputs=inputs,
                reference=reference,
                db=db,
                policies=policies,
                as_of=as_of,
                ip_table=settings.ip_table,
                shards=slices,
                processes=slices > 1,
                commit_lines=commit_lines,
                block_bytes=block_bytes,
                timezone=settings.timezone,
                hash_key=settings.hash_key.get_secret_value(),
                progress=progress,
            )
        )
    click.echo(json.dumps(summary.as_json(), ensure_ascii=False))
