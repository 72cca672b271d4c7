"""``truefriend explain``: why one add has the verdict it has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pipeline.cli.options import DB, is_text, required_db
from pipeline.core.errors import WrongUse
from pipeline.core.rules import find_rule
from pipeline.i18n import LANGUAGES, N_
from pipeline.settings import load_settings

__all__ = ["command"]


@click.command("explain")
@click.argument("staff")
@click.argument("customer")
@DB
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)
def command(staff: str, customer: str, db: Path | None, as_json: bool, lang: str) -> None:
    """Why the add of CUSTOMER (external_userid) by STAFF has its verdict, and what would cure it.

    Every rule is shown in its order, with the events and values that it rests on.
    """
    from sinks.duckdb.explain import read_explained, read_late
    from sinks.reports.database import reading

    db = required_db(load_settings(db=db))
    if not is_text(staff + customer):
        raise _no_add(staff, customer, db)
    with reading(db) as connection:
        found = read_explained(connection, staff, customer)
        if found is None:
            raise _no_add(staff, customer, db, read_late(connection, staff, customer))
    told = _Told(found, lang).tell()
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo("\n".join(_text(told, lang)))


def _no_add(staff: str, customer: str, db: Path, late: Sequence[dict[str, Any]] = ()) -> WrongUse:
    """late: the pair's rows of late_events."""
    why = "either no friend.added of theirs was read, or it is later than as of."
    first = next((row for row in late if row["type"] == "friend.added"), None)
    if first is not None:
        why = (
            f"their friend.added {first['event_id']!r} of {first['time']} came after "
            f"{first['month']} was sealed, and stands in late_events."
        )
    return WrongUse(
        f"There is no add of customer {customer!r} by staff member {staff!r} in {db}: {why}"
    )


class _Told:
    """An add's explanation in one language, as one object ready for JSON."""

    def __init__(self, found: Any, lang: str) -> None:
        from sinks.reports.words import Words

        self.found = found
        self.add: dict[str, Any] = found.add
        self.words = Words(lang)
        self.lang = lang

    def tell(self) -> dict[str, Any]:
        from pipeline.cli.explain_rules import judge_rules

        found, add = self.found, self.add
        rules = [judged._asdict() for judged in judge_rules(found, self.words.gettext)]
        return {
            **{name: add[name] for name in _SHOWN},
            "verdict_words": self._verdict(add["verdict"], add["reasons"]),
            "as_of": found.as_of,
            "timezone": found.timezone,
            "sealed_as_of": found.sealed_as_of,
            "events": self._events(),
            "rules": rules,
            "cures": [{"code": code, "words": self._cure(code)} for code in add["reasons"]],
            "evidence": [{**row, "words": self._evidence(row)} for row in add["evidence"]],
            "history": [{**row, "words": self._change(row)} for row in found.changes],
            "case": found.case and {**found.case, "words": self._case(found.case)},
            "decisions": [{**row, "words": self._case(row)} for row in found.decisions],
            "late_events": [{**row, "words": self._late(row)} for row in found.late],
            "facts": add["facts"],
        }

    def _verdict(self, verdict: str | None, reasons: list[str] | None) -> str:
        if verdict is None:
            return self.words.gettext(N_("no add"))
        word = self.words.verdict(verdict)
        if not reasons:
            return word
        named = self.words.gettext(N_(", ")).join(self.words.reasons(reasons, verdict))
        return self.words.gettext(N_("%(verdict)s (%(reasons)s)")) % {
            "verdict": word,
            "reasons": named,
        }

    def _events(self) -> list[dict[str, Any]]:
        events = [{"what": what, **event} for what, event in self.add["facts"]["events"].items()]
        events.sort(key=lambda event: (event["time"], event["id"], event["source"]))
        return [{**event, "words": self._event(event)} for event in events]

    def _event(self, event: dict[str, Any]) -> str:
        return self._say(_EVENTS[event["what"]], **event)

    def _cure(self, code: str) -> str:
        rule = find_rule(code)
        return rule.runbook_zh if self.lang == "zh" else rule.runbook_en

    def _evidence(self, row: dict[str, Any]) -> str:
        from pipeline.cli.explain_evidence import said_by

        said = self._say(
            N_("%(what)s: score %(score)s, weight %(weight)s"),
            what=self.words.code(row["code"], "fake"),
            score=row["score"],
            weight=f"{row['weight'] / 1_000_000:.6f}",
        )
        why = _clean(said_by(row, self.words.gettext))
        return f"{said} ({why})" if why else said

    def _change(self, row: dict[str, Any]) -> str:
        new = self._verdict(row["new_verdict"], row["new_reasons"])
        if row["old_verdict"] is not None:
            new = f"{self._verdict(row['old_verdict'], row['old_reasons'])} → {new}"
        return f"{new}; {self._cause(row['cause'])}"

    def _cause(self, cause: dict[str, Any]) -> str:
        for kind, message in _CAUSES.items():
            if kind in cause:
                value = cause[kind]
                values = value if isinstance(value, dict) else {"value": value}
                return self._say(message, **values)
        return _clean(json.dumps(cause, ensure_ascii=False)) if cause else "–"

    def _case(self, case: dict[str, Any]) -> str:
        return self._say(_DECISIONS[case["decision"]], **case)

    def _late(self, row: dict[str, Any]) -> str:
        verdict = self._verdict(row["verdict"], None) if row["verdict"] else "–"
        message = N_(
            "%(type)s %(event_id)s of %(time)s came after the seal; it would be: %(verdict)s"
        )
        return self._say(message, **{**row, "verdict": verdict})

    def _say(self, message: str, **values: Any) -> str:
        from pipeline.cli.explain_rules import moment

        shown = {
            name: moment(value) if name in ("time", "at") else _clean(_plain(value))
            for name, value in values.items()
        }
        return self.words.gettext(message) % shown


