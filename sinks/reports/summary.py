"""What a report says first, in words: its title, its sentences and the table of figures."""

from collections.abc import Callable
from dataclasses import dataclass

from sinks.reports.model import Figures, Periods, Report
from sinks.reports.width import clean
from sinks.reports.words import Words

__all__ = ["Measure", "branch_label", "measures", "scope_label", "sentences", "share", "title"]

Share = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table of figures, ready to print; `inner`: a part of the line above."""

    label: str
    day: str
    before: str
    change: str
    month: str
    inner: bool = False


def title(words: Words) -> str:
    """The report's name."""
    _ = words.gettext
    return _("Daily report on new WeCom contacts")


def branch_label(words: Words, branch_id: str | None, name: str | None) -> str:
    """A branch as people know it."""
    _ = words.gettext
    if branch_id is None:
        return _("Branch not known")
    return clean(name or branch_id)


def scope_label(words: Words, report: Report) -> str:
    """Whom the report is about."""
    _ = words.gettext
    if not report.chosen:
        return _("Whole bank")
    separator = "、" if words.language == "zh" else ", "
    labels = [branch_label(words, row.branch_id, row.name) for row in report.branches]
    return separator.join(labels)


def sentences(words: Words, report: Report) -> list[str]:
    """The day, the month's fakes if there are any, and what rewards would have cost."""
    said = [_day(words, report.total.day)]
    if report.total.month["fake_any"]:
        said.append(_fakes(words, report.total))
    return [*said, _rewards(words, report.total.month)]


def _day(words: Words, day: Figures) -> str:
    _ = words.gettext
    if not day["adds"]:
        return _("No new contacts on this day.")
    return _(
        "%(adds)s new contacts: %(valid)s count (%(share)s), %(pending)s wait for"
        " verification, %(rest)s do not count."
    ) % {
        "adds": words.count(day["adds"]),
        "valid": words.count(day["valid"]),
        "share": words.percent(day["valid"], day["adds"]),
        "pending": words.count(day["pending"]),
        "rest": words.count(day["adds"] - day["valid"] - day["pending"]),
    }


def _fakes(words: Words, periods: Periods) -> str:
    """A bought account's second add is excluded, so the verdict *fake* alone would hide it."""
    _ = words.gettext
    return _(
        "Signs of a fake: %(day)s of the day's new contacts, %(month)s of the month's, whatever"
        " their verdict."
    ) % {
        "day": share(words, *_fake_any(periods.day)),
        "month": share(words, *_fake_any(periods.month)),
    }


def _rewards(words: Words, month: Figures) -> str:
    _ = words.gettext
    return _(
        "A reward of %(reward)s for each new contact would cost %(paid)s this month so far:"
        " %(wasted)s of it for nothing, %(undecided)s undecided."
    ) % {
        "reward": words.yuan(100),
        "paid": words.yuan(month.paid_fen),
        "wasted": words.yuan(month.wasted_fen),
        "undecided": words.yuan(month.undecided_fen),
    }


def share(words: Words, part: int, whole: int) -> str:
    """A share with the counts it is made of: 37.5% (3/8)."""
    return f"{words.percent(part, whole)} ({words.count(part)}/{words.count(whole)})"


def measures(words: Words, periods: Periods) -> list[Measure]:
    """The figures of the day, the day before, their difference and the month."""
    _ = words.gettext
    make = _Table(words, periods)
    return [
        make.count(_("New contacts (raw)"), "adds"),
        make.count(_("Valid: they count"), "valid", inner=True),
        make.count(_("Pending: not verified yet"), "pending", inner=True),
        make.count(_("Invalid"), "invalid", inner=True),
        make.count(_("Fake"), "fake", inner=True),
        make.count(_("Excluded"), "excluded", inner=True),
        make.rate(_("Signs of a fake (any verdict)"), _fake_any),
        make.rate(_("Share that counts"), lambda f: (f["valid"], f["adds"])),
        make.rate(_("Verified"), lambda f: (f["verified"], f["adds"])),
        make.rate(_("In the province"), _in_province),
        make.count(_("Out of the province"), "province_out", inner=True),
        make.count(_("Province not known"), "province_unknown", inner=True),
        make.count(_("Contacts lost"), "removed"),
        make.money(_("Reward for every raw add"), lambda f: f.paid_fen),
        make.money(_("Paid for nothing"), lambda f: f.wasted_fen, inner=True),
        make.money(_("Undecided (pending)"), lambda f: f.undecided_fen, inner=True),
    ]


def _fake_any(figures: Figures) -> Share:
    return figures["fake_any"], figures["adds"]


def _in_province(figures: Figures) -> Share:
    return figures["province_in"], figures["province_in"] + figures["province_out"]


@dataclass(frozen=True, slots=True)
class _Table:
    words: Words
    periods: Periods

    def _line(
        self,
        label: str,
        inner: bool,
        show: Callable[[Figures], str],
        change: Callable[[Figures, Figures], str],
    ) -> Measure:
        day, before = self.periods.day, self.periods.before
        return Measure(
            label, show(day), show(before), change(day, before), show(self.periods.month), inner
        )

    def count(self, label: str, name: str, inner: bool = False) -> Measure:
        words = self.words
        return self._line(
            label,
            inner,
            lambda figures: words.count(figures[name]),
            lambda new, old: words.change(new[name] - old[name]),
        )

    def rate(self, label: str, of: Callable[[Figures], Share]) -> Measure:
        return self._line(
            label,
            False,
            lambda figures: share(self.words, *of(figures)),
            lambda new, old: self.words.points(of(new), of(old)),
        )

    def money(self, label: str, of: Callable[[Figures], int], inner: bool = False) -> Measure:
        def change(new: Figures, old: Figures) -> str:
            fen = of(new) - of(old)
            return ("+" if fen > 0 else "") + self.words.yuan(fen)

        return self._line(label, inner, lambda figures: self.words.yuan(of(figures)), change)
