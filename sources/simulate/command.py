"""The command `truefriend simulate`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from sources.simulate.run import CUSTOMERS, DAYS, MOST_DAYS, STAFF, simulate


@click.command("simulate")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="Same seed, same bytes.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write into; it is made if it does not exist.",
)
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=DAYS, show_default=True)
@click.option("--staff", type=click.IntRange(min=4), default=STAFF, show_default=True)
@click.option("--customers", type=click.IntRange(min=0), default=CUSTOMERS, show_default=True)
def simulate_command(seed: int, out: Path, days: int, staff: int, customers: int) -> None:
    """Write a simulated bank's month: events, reference data, policy and the truth.

    60 staff make about 120,000 events a month, 500 make 1 million, 2,500 make 5 million. The
    last line on standard output is a JSON object that says what was written.
    """
    with click.progressbar(length=days, label="Days", file=click.get_text_stream("stderr")) as bar:

        def show(_done: int, _days: int) -> None:
            bar.update(1)

        summary = simulate(seed, out, days, staff, customers, progress=show)
    click.echo(json.dumps(dataclasses.asdict(summary), ensure_ascii=False))
