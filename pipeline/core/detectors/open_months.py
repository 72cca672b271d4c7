"""What detectors still look at once months are sealed: evidence of sealed months stays as it is."""

from __future__ import annotations

from pipeline.core.calendar import Calendar
from pipeline.core.detectors.cells import SCALES
from pipeline.core.detectors.members import STAFF, Member, month_of_subject

__all__ = ["OpenMonths"]

_REACH_US = max(SCALES[STAFF])


class OpenMonths:
    """The months after ``sealed_through`` (below 0: all of them).

    A subject of a sealed month is no more. Of a staff member's members of sealed months those stay
    that a window of an open month reaches: they are counted, but nothing new is said of them.
    """

    def __init__(self, calendar: Calendar, sealed_through: int) -> None:
        self._calendar = calendar
        self._through = sealed_through
        sealed = sealed_through >= 0
        self._ends = calendar.end_of_month(sealed_through) if sealed else None

    def has(self, subject: str) -> bool:
        """Whether anything of the subject may still change."""
        if self._through < 0:
            return True
        month = month_of_subject(subject)
        return month is None or month > self._through

    def reached(self, subject: str, member: Member | None) -> Member | None:
        """The member, or None where no window of an open month reaches it."""
        if member is None or self._ends is None or subject[0] != STAFF:
            return member
        return member if member.times[0] > self._ends + 1 - _REACH_US else None

    def speak_of(self, subject: str, member: Member) -> bool:
        """Whether evidence against the member's adds at the subject may still change."""
        return self._ends is None or subject[0] != STAFF or member.times[0] > self._ends

    def include(self, time: int) -> bool:
        """Whether a time (microseconds since 1970) is of an open month."""
        return self._ends is None or time > self._ends
