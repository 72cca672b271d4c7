"""``truefriend case``: people confirm or dismiss what was judged fake, and see who did."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from pipeline.cli.options import BOOTSTRAP_SERVERS, DB, is_text, required_db
from pipeline.core.errors import WrongUse
from pipeline.core.ids import add_id
from pipeline.i18n import LANGUAGES, N_
from pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipeline.replay.decide import Decided
    from topics.reference import Case

__all__ = ["case"]

_ADD_ID = re.compile(r"[0-9a-f]{32}")
_WHICH = click.argument("which", nargs=-1, metavar="ADD_ID | STAFF CUSTOMER")
_LANG = click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)


@click.group()
def case() -> None:
    """People's decisions on adds: a dismissed add is no fake, whatever the evidence.

    Decisions are never overwritten: the last one counts, all are kept.
    """


def _deciding(command: Callable[..., None]) -> Callable[..., None]:
    """The argument and options of both decisions."""
    for option in (
        _LANG,
        BOOTSTRAP_SERVERS,
        DB,
        click.option("--note", required=True, metavar="TEXT", help="Why; it is kept."),
        click.option("--by", "who", required=True, metavar="WHO", help="Who decides; it is kept."),
        _WHICH,
    ):
        command = option(command)
    return command


@case.command("confirm")
@_deciding
def confirm(**given: Any) -> None:
    """The add is fake indeed. Verdicts go on resting on the evidence alone."""
    _decide("confirmed", **given)


@case.command("dismiss")
@_deciding
def dismiss(**given: Any) -> None:
    """The add is lawful: from now on no fake_* is among its reasons.

    Give --bootstrap-servers where a stream runs; --db where replays fill the database.
    """
    _decide("dismissed", **given)


@case.command("list")
@_WHICH
@DB
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@_LANG
def list_(which: tuple[str, ...], db: Path | None, as_json: bool, lang: str) -> None:
    """Every decision in the order of time, on one add or on all; * marks those that count."""
    from sinks.duckdb.cases import read_decisions
    from sinks.duckdb.zoned import ZonedReader
    from sinks.reports.database import reading

    db = required_db(load_settings(db=db))
    only = _add_id(which) if which else None
    with reading(db) as connection:
        decisions = read_decisions(ZonedReader(connection), only)
    if as_json:
        click.echo(json.dumps({"decisions": decisions}, ensure_ascii=False))
    else:
        click.echo(_text(decisions, lang))


def _decide(
    decision: Literal["confirmed", "dismissed"],
    which: tuple[str, ...],
    who: str,
    note: str,
    db: Path | None,
    bootstrap_servers: str | None,
    lang: str,
) -> None:
    from pipeline.core.calendar import Calendar
    from topics.reference import Case

    for name, text in (("--by", who), ("--note", note)):
        if not text.strip() or not is_text(text):
            raise click.UsageError(f"{name} is empty or no UTF-8: a decision says who and why.")
    if bootstrap_servers is not None and db is not None:
        raise click.UsageError("Give --db, or --bootstrap-servers where a stream runs, not both.")
    settings = load_settings(db=db, bootstrap_servers=bootstrap_servers)
    # A person's act has the clock's time; nothing else in a database does.
    now = time.time_ns() // 1_000_000 * 1000
    at = Calendar(settings.timezone).text(now)
    row = Case(_add_id(which), decision, who, at, note)
    if bootstrap_servers is not None:
        _send(settings, row, lang)
    else:
        _store(settings, row, lang)


def _send(settings: Settings, row: Case, lang: str) -> None:
    from pipeline.clients import Clients
    from pipeline.i18n import catalogue
    from sources.kafka.cases import send_case

    send_case(Clients(settings), row)
    message = N_("The decision on add %(add_id)s is in the topic; workers judge it anew.")
    click.echo(catalogue(lang).gettext(message) % {"add_id": row.add_id})


def _store(settings: Settings, row: Case, lang: str) -> None:
    from pipeline.replay.decide import decide
    from sinks.reports.words import Words

    db = required_db(settings, ", or --bootstrap-servers where a stream runs")
    decided = decide(db, row, settings.hash_key.get_secret_value())
    click.echo(_said(decided, Words(lang)))


def _said(decided: Decided, words: Any) -> str:
    from pipeline.cli.tables import main_reasons
    from sinks.reports.width import clean

    values = {
        "staff": clean(decided.staff_id),
        "customer": clean(decided.customer_id),
        "old": main_reasons(decided.old_verdict, decided.old_reasons, words),
        "new": main_reasons(decided.verdict, decided.reasons, words),
    }
    if decided.sealed:
        message = N_(
            "Kept. The month of staff member %(staff)s's add of customer %(customer)s is sealed: "
            "its verdict stays %(new)s."
        )
    elif values["old"] == values["new"]:
        message = N_("Kept. Staff member %(staff)s, customer %(customer)s: %(new)s, as before.")
    else:
        message = N_("Kept. Staff member %(staff)s, customer %(customer)s: %(old)s → %(new)s.")
    said: str = words.gettext(message) % values
    return said


def _text(decisions: list[dict[str, Any]], lang: str) -> str:
    from pipeline.cli.explain_rules import moment
    from pipeline.cli.tables import main_reasons, table_text
    from sinks.reports.tables import Row, Table
    from sinks.reports.width import clean, cut
    from sinks.reports.words import Words

    words = Words(lang)
    _ = words.gettext
    if not decisions:
        return _("Nobody has decided a case.")
    heads = (
        "", _("Decided at"), _("Decision"), _("By"), _("Staff member"), _("Customer"), _("Note"),
        _("Verdict now"),
    )  # fmt: skip
    rows = [
        Row(
            (
                "*" if one["counts"] else "",
                moment(one["at"]).partition(".")[0],
                words.gettext(_DECISIONS[one["decision"]]),
                clean(one["by"]),
                clean(one["staff_id"] or cut(one["add_id"], 12)),
                clean(one["customer_id"] or "–"),
                clean(one["note"] or "–"),
                main_reasons(one["verdict"], one["reasons"], words),
            )
        )
        for one in decisions
    ]
    return table_text(Table("", heads, rows, texts=len(heads)))


def _add_id(which: tuple[str, ...]) -> str:
    """The add_id itself, or that of a pair."""
    if len(which) == 1 and _ADD_ID.fullmatch(which[0]):
        return which[0]
    if len(which) == 2 and all(one and is_text(one) for one in which):
        return add_id(*which)
    raise WrongUse(
        "Name one add: its add_id (32 hexadecimal digits, as in adds and explain --json), or the "
        "staff member and the customer."
    )


_DECISIONS = {"confirmed": N_("confirmed"), "dismissed": N_("dismissed")}
