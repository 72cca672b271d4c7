"""The small print: what the words of the report mean."""

from sinks.reports.model import Report
from sinks.reports.words import Words

__all__ = ["notes"]


def notes(words: Words, report: Report) -> list[str]:
    """Sentences in the order of the page."""
    _ = words.gettext
    return [
        _as_of(words, report),
        _(
            "A new contact is a staff member and a customer's WeCom account, on the day they first"
            " became friends; a second try of the same two is not new."
        ),
        _(
            "Valid counts for the KPI. Pending: the customer has not verified yet and may still"
            " count. Invalid, fake and excluded do not count; each contact stands under the first"
            " of its reasons."
        ),
        _(
            "Signs of a fake: contacts with enough evidence of a fake account, whatever else"
            " excludes them; so they may stand under another verdict than Fake."
        ),
        _(
            "In the province: of the contacts that pass every other check and whose province is"
            " known, those in the staff member's own."
        ),
        _(
            "Coverage: customers whose manager has them, verified, as a WeCom contact, of all"
            " customers with a manager; as it stands now, not on the report's day."
        ),
        _("Verdicts are revised as events arrive, until the month is closed."),
    ]


def _as_of(words: Words, report: Report) -> str:
    _ = words.gettext
    if report.as_of is None:
        return _("The database holds no event yet.")
    text = _("Data up to %(time)s (%(zone)s).") % {
        "time": words.moment(report.as_of),
        "zone": report.timezone,
    }
    if report.sealed:
        text += " " + _("This month is closed: its figures are final.")
    return text
