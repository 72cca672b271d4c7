"""``truefriend evaluate``: the fake verdicts of databases against the truth."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.core.errors import WrongUse
from pipeline.i18n import LANGUAGES

__all__ = ["command"]

_PATH = click.Path(path_type=Path)


@click.command("evaluate")
@click.option(
    "--truth",
    "truths",
    type=_PATH,
    multiple=True,
    required=True,
    metavar="FILE",
    help="A csv with staff_id, customer_id, label, pool_id, context; once for each --db.",
)
@click.option(
    "--db",
    "dbs",
    type=_PATH,
    multiple=True,
    required=True,
    metavar="FILE",
    help="The DuckDB file; several, in the order of --truth, are several seeds.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
@click.option("--plots", type=_PATH, metavar="DIR", help="A folder for charts, as SVG and PNG.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)
def command(
    truths: tuple[Path, ...], dbs: tuple[Path, ...], as_json: bool, plots: Path | None, lang: str
) -> None:
    """How many fakes are found, how many lawful adds are called fake, and how soon.

    An add is found if any fake_* is among its reasons; it is fake if the truth's label is another
    than "organic". With several seeds figures are means, with intervals over seeds.
    """
    if len(truths) != len(dbs):
        raise click.UsageError(
            f"There are {len(truths)} --truth and {len(dbs)} --db: give one truth for each."
        )
    if plots is not None and not plots.absolute().parent.is_dir():
        raise WrongUse(f"There is no folder for {plots}: make it first, or name another one.")
    from sinks.evaluation import evaluate, measure

    found = evaluate([measure(truth, db) for truth, db in zip(truths, dbs, strict=True)])
    if plots is not None:
        from sinks.evaluation.plots import draw

        for said in draw(found, plots, lang):
            click.echo(said, err=True)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
        return
    from pipeline.cli.tables import table_text
    from sinks.evaluation.tables import notes, tables
    from sinks.reports.words import Words

    words = Words(lang)
    parts = ["\n".join(notes(found, words)), *map(table_text, tables(found, words))]
    click.echo("\n\n".join(parts))