def _text(told: dict[str, Any], lang: str) -> list[str]:
    """The explanation for a person at a terminal."""
    from pipeline.cli.explain_rules import moment
    from sinks.reports.words import Words

    words = Words(lang)
    _ = words.gettext
    title = _("Staff member %(staff_id)s, customer %(customer_id)s: %(verdict)s")
    shown = {name: _clean(told[name]) for name in ("staff_id", "customer_id")}
    lines = [title % {**shown, "verdict": told["verdict_words"]}]
    as_of = moment(told["as_of"])
    lines.append(_("As of %(time)s (%(zone)s)") % {"time": as_of, "zone": told["timezone"]})
    if told["sealed_as_of"]:
        lines.append(_("The month %(month)s is sealed: the verdict stays.") % told)
    policy = _("Policy %(version)s, rules version %(rules)s")
    lines.append(policy % {"version": told["policy_version"], "rules": told["rules_version"]})
    lines += _section(_("The events that decide"), [event["words"] for event in told["events"]])
    lines += _section(_("The rules, in order; the first that applies decides"), _marks(told))
    lines += _section(_("What would cure it"), _cures(told))
    lines += _section(_("Evidence"), [row["words"] for row in told["evidence"]])
    lines += _section(_("Case"), [told["case"]["words"]] if told["case"] else [])
    earlier = [row["words"] for row in told["decisions"] if not row["counts"]]
    lines += _section(_("Earlier decisions on the case"), earlier)
    lines += _section(_("How the verdict came about"), [row["words"] for row in told["history"]])
    lines += _section(_("After the seal"), [row["words"] for row in told["late_events"]])
    return lines


def _section(title: str, rows: list[str]) -> list[str]:
    return ["", title, *(f"  {row}" for row in rows)] if rows else []


def _cures(told: dict[str, Any]) -> list[str]:
    """Each once: all kinds of fakes have one."""
    return list(dict.fromkeys(cure["words"] for cure in told["cures"]))


def _marks(told: dict[str, Any]) -> list[str]:
    width = max(len(rule["code"]) for rule in told["rules"])
    return [
        f"{'✗' if rule['codes'] else '·'} {rule['code']:{width}}  {rule['why']}"
        for rule in told["rules"]
    ]


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _clean(text: str) -> str:
    from sinks.reports.width import clean

    return clean(text)


_SHOWN = (
    "add_id", "staff_id", "customer_id", "bank_customer_id", "month", "added_at", "verified_at",
    "add_way", "province", "verdict", "reasons", "fake_score", "pending_until", "policy_version",
    "rules_version", "revision",
)  # fmt: skip

_EVENTS = {
    "added": N_("%(time)s  added as a contact (%(type)s %(id)s)"),
    "verified": N_("%(time)s  verified (%(type)s %(id)s)"),
    "transferred": N_("%(time)s  handed over to this staff member (%(type)s %(id)s)"),
    "earlier_add": N_("%(time)s  added by staff member %(staff_id)s (%(type)s %(id)s)"),
    "earlier_identity": N_("%(time)s  account %(customer_id)s verified (%(type)s %(id)s)"),
    "removed": N_("%(time)s  removed (%(type)s %(id)s)"),
}

_CAUSES = {
    "event": N_("by the event %(type)s %(id)s of %(time)s"),
    "reference": N_("by the reference row %(value)s"),
    "policy": N_("by policy %(value)s"),
    "signal": N_("by the signal %(value)s"),
    "signal_id": N_("by the signal %(value)s"),
    "case": N_("by the decision on its case"),
    "time": N_("by time: the days to verify in were over"),
    "month": N_("by the seal of %(value)s"),
    "resumed": N_("by a run that went on from where another stopped"),
}

_DECISIONS = {
    "confirmed": N_("%(by)s confirmed the case at %(at)s: %(note)s"),
    "dismissed": N_("%(by)s dismissed the case at %(at)s: %(note)s"),
}
