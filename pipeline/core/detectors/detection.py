"""The detection stage: keyed by subject, a fold over its members; signals out.

State is rows: stage ``detection``, key the subject, kind ``member``, sub-key the customer. What was
said before is not kept: it is a pure function of the members, so the news is the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import islice

import msgspec

from pipeline.core.calendar import Calendar, first_day_of, last_day_of
from pipeline.core.detectors import GROUP_DETECTORS
from pipeline.core.detectors.base import LEAST_OTHERS, MANNERS, GroupDetector, score_of
from pipeline.core.detectors.cells import NAMES, cells_of, scale_name, window_of
from pipeline.core.detectors.group import Cell, Group, counts_of
from pipeline.core.detectors.levels import SIZES, Level, group_points
from pipeline.core.detectors.members import PAIR, STAFF, Hurry, Member, month_of_subject
from pipeline.core.detectors.open_months import OpenMonths
from pipeline.core.detectors.pools import SUSPECTS, AlertFound
from pipeline.core.detectors.suspects import Suspects
from pipeline.core.records import Signal, StateRow

__all__ = ["DETECTION", "MEMBER", "Detection", "group_id"]

DETECTION = "detection"
MEMBER = "member"

Best = tuple[int, Cell, Level, tuple[int, ...]]
"""What a signal is made of beside its names: points, cell, level, the member's times."""

Said = dict[str, tuple[Best, Signal]]
"""Code to what was said of one member."""

_BY_KIND = {
    kind: tuple(
        (
            one,
            tuple(
                tuple(one.table(kind, scale, manner) for scale in NAMES[kind]) for manner in MANNERS
            ),
        )
        for one in GROUP_DETECTORS
        if kind in one.kinds
    )
    for detector in GROUP_DETECTORS
    for kind in detector.kinds
}
"""Kind of subject to the detectors that read it, with the names of their tables by manner
and scale."""

_NOTHING: Said = {}


class _Subject:
    """A group with what was said of its members, or a month's suspects, who are alerted."""

    __slots__ = ("customers", "group", "said")

    def __init__(self, subject: str) -> None:
        kind = subject[0]
        self.group: Group | Suspects
        if kind == SUSPECTS:
            self.group = Suspects(subject)
        else:
            self.group = Group(cells_of(kind), LEAST_OTHERS[kind])
        self.said: dict[str, Said] = {}
        self.customers: dict[str, None] = {}  # touched since the last finish


class Detection:
    """Subjects and their members; what they say changes with ``finish``.

    Nothing is said any more of the months up to ``sealed_through``.
    """

    def __init__(self, calendar: Calendar, sealed_through: int = -1) -> None:
        self._calendar = calendar
        self._months = OpenMonths(calendar, sealed_through)
        self.subjects: dict[str, _Subject] = {}
        self._touched: dict[str, None] = {}
        self._rows: list[StateRow] = []
        self._alerts: dict[str, AlertFound | None] = {}

    def __contains__(self, subject: str) -> bool:
        return subject in self.subjects

    def load(self, subject: str, rows: Mapping[str, bytes]) -> None:
        """Takes a subject's state rows in: customer to packed member, all of them at once."""
        found = self.subjects[subject] = _Subject(subject)
        for customer_id, value in rows.items():
            found.group.put(customer_id, self._months.reached(subject, _unpack(value)))
        if isinstance(found.group, Suspects):
            found.group.settle()
        else:
            self._say(subject, found, found.group, rows)

    def take(self, subject: str, customer_id: str, member: Member | None) -> None:
        """Upserts a member, None takes it away; the subject must be loaded or new."""
        if not self._months.has(subject):
            return
        member = self._months.reached(subject, member)
        found = self.subjects.get(subject)
        if found is None:
            found = self.subjects[subject] = _Subject(subject)
        if found.group.members.get(customer_id) == member:
            return
        found.group.put(customer_id, member)
        found.customers[customer_id] = None
        self._touched[subject] = None
        value = None if member is None else _pack(member)
        self._rows.append((DETECTION, subject, MEMBER, customer_id, value))

    def finish(self) -> tuple[list[Signal], list[StateRow]]:
        """The signals that are new or other than before (score 0: gone), and the changed rows."""
        signals: list[Signal] = []
        for subject in self._touched:
            found = self.subjects[subject] = self.subjects.pop(subject)  # the last of all now
            if isinstance(found.group, Suspects):
                self._alerts |= found.group.settle()
            else:
                signals += self._say(subject, found, found.group, found.customers)
            found.customers = {}
        rows, self._rows, self._touched = self._rows, [], {}
        return signals, rows

    def alerts(self) -> dict[str, AlertFound | None]:
        """Fingerprint to the alerts that changed since the last call; None: it is no more."""
        alerts, self._alerts = self._alerts, {}
        return alerts

    def shrink(self, most: int) -> None:
        """Drops subjects, those first that were touched least lately, until so many are left."""
        for subject in list(islice(self.subjects, max(0, len(self.subjects) - most))):
            del self.subjects[subject]

    def over(self, subject: str, rows: Mapping[str, bytes]) -> Iterator[StateRow]:
        """Deletions of those of the subject's rows that only sealed months need."""
        has = self._months.has(subject)
        for customer_id, value in rows.items():
            if not has or self._months.reached(subject, _unpack(value)) is None:
                yield DETECTION, subject, MEMBER, customer_id, None

    def _say(
        self, subject: str, found: _Subject, group: Group, customers: Iterable[str]
    ) -> list[Signal]:
        """What is new to say of the members of whom these customers may have changed it."""
        members, said = group.members, found.said
        if not group.counted:  # then nothing was ever said
            return []
        news: list[Signal] = []
        for customer_id in group.settle(customers):
            member = members.get(customer_id)
            old = said.get(customer_id, _NOTHING)
            bests: list[tuple[GroupDetector, Best]] = []
            if member is not None and self._months.speak_of(subject, member):
                bests = _bests_of(subject[0], member, group)
            new: Said = {}
            for detector, best in bests:
                known = old.get(detector.code)
                if known is None or known[0] != best:
                    signal = _signal(detector, subject, customer_id, best, self._calendar)
                    if known is None or known[1] != signal:
                        news.append(signal)
                    known = best, signal
                new[detector.code] = known
            news += [signal.taken_back() for code, (_, signal) in old.items() if code not in new]
            if new:
                said[customer_id] = new
            elif old:
                del said[customer_id]
        return news


