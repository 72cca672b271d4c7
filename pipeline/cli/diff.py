"""``truefriend diff``: what another policy, other events or another version would change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.i18n import LANGUAGES, N_

if TYPE_CHECKING:
    from sinks.reports.words import Words

__all__ = ["command"]

_MOST_STAFF = 20
_PATH = click.Path(path_type=Path)


@click.command("diff")
@click.argument("old", type=_PATH, metavar="OLD.duckdb")
@click.argument("new", type=_PATH, metavar="NEW.duckdb")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True)
def command(old: Path, new: Path, as_json: bool, lang: str) -> None:
    """Which verdicts differ between two databases, by reason and by staff member, and the money.

    A report, no test: the exit code is 0 whether or not they differ.
    """
    from sinks.duckdb.compare import compare
    from sinks.reports.database import reading
    from sinks.reports.words import Words

    with reading(old):
        pass  # that it is one of truefriend's, and readable
    with reading(new) as connection:
        found = compare(connection, old)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo("\n".join(_text(found, Words(lang))))


def _text(found: dict[str, Any], words: Words) -> list[str]:
    _ = words.gettext
    lines = [_side(_("Old: %(adds)s adds, as of %(as_of)s, policies %(policies)s"), found["old"])]
    lines.append(
        _side(_("New: %(adds)s adds, as of %(as_of)s, policies %(policies)s"), found["new"])
    )
    counts = {kind: f"{found[kind]:,}" for kind in ("same", "changed", "only_old", "only_new")}
    lines.append(
        _(
            "%(same)s adds are judged alike, %(changed)s otherwise; "
            "%(only_old)s are only in the old, %(only_new)s only in the new."
        )
        % counts
    )
    lines.append(_money(found["money"], words))
    lines += _section(_("By reason"), [_reason(row, words) for row in found["by_reason"]])
    lines += _section(_("By staff member"), _staff(found["by_staff"], words))
    titles = {
        "changed": _("Judged otherwise"),
        "only_old": _("Only in the old"),
        "only_new": _("Only in the new"),
    }
    for kind, title in titles.items():
        rows = [_example(row, words) for row in found["examples"][kind]]
        if len(rows) < found[kind]:
            rows.append(_("… and %(more)s more") % {"more": f"{found[kind] - len(rows):,}"})
        lines += _section(title, rows)
    return lines


def _side(message: str, side: dict[str, Any]) -> str:
    return message % {
        "adds": f"{side['adds']:,}",
        "as_of": side["as_of"] or "–",
        "policies": _clean(", ".join(side["policies"])) or "–",
    }


def _money(money: dict[str, int], words: Words) -> str:
    change = money["difference_fen"]
    return words.gettext(
        N_("At %(rate)s a valid add: %(old)s before, %(new)s now, a difference of %(change)s.")
    ) % {
        "rate": words.yuan(money["fen_an_add"]),
        "old": words.yuan(money["old_fen"]),
        "new": words.yuan(money["new_fen"]),
        "change": ("+" if change > 0 else "") + words.yuan(change),
    }


def _reason(row: dict[str, Any], words: Words) -> str:
    return f"{row['adds']:>8,}  {_change(row, words)}"


def _change(row: dict[str, Any], words: Words) -> str:
    old, new = (_verdict(row[f"{side}_verdict"], row[f"{side}_reason"], words) for side in _SIDES)
    return f"{old} → {new}"


def _verdict(verdict: str | None, reason: str | None, words: Words) -> str:
    if verdict is None:
        return words.gettext(N_("no add"))
    word = words.verdict(verdict)
    if reason is None:
        return word
    values = {"verdict": word, "reasons": words.code(reason, verdict)}
    return words.gettext(N_("%(verdict)s (%(reasons)s)")) % values


def _staff(rows: list[dict[str, Any]], words: Words) -> list[str]:
    message = words.gettext(
        N_("%(staff)s: %(number)s adds differ; valid ones %(old)s → %(new)s (%(change)s)")
    )
    lines = [
        message
        % {
            "staff": _clean(row["staff_id"]),
            "number": f"{row['changed'] + row['only_old'] + row['only_new']:,}",
            "old": f"{row['old_valid']:,}",
            "new": f"{row['new_valid']:,}",
            "change": words.change(row["new_valid"] - row["old_valid"]),
        }
        for row in rows[:_MOST_STAFF]
    ]
    if len(rows) > _MOST_STAFF:
        more = words.gettext(N_("… and %(more)s more"))
        lines.append(more % {"more": f"{len(rows) - _MOST_STAFF:,}"})
    return lines


def _example(row: dict[str, Any], words: Words) -> str:
    pair = f"{_clean(row['staff_id'])} / {_clean(row['customer_id'])}"
    return f"{row['add_id']}  {pair}: {_change(row, words)}"


def _section(title: str, rows: list[str]) -> list[str]:
    return ["", title, *(f"  {row}" for row in rows)] if rows else []


def _clean(text: str) -> str:
    from sinks.reports.width import clean

    return clean(text)


_SIDES = ("old", "new")
