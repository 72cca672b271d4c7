"""What detectors should find among a subject's customers, over the whole set of them at once.

Every customer is compared with all others there: no counting, no order, no memory of before. The
detectors' names, kinds of subjects and parts are declarations, and are taken from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from hashlib import sha256
from math import floor
from typing import Any

from pipeline.core.calendar import Calendar, first_day_of, last_day_of
from pipeline.core.detectors import GROUP_DETECTORS
from pipeline.core.detectors.base import LEAST_OTHERS
from pipeline.core.detectors.members import Member

__all__ = ["DefinedSignal", "defined_pools", "defined_signals"]

DefinedSignal = tuple[str, str, str, str, float, int, int, Any]
"""signal_id, code, customer_id, staff_id, score, window_start, window_end, evidence."""

Tables = Mapping[str, Mapping[str, list[int]]]
Members = Mapping[str, Member]
Cell = tuple[str, int, tuple[int, ...]]
"""Scale, the window's length (0: the month), and where its one or two windows begin."""

MINUTE = 60_000_000
SCALES = {
    "s": {"10min": 10 * MINUTE, "2h": 120 * MINUTE},
    "p": {"10min": 10 * MINUTE, "1h": 60 * MINUTE, "1d": 1440 * MINUTE, "month": 0},
    **{kind: {"month": 0} for kind in "dib"},
}
EXACT = 12
STEPS = [n << k for k in range(1, 24) for n in (4, 5, 6, 7)]
FULL, LEAST = 13_000_000, 300_000


def defined_signals(
    subject: str, members: Members, tables: Tables, calendar: Calendar
) -> set[DefinedSignal]:
    return {
        found
        for customer_id in members
        for detector in GROUP_DETECTORS
        if subject[0] in detector.kinds
        for found in _strongest(subject, customer_id, members, detector, tables, calendar)
    }


def _strongest(
    subject: str, customer_id: str, members: Members, detector: Any, tables: Tables, c: Calendar
) -> Iterator[Any]:
    """The cell that gives most points, the narrowest and least shifted of equals."""
    said = []
    for cell in _cells(subject[0], members[customer_id]):
        level = _level(cell, customer_id, members, subject[0], detector)
        if level is None:
            continue
        points = tables[_table(detector, subject[0], cell[0], members[customer_id])]
        total = points["bias"][0] + sum(points[part][place] for part, place in level.items())
        if total < LEAST:
            continue
        said.append((total, cell, level))
    if said:
        total, cell, level = max(said, key=lambda one: one[0])
        yield _row(subject, customer_id, members[customer_id], detector.code, total, cell, level, c)


def _table(detector: Any, kind: str, scale: str, member: Member) -> str:
    """Customers who added two staff within a minute have tables of their own."""
    manner = "-hurried" if member.traits.hurry in (2, 3, 4) else ""
    return f"{detector.code.removeprefix('fake_')}-{kind}-{scale}{manner}"


def _cells(kind: str, member: Member) -> list[Cell]:
    cells = []
    for scale, window in SCALES[kind].items():
        if not window:
            cells.append((scale, 0, ()))
        elif max(member.times) - min(member.times) <= window:
            for shift in (0, window // 2):
                starts = [(time + shift) // window * window - shift for time in member.times]
                cells.append((scale, window, tuple(starts)))
    return cells


def _level(
    cell: Cell, customer_id: str, members: Members, kind: str, detector: Any
) -> dict[str, int] | None:
    """Size and shares in quarters of those in the cell, the customer left out of a small one; None
    where fewer others than the detector's least are in it."""
    inside = [one for one in members.values() if cell in _cells(kind, one)]
    number, own = _stepped(len(inside)), members[customer_id]
    few = number <= EXACT
    others = number - 1 if few else number
    if others < LEAST_OTHERS[kind]:
        return None

    def share(part: str) -> int:
        count = _stepped(sum(_count(part, one) for one in inside))
        left = count - _count(part, own) if few else count
        return min(floor(Fraction(4 * max(0, left), others)), 12 if part == "locked" else 4)

    def level_of(part: str) -> int:
        if part == "haste":
            hasty = share("quick") >= 3 and _count("quick", own)
            rest = [one for one in inside if not few or one is not own]
            nobody = not any(_count("wrote", one) or _count("sound", one) for one in rest)
            scripts = share("script") >= 2 and not share("wrote") and not share("sound")
            return size if hasty and (scripts or nobody) else 0
        if part == "alike":
            return share("locked") if own.traits.suspicion else 0
        return share(part)

    size = sum(others >= least for least in (1, 2, 3, 5, 10, 20, 50))
    return {"size": size, **{part: level_of(part) for part in detector.parts}}


def _stepped(number: int) -> int:
    """Sums over 12 go by steps of about a fifth."""
    return number if number <= EXACT else max(step for step in STEPS if step <= number)


def _count(part: str, member: Member) -> int:
    traits, times = member.traits, member.times
    return int(
        {
            "several": traits.adds > 1,
            "many": traits.adds > 4,
            "removed": traits.removed > 0,
            "stranger": traits.identity in (1, 2),
            "wrote": traits.wrote,
            "elsewhere": traits.elsewhere,
            "shared": traits.shared,
            "locked": traits.suspicion,
            "quick": len(times) == 2 and max(times) - min(times) <= 10_000_000,
            "hurried": traits.hurry in (2, 3, 4),
            "instant": traits.hurry in (3, 4),
            "script": traits.hurry == 4,
            "sound": traits.identity == 3,
        }[part]
    )


def _row(
    subject: str,
    customer_id: str,
    member: Member,
    code: str,
    points: int,
    cell: Cell,
    level: dict[str, int],
    calendar: Calendar,
) -> DefinedSignal:
    kind, scale, window = subject[0], cell[0], cell[1]
    score = round(min(points, FULL) / FULL, 6)
    month = calendar.month(member.times[0])
    start, end = calendar.start_of(first_day_of(month)), calendar.end_of(last_day_of(month))
    if window:
        start, end = max(start, min(cell[2])), min(end, max(cell[2]) + window - 1)
    evidence: dict[str, Any] = {
        "by": kind,
        "group": _hash(subject)[:16],
        "others": (1, 2, 3, 5, 10, 20, 50)[level["size"] - 1],
        "quarters": {part: place for part, place in level.items() if part != "size" and place},
        "scale": scale,
    }
    if kind in "sp":
        evidence["staff"] = subject.split("\x1f")[1:]
    return (
        _hash(f"{code}\x1f{subject}\x1f{customer_id}")[:32], code, customer_id,
        subject.split("\x1f")[1] if kind == "s" else "", score, start, end,
        json.dumps(evidence, sort_keys=True),
    )  # fmt: skip


def defined_pools(members: Members) -> set[frozenset[str]]:
    """Pools of three customers or more: whoever shares a group with one of a pool is of it."""

    def pool_of(customers: frozenset[str]) -> frozenset[str]:
        groups = {group for one in customers for group in members[one].groups}
        wider = customers | {one for one in members if groups & set(members[one].groups)}
        return customers if wider == customers else pool_of(wider)

    pools = {pool_of(frozenset({one})) for one in members}
    return {pool for pool in pools if len(pool) >= 3}


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
