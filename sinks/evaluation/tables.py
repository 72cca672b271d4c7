"""An evaluation as tables in words."""

from __future__ import annotations

from collections.abc import Mapping

from sinks.evaluation.figures import Evaluation, Figure
from sinks.reports.tables import Row, Table
from sinks.reports.width import clean
from sinks.reports.words import Words

__all__ = ["notes", "tables"]


def notes(found: Evaluation, words: Words) -> list[str]:
    """What the figures rest on, in sentences."""
    _ = words.gettext
    runs = found.runs
    said = _("%(adds)s adds known to both sides, %(fakes)s of them fake.") % {
        "adds": words.count(sum(run.adds for run in runs)),
        "fakes": words.count(sum(run.fakes for run in runs)),
    }
    lines = [said]
    missing = sum(run.not_in_db for run in runs), sum(run.not_in_truth for run in runs)
    if any(missing):
        message = _(
            "Left out: %(truth)s pairs of the truth that the database does not have, and %(db)s "
            "adds of the database that the truth does not name."
        )
        lines.append(message % {"truth": words.count(missing[0]), "db": words.count(missing[1])})
    if len(runs) == 1:
        lines.append(_("Intervals (0.95) are Wilson's; adds of one pool are not independent."))
    else:
        message = _("%(seeds)s seeds: means, and intervals (0.95) by Student's t over seeds.")
        lines.append(message % {"seeds": len(runs)})
    if any(run.by == "windows" for run in runs):
        lines.append(
            _("Delays of a replay: until the window of a pool's first signal was complete.")
        )
    return lines


def tables(found: Evaluation, words: Words) -> list[Table]:
    """All figures; tables without rows are left out."""
    _ = words.gettext
    some = [
        _measures(found, words),
        _shares(_("Recall by kind of fake"), _("Kind"), found.by_label, words),
        _shares(_("Accounts found by kind of fake"), _("Kind"), found.accounts_by_label, words),
        _shares(_("Recall by how well the pool hides"), _("Level"), found.by_level, words),
        _false(found, words),
    ]
    return [table for table in some if table.rows]


def _measures(found: Evaluation, words: Words) -> Table:
    _ = words.gettext
    rows = [
        _row(_("Precision"), found.precision),
        _row(_("Recall, by adds"), found.recall),
        _row(_("Recall, by accounts"), found.accounts),
        _row(_("Average precision of the score"), found.average_precision),
        _row(_("Recall at precision 0.99"), found.recall_at_precision),
        _row(_("Pools found"), found.pools_found),
        _row(_("Delay to the verdict, adds (median)"), found.delay_adds, 1),
        _row(_("Delay to the verdict, minutes (median)"), found.delay_minutes, 1),
        _row(_("Alerts a day"), found.alerts_a_day, 2),
    ]
    money = [run.money for run in found.runs]
    for name, fen in (
        (_("Not wasted on fakes"), sum(one.saved_fen for one in money)),
        (_("of it nothing else would have kept back"), sum(one.saved_alone_fen for one in money)),
        (_("Kept back from lawful adds"), sum(one.withheld_fen for one in money)),
    ):
        rows.append(Row((name, words.yuan(fen), "", "")))
    return Table(_("Figures"), _heads(_("Figure"), words), rows)


def _shares(caption: str, first: str, shares: Mapping[str, Figure], words: Words) -> Table:
    rows = [_row(clean(name) or "–", figure) for name, figure in shares.items()]
    return Table(caption, _heads(first, words), rows)


def _false(found: Evaluation, words: Words) -> Table:
    _ = words.gettext
    heads = (_("Occasion"), _("Lawful adds"), _("Called fake"), _("Share"), _("At most (0.95)"))
    rows = [
        Row(
            (
                clean(name) or "–",
                words.count(figure.whole or 0),
                words.count(figure.part or 0),
                _percent(figure.value),
                _percent(figure.high),
            )
        )
        for name, figure in found.false_by_context.items()
    ]
    return Table(_("Lawful adds called fake, by occasion"), heads, rows)


def _heads(first: str, words: Words) -> tuple[str, ...]:
    _ = words.gettext
    return (first, _("Value"), _("Interval"), _("Counted"))


def _row(name: str, figure: Figure, digits: int = 3) -> Row:
    counted = f"{figure.part:,} / {figure.whole:,}" if figure.whole is not None else ""
    between = ""
    if figure.low is not None and figure.high is not None:
        between = f"{figure.low:.{digits}f} – {figure.high:.{digits}f}"
    value = "–" if figure.value is None else f"{figure.value:.{digits}f}"
    return Row((name, value, between, counted))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}%"
