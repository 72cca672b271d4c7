"""``truefriend alerts``: what people should look at, from a database or as it comes."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import BOOTSTRAP_SERVERS, DB, required_db
from pipeline.i18n import LANGUAGES
from pipeline.settings import load_settings

if TYPE_CHECKING:
    from sources.kafka.alerts import AlertFollower
    from topics.outputs import Alert

__all__ = ["alerts"]

_JSON = click.option("--json", "as_json", is_flag=True, help="JSON instead of tables.")
_LANG = click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)
_POLL_S = 0.5


@click.group()
def alerts() -> None:
    """Groups of adds that people should look at, and what to do about them."""


@alerts.command("list")
@DB
@click.option(
    "--status",
    type=click.Choice(["firing", "resolved", "all"]),
    default="all",
    show_default=True,
    help="An alert is resolved, too, once as of has passed its end.",
)
@click.option("--severity", type=click.Choice(["info", "warning", "critical"]))
@_JSON
@_LANG
def list_(db: Path | None, status: str, severity: str | None, as_json: bool, lang: str) -> None:
    """All alerts: those that fire first, the severest and newest on top."""
    from pipeline.cli.alert_tables import list_text
    from sinks.duckdb.alerts import read_alerts
    from sinks.duckdb.zoned import ZonedReader
    from sinks.reports.database import reading

    with reading(_database(db)) as connection:
        reader = ZonedReader(connection)
        found = read_alerts(reader, None if status == "all" else status, severity)
        as_of = reader.as_of
    if as_json:
        click.echo(json.dumps({"as_of": as_of, "alerts": found}, ensure_ascii=False))
    else:
        click.echo(list_text(found, as_of, lang))


@alerts.command("show")
@click.argument("fingerprint")
@DB
@_JSON
@_LANG
def show(fingerprint: str, db: Path | None, as_json: bool, lang: str) -> None:
    """One alert: its members, their adds' verdicts, and what to do.

    FINGERPRINT may be its first characters, as list shows them.
    """
    from pipeline.cli.alert_tables import show_text
    from sinks.duckdb.alerts import find_alert, read_members
    from sinks.duckdb.zoned import ZonedReader
    from sinks.reports.database import reading

    with reading(_database(db)) as connection:
        reader = ZonedReader(connection)
        found = find_alert(reader, fingerprint)
        members = read_members(reader, found)
    if as_json:
        click.echo(json.dumps({**found, "members": members}, ensure_ascii=False))
    else:
        click.echo(show_text(found, members, lang))


@alerts.command("tail")
@BOOTSTRAP_SERVERS
@click.option("--once", is_flag=True, help="End once all that is there now was shown.")
@_JSON
@_LANG
def tail(bootstrap_servers: str | None, once: bool, as_json: bool, lang: str) -> None:
    """Follows the topic: the alerts as they stand, then each that comes, changes or goes.

    SIGTERM and Ctrl-C end it with 0. With --json each alert is one line; "status" is that by as of.
    """
    from pipeline.clients import Clients
    from sources.kafka.alerts import AlertFollower

    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    settings = load_settings(bootstrap_servers=bootstrap_servers)
    follower = AlertFollower(Clients(settings))
    try:
        while not stopping.is_set() and not follower.caught_up():
            follower.poll(_POLL_S)
        _show_all(follower, settings.timezone, as_json, lang)
        while not once and not stopping.is_set():
            for fingerprint, alert in follower.poll(_POLL_S).items():
                _show_one(follower, fingerprint, alert, as_json, lang)
    finally:
        follower.close()


def _show_all(follower: AlertFollower, timezone: str, as_json: bool, lang: str) -> None:
    from pipeline.cli.alert_tables import list_text

    if as_json:
        for fingerprint, alert in sorted(follower.alerts.items()):
            _show_one(follower, fingerprint, alert, as_json, lang)
        return
    rows = [_row(follower, alert) for alert in follower.alerts.values()]
    rows.sort(key=lambda row: row["started_at"], reverse=True)
    rows.sort(key=lambda row: (row["status"] == "resolved", _RANK[row["severity"]]))
    click.echo(list_text(rows, _as_of(follower, timezone), lang))


def _show_one(
    follower: AlertFollower, fingerprint: str, alert: Alert | None, as_json: bool, lang: str
) -> None:
    from pipeline.cli.alert_tables import line_text

    row = None if alert is None else _row(follower, alert)
    if as_json:
        said = row or {"fingerprint": fingerprint, "status": None}
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        click.echo(line_text(fingerprint, row, lang))


def _row(follower: AlertFollower, alert: Alert) -> dict[str, Any]:
    import msgspec

    row: dict[str, Any] = msgspec.structs.asdict(alert)
    return {**row, "status": follower.status(alert)}


def _as_of(follower: AlertFollower, timezone: str) -> str | None:
    from pipeline.core.calendar import Calendar

    if follower.as_of is None:
        return None
    return Calendar(timezone).text(follower.as_of)


def _database(db: Path | None) -> Path:
    return required_db(load_settings(db=db))


_RANK = {"critical": 0, "warning": 1, "info": 2}
