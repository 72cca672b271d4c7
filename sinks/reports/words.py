"""Numbers, dates and codes as people write them, in Chinese and English."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from babel.dates import format_date

from pipeline.i18n import N_, catalogue
from sinks.reports.width import clean

__all__ = ["CODES", "VERDICTS", "Words"]

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "valid": N_("Valid"),
        "pending": N_("Pending"),
        "invalid": N_("Invalid"),
        "fake": N_("Fake"),
        "excluded": N_("Excluded"),
    }
)

CODES: Mapping[str, str] = MappingProxyType(
    {
        "transferred": N_("Handed over from a colleague"),
        "not_first_time": N_("Already a colleague's contact"),
        "fake_lockstep": N_("Lockstep: same staff, same minutes"),
        "fake_burst": N_("Sudden burst of adds"),
        "fake_shared_device": N_("Shared device or address"),
        "fake_ring": N_("Ring: bankers adding each other"),
        "fake_reward_hunter": N_("Reward hunter"),
        "fake_throwaway": N_("Throwaway account"),
        "employee": N_("The bank's own employee"),
        "duplicate_identity": N_("Bank customer has another account"),
        "removed_early": N_("Removed again within days"),
        "unverified": N_("Not verified in time"),
        "no_account": N_("No bank account by month's end"),
        "not_own_customer": N_("Not this manager's customer"),
        "out_of_province": N_("Over the out-of-province limit"),
    }
)

_OTHER_CODES: Mapping[str, str] = MappingProxyType(
    {
        "fake_cohort": N_("Together with suspected accounts"),
        "lawful_contact": N_("Signs of a real customer"),
    }
)
"""Codes beyond the contract's, the second of evidence alone."""

_PENDING = N_("Not verified yet, may still count")
_UNVERIFIED = N_("Not verified")
_OTHER_FAKE = N_("Other signs of a fake account (%s)")


class Words:
    """Formats for one language of pipeline.i18n.LANGUAGES."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.catalogue = catalogue(language)
        self.gettext = self.catalogue.gettext

    def verdict(self, verdict: str) -> str:
        """A verdict's word; an unknown one as it is."""
        word = VERDICTS.get(verdict)
        return self.gettext(word) if word else clean(verdict)

    def reasons(self, codes: Sequence[str], verdict: str) -> list[str]:
        """All reasons of an add in words; the first one is the verdict's."""
        return [self.code(code, "" if place else verdict) for place, code in enumerate(codes)]

    def code(self, code: str, verdict: str) -> str:
        """The reason of a verdict in words, "" where another one decides; an unknown code as it is.

        Whether the time to verify is over only the verdict of `unverified` itself tells.
        """
        if code == "unverified" and verdict != "invalid":
            return self.gettext(_PENDING if verdict == "pending" else _UNVERIFIED)
        word = CODES.get(code) or _OTHER_CODES.get(code)
        if word:
            return self.gettext(word)
        fake = verdict == "fake" or code.startswith("fake_")
        return self.gettext(_OTHER_FAKE) % clean(code) if fake else clean(code)

    def count(self, number: int) -> str:
        """1234 -> 1,234"""
        return f"{number:,}"

    def change(self, number: int) -> str:
        """A difference with its sign: +12, −3, 0."""
        return f"{number:+,}".replace("-", "−") if number else "0"

    def yuan(self, fen: int) -> str:
        """Whole fen as yuan: 123450 -> ¥1,234.50; no binary fraction on the way."""
        sign = "−" if fen < 0 else ""
        return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"

    def percent(self, part: int, whole: int) -> str:
        """The share in percent with one digit, a half rounded up; a dash of nothing."""
        tenths = _tenths(part, whole)
        return "–" if tenths is None else f"{tenths // 10}.{tenths % 10}%"

    def points(self, new: tuple[int, int], old: tuple[int, int]) -> str:
        """The difference of two shares (part, whole) in percentage points; a dash of nothing."""
        after, before = _tenths(*new), _tenths(*old)
        if after is None or before is None:
            return "–"
        tenths = abs(after - before)
        sign = "" if not tenths else "+" if after > before else "−"
        return f"{sign}{tenths // 10}.{tenths % 10} {self.gettext(_POINTS)}"

    def date(self, day: date) -> str:
        """The day in full, with its weekday."""
        return format_date(day, "full", locale=self.language)

    def moment(self, time: datetime) -> str:
        """2026-11-20 22:30"""
        return f"{time:%Y-%m-%d %H:%M}"


_POINTS = N_("pp")


def _tenths(part: int, whole: int) -> int | None:
    return (part * 2000 + whole) // (2 * whole) if whole else None
