"""The one model of a gathering: its knobs, and how they are drawn.

A crowd at a fair and an order of bought friends are both a gathering. They differ by the regions
that their knobs are drawn from, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bench.detection.randomised.dice import Dice
from bench.detection.randomised.ranges import Log, Pick, Region, Share

__all__ = ["DAY", "GENERAL", "HOUR", "MINUTE", "Knobs", "adds_each", "drawn", "redrawn"]

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class Knobs:
    """Times are seconds, shares 0 to 1.

    - Who and when: ``people`` in a round that lasts ``duration`` with a ``rhythm``; ``rounds``, in
      each of which a share ``turnover`` of the people is new and ``same_staff`` says how probably
      the staff is that of the round before; ``known``, how probably the people of an earlier
      gathering of the kind come.
    - Staff: ``staff`` of them within ``reach``. A share ``several`` of the people adds more than
      one, each further one with probability ``breadth``: by the list with ``prefix``, in any order
      with ``shuffled``. ``gap`` is the median between two adds of one person, ``gap_spread`` that
      of people, ``twin`` the share whose first two come within two seconds. ``decoys`` is the
      share of adds followed by one of a staff member outside the list.
    - Page: ``seen`` of the adds with an address, ``line`` and the share ``on_line`` of people who
      use it, ``devices`` shared by ``on_device`` of the people; ``wecom`` accounts, ``ways``,
      ``channel``.
    - Identity: ``verify`` of the people, ``when``, by ``app``; ``customers`` of them have had an
      account, ``opening`` of the others open one, ``strangers`` of the rest have no row in the
      CRM; ``borrowed`` use a number that ``borrowers`` use. ``foreign`` live elsewhere, ``away``
      claim a province that their address is not in.
    - Afterwards: ``leave`` (share of people), after ``stay``, from a share ``leave_all`` of their
      staff; ``dropped`` is the share of leaves that staff make. ``write`` of the people, after
      ``silence``, ``answered``; ``business`` of them are seen later; ``chat`` join a group;
      ``routine`` add somebody by themselves at another time.
    """

    people: float
    duration: float
    rhythm: str
    rounds: float
    turnover: float
    same_staff: float
    known: float
    staff: float
    reach: str
    several: float
    breadth: float
    prefix: float
    shuffled: float
    gap: float
    gap_spread: float
    twin: float
    decoys: float
    seen: float
    line: str
    on_line: float
    devices: float
    on_device: float
    wecom: float
    ways: str
    channel: float
    verify: float
    when: str
    app: float
    customers: float
    opening: float
    strangers: float
    borrowed: float
    borrowers: float
    foreign: float
    away: float
    leave: float
    stay: float
    leave_all: float
    dropped: float
    write: float
    silence: float
    answered: float
    business: float
    chat: float
    routine: float


GENERAL: Region = {
    "people": Log(4, 300),
    "duration": Log(MINUTE, 20 * DAY),
    "rhythm": Pick({"burst": 1, "bursts": 1, "drip": 1, "office": 1}),
    "rounds": Log(1, 5),
    "turnover": Share(0.3, 1),
    "same_staff": Share(0, 1),
    "known": Share(0, 0.4),
    "staff": Log(1, 20),
    "reach": Pick({"branch": 4, "province": 2, "bank": 2}),
    "several": Share(0, 1, 3),
    "breadth": Share(0, 1, 1.5),
    "prefix": Share(0, 1),
    "shuffled": Share(0, 1),
    "gap": Log(3, 4 * DAY),
    "gap_spread": Log(0.2, 1.8),
    "twin": Share(0, 1, 6),
    "decoys": Share(0, 0.3, 2),
    "seen": Share(0, 1),
    "line": Pick({"own": 4, "one": 2, "few": 2, "carrier": 2}),
    "on_line": Share(0, 1),
    "devices": Log(1, 60),
    "on_device": Share(0, 1, 4),
    "wecom": Share(0, 0.6, 4),
    "ways": Pick({"scan": 4, "search": 2, "card": 2, "group": 2, "phone": 1, "page": 2}),
    "channel": Share(0, 1),
    "verify": Share(0, 1),
    "when": Pick({"before": 1, "once": 2, "days": 2}),
    "app": Share(0, 0.7, 2),
    "customers": Share(0, 1),
    "opening": Share(0, 0.9),
    "strangers": Share(0, 1),
    "borrowed": Share(0, 0.5, 4),
    "borrowers": Log(2, 20),
    "foreign": Share(0, 0.7, 2),
    "away": Share(0, 0.6, 3),
    "leave": Share(0, 0.9, 2.5),
    "stay": Log(5 * MINUTE, 20 * DAY),
    "leave_all": Share(0, 1),
    "dropped": Share(0, 0.5, 3),
    "write": Share(0.02, 0.8, 1.3),
    "silence": Log(MINUTE, 8 * DAY),
    "answered": Share(0.2, 1),
    "business": Share(0, 0.7),
    "chat": Share(0, 0.8, 4),
    "routine": Share(0, 0.25, 2),
}
"""As wide as life: what a region leaves open, and what any gathering may stray into."""


def drawn(
    dice: Dice, region: Region, tilts: Mapping[str, float], other: Region, share: float
) -> Knobs:
    """Each knob from the region, or with probability ``share`` from the other one, and where
    neither says anything of it from GENERAL."""
    found = {}
    for name, general in GENERAL.items():
        some = other if dice.chance(share) else region
        found[name] = some.get(name, general).draw(dice, tilts.get(name, 0.0))
    return Knobs(**found)  # type: ignore[arg-type]


def redrawn(dice: Dice, knobs: Knobs, others: Knobs, names: Iterable[str], share: float) -> Knobs:
    """The same with some of these knobs, each with probability ``share``, as others have them."""
    some = {name: getattr(others, name) for name in names if dice.chance(share)}
    return replace(knobs, **some)


def adds_each(knobs: Knobs) -> float:
    """About so many adds a person makes."""
    more = knobs.several * (1 + knobs.breadth * max(0.0, knobs.staff - 2))
    return (1 + min(more, knobs.staff)) * (1 + knobs.decoys)