def _bests_of(kind: str, member: Member, group: Group) -> list[tuple[GroupDetector, Best]]:
    """The strongest evidence of each detector against a member of a settled group."""
    least = LEAST_OTHERS[kind]
    cells = [(cell, mood) for cell, mood in group.moods(member) if mood[0] > least]
    if not cells:
        return []
    own, hurried = counts_of(member), member.traits.hurry >= Hurry.MINUTE
    found: list[tuple[GroupDetector, Best]] = []
    for detector, tables in _BY_KIND[kind]:
        best: Best | None = None
        for cell, mood in cells:
            seen = group_points(mood, own, detector.parts, tables[hurried][cell[0]])
            if seen is None:
                continue
            points, level = seen
            if best is None or points > best[0]:
                best = points, cell, level, member.times
        if best is not None:
            found.append((detector, best))
    return found


def group_id(subject: str) -> str:
    """A subject's name in evidence and alerts: 16 hexadecimal digits that tell nobody who."""
    return sha256(subject.encode()).hexdigest()[:16]


def _signal(
    detector: GroupDetector,
    subject: str,
    customer_id: str,
    best: Best,
    calendar: Calendar,
) -> Signal:
    points, cell, level, times = best
    kind = subject[0]
    start, end = _window(kind, cell, subject, times, calendar)
    name = sha256(f"{detector.code}\x1f{subject}\x1f{customer_id}".encode()).hexdigest()[:32]
    evidence = {
        "group": group_id(subject),
        "by": kind,
        "scale": scale_name(kind, cell),
        "others": SIZES[level["size"] - 1],
        "quarters": {part: place for part, place in level.items() if part != "size" and place},
    }
    if kind in (STAFF, PAIR):
        evidence["staff"] = subject.split("\x1f")[1:]
    return Signal(
        signal_id=name,
        code=detector.code,
        customer_id=customer_id,
        staff_id=subject.partition("\x1f")[2] if kind == STAFF else "",
        score=score_of(points),
        window_start=start,
        window_end=end,
        evidence=_encode(evidence).decode(),
    )


def _window(
    kind: str, cell: Cell, subject: str, times: tuple[int, ...], calendar: Calendar
) -> tuple[int, int]:
    """The evidence's window, inside of the subject's month."""
    month = month_of_subject(subject)
    if month is None:
        month = calendar.month(times[0])
    first, last = calendar.start_of(first_day_of(month)), calendar.end_of(last_day_of(month))
    window = window_of(kind, cell)
    if window is None:
        return first, last
    return max(first, window[0]), min(last, window[1])


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Member).decode
_encode = msgspec.json.Encoder(order="sorted").encode
