"""Options that several commands have, written once."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from pipeline.settings import Settings

__all__ = [
    "BOOTSTRAP_SERVERS",
    "DB",
    "HEALTH_HOST",
    "HEALTH_PORT",
    "IP_TABLE",
    "Seconds",
    "is_text",
    "required_db",
]

BOOTSTRAP_SERVERS = click.option(
    "--bootstrap-servers", metavar="S", help="Kafka brokers to begin with, host:port,…"
)
DB = click.option("--db", type=click.Path(path_type=Path), metavar="FILE", help="The DuckDB file.")
IP_TABLE = click.option(
    "--ip-table", type=click.Path(path_type=Path), metavar="FILE", help="Provinces by ip."
)
HEALTH_HOST = click.option(
    "--health-host",
    default="127.0.0.1",
    show_default=True,
    envvar="TRUEFRIEND_HEALTH_HOST",
    help="Where /metrics, /healthz and /readyz listen.",
)
HEALTH_PORT = click.option(
    "--health-port",
    type=click.IntRange(0, 65_535),
    envvar="TRUEFRIEND_HEALTH_PORT",
    help="Their port; 0 takes any free one. Default: they do not listen.",
)


class Seconds(click.FloatRange):
    """A number of seconds within bounds. click's own range lets "nan" through any bounds."""

    name = "seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = float(super().convert(value, param, ctx))
        if not math.isfinite(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


def required_db(settings: Settings, instead: str = "") -> Path:
    """The DuckDB file; UsageError without one, which names what could be given ``instead``."""
    if settings.db is None:
        raise click.UsageError(f"Missing option '--db' (or the variable TRUEFRIEND_DB){instead}.")
    return settings.db


def is_text(given: str) -> bool:
    """Whether an argument is UTF-8; what is not names nothing that is stored."""
    return not any("\ud800" <= character <= "\udfff" for character in given)
