"""Alerts in words: a table of many, one with its members, a line of one that comes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pipeline.cli.explain_rules import moment
from pipeline.cli.tables import main_reasons, table_text
from pipeline.i18n import N_
from sinks.reports.tables import Row, Table
from sinks.reports.width import clean
from sinks.reports.words import Words

__all__ = ["line_text", "list_text", "show_text"]

_SHOWN = 8  # characters of a fingerprint: enough to name one of thousands
_COUNTS = ("adds", "customers", "staff")
_BOTH = re.compile(r"(?P<zh>.*。) *(?P<en>[A-Za-z][^。]*)", re.DOTALL)
"""A runbook is one column: the Chinese sentences, behind them the English ones."""

SEVERITIES = {"info": N_("info"), "warning": N_("warning"), "critical": N_("critical")}
STATUSES = {"firing": N_("firing"), "resolved": N_("resolved")}


def list_text(alerts: Sequence[dict[str, Any]], as_of: str | None, lang: str) -> str:
    """The table, and below it what to do, each advice once."""
    words = Words(lang)
    _ = words.gettext
    firing = sum(one["status"] == "firing" for one in alerts)
    head = _("%(alerts)s alerts, %(firing)s of them firing; as of %(time)s") % {
        "alerts": words.count(len(alerts)),
        "firing": words.count(firing),
        "time": _minute(as_of),
    }
    if not alerts:
        return head
    heads = (
        _("Alert"), _("Severity"), _("Status"), _("Started"), _("About"), _("Adds"),
        _("Customers"), _("Staff members"),
    )  # fmt: skip
    rows = [
        Row(
            (
                clean(one["fingerprint"][:_SHOWN]),
                _word(SEVERITIES, one["severity"], words),
                _word(STATUSES, one["status"], words),
                _minute(one["started_at"]),
                clean(one["key"]),
                *_counts(one, words),
            )
        )
        for one in alerts
    ]
    parts = [head, table_text(Table("", heads, rows, texts=5))]
    advice = dict.fromkeys(_runbook(one, lang) for one in alerts if one["runbook"])
    if advice:
        parts.append("\n".join([_("What to do"), *(f"  {one}" for one in advice)]))
    return "\n\n".join(parts)


def show_text(alert: dict[str, Any], members: Sequence[dict[str, Any]], lang: str) -> str:
    """All of one alert."""
    words = Words(lang)
    _ = words.gettext
    pairs = [
        (_("Alert"), clean(alert["fingerprint"])),
        (_("About"), clean(alert["key"])),
        (_("Severity"), _word(SEVERITIES, alert["severity"], words)),
        (_("Status"), _word(STATUSES, alert["status"], words)),
        (_("Started"), _time(alert["started_at"])),
        (_("Ended"), _time(alert["ended_at"])),
        *zip((_("Adds"), _("Customers"), _("Staff members")), _counts(alert, words), strict=True),
        *_others(alert["evidence"], words),
        (_("What to do"), _runbook(alert, lang) or "–"),
    ]
    lines = [clean(alert[f"summary_{lang}"]), ""]
    colon = _(": ")
    lines += [f"{name}{colon}{value}" for name, value in pairs]
    parts = ["\n".join(lines)]
    if members:
        parts.append(table_text(_members(members, words)))
        counted = alert["evidence"].get("adds")
        shown = sum(one["added_at"] is not None for one in members)
        if isinstance(counted, int) and counted > shown:
            parts.append(_("… and %(more)s more") % {"more": words.count(counted - shown)})
    return "\n\n".join(parts)


def line_text(fingerprint: str, alert: dict[str, Any] | None, lang: str) -> str:
    """One line for an alert that came, changed, or (None) was taken back."""
    words = Words(lang)
    name = clean(fingerprint[:_SHOWN])
    if alert is None:
        return words.gettext(N_("%(alert)s  taken back")) % {"alert": name}
    parts = (
        name,
        _minute(alert["started_at"]),
        _word(SEVERITIES, alert["severity"], words),
        _word(STATUSES, alert["status"], words),
        clean(alert["key"]),
        clean(alert[f"summary_{lang}"]),
        _runbook(alert, lang),
    )
    return "  ".join(part for part in parts if part)


def _members(members: Sequence[dict[str, Any]], words: Words) -> Table:
    _ = words.gettext
    heads = (
        _("Staff member"), _("Customer"), _("Added at"), _("Verdict"), _("Case"),
        _("Score"),
    )  # fmt: skip
    rows = [
        Row(
            (
                clean(one["staff_id"] or "–"),
                clean(one["customer_id"] or one["add_id"] or "–"),
                _minute(one["added_at"]),
                main_reasons(one["verdict"], one["reasons"], words),
                words.gettext(_DECISIONS[one["decision"]]) if one["decision"] else "",
                "" if one["fake_score"] is None else f"{one['fake_score']:.3f}",
            )
        )
        for one in members
    ]
    return Table(_("Members"), heads, rows, texts=5)


def _runbook(alert: dict[str, Any], lang: str) -> str:
    """What to do in this language; all of it where it is not in both."""
    text = alert["runbook"] or ""
    both = _BOTH.fullmatch(text)
    return clean(both[lang] if both else text)


def _others(evidence: dict[str, Any], words: Words) -> list[tuple[str, str]]:
    """What else the evidence holds; what has no words by its own name."""
    return [
        (_word(_OTHERS, name, words), clean(str(value)))
        for name, value in evidence.items()
        if name not in (*_COUNTS, "members") and not isinstance(value, list | dict)
    ]


def _counts(alert: dict[str, Any], words: Words) -> tuple[str, str, str]:
    adds, customers, staff = (alert["evidence"].get(name) for name in _COUNTS)
    return _count(adds, words), _count(customers, words), _count(staff, words)


def _count(number: object, words: Words) -> str:
    """A list is counted: the evidence may name staff instead of counting them."""
    if isinstance(number, list):
        return words.count(len(number))
    return words.count(number) if isinstance(number, int) else "–"


def _word(table: dict[str, str], value: str, words: Words) -> str:
    return words.gettext(table[value]) if value in table else clean(value)


def _time(time: str | None) -> str:
    return moment(time) if time else "–"


def _minute(time: str | None) -> str:
    return time[:16].replace("T", " ") if time else "–"


_OTHERS = {"groups": N_("Groups in common")}  # devices, addresses, numbers, pairs of staff
_DECISIONS = {"confirmed": N_("confirmed"), "dismissed": N_("dismissed")}
