"""What the evidence against an add says, in words: who else, where, when, and how they look."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline.cli.explain_rules import moment
from pipeline.core.detectors.group import EXACT
from pipeline.core.detectors.levels import ALIKE, HASTE, SIZES
from pipeline.i18n import N_

__all__ = ["said_by"]

Gettext = Callable[[str], str]


def said_by(row: Mapping[str, Any], _: Gettext) -> str:
    """The sentence of one row of ``adds.evidence``, with the signal's ``window`` (two times or
    None). What another version or another writer of signals gave is shown as it is.
    """
    detail = row["detail"]
    if not isinstance(detail, dict):
        return f"detail = {_plain(detail)}"
    if _is_of_group(detail):
        return _company(detail, row.get("window"), _)
    if all(_is_own(part, place) for part, place in detail.items()):
        return _(N_("; ")).join(_own(detail, _))
    return ", ".join(f"{name} = {_plain(value)}" for name, value in detail.items())


def _is_of_group(detail: Mapping[str, Any]) -> bool:
    """Whether a ``GroupDetector`` made it."""
    by, quarters = detail.get("by"), detail.get("quarters")
    return (
        isinstance(by, str)
        and by in _COMPANY
        and {"others", "group", "scale"} <= detail.keys()
        and _is_whole(detail["others"], _MANY_OTHERS)
        and (by not in _AT_STAFF or isinstance(detail.get("staff"), list))
        and isinstance(quarters, dict)
        and all(_is_share(part, place) for part, place in quarters.items())
    )


def _is_share(part: str, place: object) -> bool:
    return part in (*_SHARES, ALIKE) and _is_whole(place, _MOST.get(part, len(_QUARTERS) - 1))


def _is_own(part: str, place: object) -> bool:
    times = len(_ADDS) if part == "pace" else 1  # its place tells the adds, too
    return part in _OWN and _is_whole(place, len(_OWN[part]) * times - 1)


def _is_whole(number: object, most: int) -> bool:
    return type(number) is int and 0 <= number <= most


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _company(detail: Mapping[str, Any], window: tuple[str, str] | None, _: Gettext) -> str:
    company, others = _COMPANY[detail["by"]], detail["others"]
    large = others > EXACT
    where = _(company) % {
        "number": _(_ABOUT if large else _AT_LEAST) % {"others": others},
        "staff": _(N_(" and ")).join(map(str, detail.get("staff", ()))),
        "when": _when(window, detail["scale"], _),
        "group": str(detail["group"])[:8],
    }
    quarters = dict(detail["quarters"])
    alike = quarters.pop(ALIKE, 0)
    shares = _(N_("; ")).join(_shares(quarters, _))
    found = _(_ROUGHLY if large else _OF_THESE) % {"where": where, "shares": shares}
    return _(_ALIKE) % {"found": found} if alike else found


def _when(window: tuple[str, str] | None, scale: str, _: Gettext) -> str:
    if window is None:
        return _(N_("in the month of this add"))
    start, end = (moment(time)[:16] for time in window)
    if scale == "month":
        return _(N_("in %(month)s")) % {"month": start[:7]}
    end = end[11:] if end[:10] == start[:10] else end
    return _(N_("between %(start)s and %(end)s")) % {"start": start, "end": end}


def _shares(quarters: Mapping[str, int], _: Gettext) -> Iterator[str]:
    for part, place in quarters.items():
        message = _SHARES[part]
        share = _QUARTERS[min(place, len(_QUARTERS) - 1)]
        yield _(message) % {"share": share and _(share), "mean": f"{place / 4:g}"}
    if not quarters:
        yield _(N_("nothing that speaks against them but their number"))


def _own(level: Mapping[str, int], _: Gettext) -> Iterator[str]:
    for part, place in level.items():
        message = _OWN[part][place % len(_OWN[part])]
        if message:
            yield _(message)


_MANY_OTHERS = 1_000_000
_MOST = {"locked": 12, ALIKE: 12, HASTE: len(SIZES)}
"""The greatest place of parts that are no quarters."""

_AT_STAFF = "sp"

_AT_LEAST = N_("At least %(others)s")
_ABOUT = N_("About %(others)s or more")
"""Sums of large groups are kept by steps."""

_ALIKE = N_("%(found)s. This customer is suspected itself, too")
_OF_THESE = N_("%(where)s. Of these others: %(shares)s")
_ROUGHLY = N_("%(where)s. Of these others, roughly: %(shares)s")

_QUARTERS = (
    "",
    N_("a quarter or more"),
    N_("half or more"),
    N_("three quarters or more"),
    N_("nearly all"),
)

_COMPANY = {
    "s": N_("%(number)s other customers came to staff member %(staff)s %(when)s (group %(group)s)"),
    "p": N_("%(number)s other customers also added both %(staff)s %(when)s (group %(group)s)"),
    "d": N_(
        "%(number)s other customers with adds %(when)s share a device with this one "
        "(group %(group)s)"
    ),
    "i": N_(
        "%(number)s other customers with adds %(when)s share an address with this one "
        "(group %(group)s)"
    ),
    "b": N_(
        "%(number)s other customers with adds %(when)s verified with the same bank number as this "
        "one (group %(group)s)"
    ),
}
"""By the kind of subject. Links are for life, so it is the adds that are of a time."""

_SHARES = {
    "several": N_("%(share)s added two staff members or more"),
    "many": N_("%(share)s added five staff members or more"),
    "removed": N_("%(share)s were removed early"),
    "stranger": N_("%(share)s verified and have no account"),
    "wrote": N_("%(share)s wrote a message"),
    "elsewhere": N_("%(share)s claim another province than their address is in"),
    "shared": N_("%(share)s verified with the number of an earlier customer"),
    "quick": N_("%(share)s added the two within ten seconds"),
    "hurried": N_("%(share)s added two staff members within a minute"),
    "instant": N_("%(share)s added two staff members within ten seconds"),
    "script": N_("%(share)s added three staff members like a script"),
    "sound": N_("%(share)s have an account"),
    "locked": N_("they are suspected themselves, %(mean)s of 3 on average"),
    "haste": N_("three quarters or more added the two within ten seconds, as this customer did"),
}
"""By the part of a level: see ``levels.py``."""

_ADDS = (
    "",
    N_("added two staff members in the month"),
    N_("added three staff members in the month"),
    N_("added four or five staff members in the month"),
    N_("added six to eight staff members in the month"),
    N_("added nine staff members or more in the month"),
)

_OWN = {
    "adds": _ADDS,
    "customer_adds": _ADDS,
    "pace": (
        N_("all within a minute"),
        N_("all within an hour"),
        N_("all within a day"),
        N_("all within a week"),
        N_("over a week or more"),
    ),
    "leaves": (
        "",
        N_("was removed early"),
        N_("added two staff members, and some of these adds were removed early"),
        N_("added three staff members, and some of these adds were removed early"),
        N_("added four or five staff members, and some of these adds were removed early"),
        N_("added six to eight staff members, and some of these adds were removed early"),
        N_("added nine staff members or more, and some of these adds were removed early"),
    ),
    "removed": (
        "",
        N_("some of its adds were removed early"),
        N_("most of its adds were removed early"),
    ),
    "identity": (
        "",
        N_("verified as somebody whom the bank does not know"),
        N_("verified, without an account by the end of the month"),
        N_("verified, with an account"),
    ),
    "shared": ("", N_("verified with the number of an earlier customer")),
    "elsewhere": ("", N_("claims another province than its address is in")),
    "silent": ("", N_("never wrote a message")),
    "hurry": (
        "",
        N_("added two staff members within an hour"),
        N_("added two staff members within a minute"),
        N_("added two staff members within ten seconds"),
        N_("added three staff members in a row, five seconds at most from each to the next"),
    ),
    "contact": (
        "",
        N_("wrote a message"),
        N_("has an account"),
        N_("wrote a message and has an account"),
    ),
    "single": ("", N_("added one staff member only, and stayed")),
}
"""By the part of a customer's own level, a message for each place; evidence leaves out places of
0."""
