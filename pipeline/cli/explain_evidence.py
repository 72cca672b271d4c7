"""What the evidence against an add says, in words: who else, where, when, and how they look."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline.cli.explain_rules import moment
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
    if _are_places(detail, _OWN):
        return _(N_("; ")).join(_own(detail, _))
    return ", ".join(f"{name} = {_plain(value)}" for name, value in detail.items())


def _is_of_group(detail: Mapping[str, Any]) -> bool:
    """Whether a ``GroupDetector`` made it."""
    return (
        str(detail.get("by")) in _COMPANY
        and {"others", "group", "scale"} <= detail.keys()
        and _are_places(detail.get("quarters"), _SHARES)
    )


def _are_places(level: object, known: Mapping[str, object]) -> bool:
    return isinstance(level, dict) and all(
        part in known and isinstance(place, int) and place >= 0 for part, place in level.items()
    )


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _company(detail: Mapping[str, Any], window: tuple[str, str] | None, _: Gettext) -> str:
    company = _COMPANY[detail["by"]]
    where = _(company) % {
        "others": detail["others"],
        "staff": _(N_(" and ")).join(map(str, detail.get("staff", ()))),
        "when": _when(window, detail["scale"], _),
        "group": str(detail["group"])[:8],
    }
    shares = _(N_("; ")).join(_shares(detail["quarters"], _))
    return _(N_("%(where)s. Of these others: %(shares)s")) % {"where": where, "shares": shares}


def _when(window: tuple[str, str] | None, scale: str, _: Gettext) -> str:
    if window is None or scale == "month":
        return _(N_("in this month"))
    start, end = (moment(time)[:16] for time in window)
    end = end[11:] if end[:10] == start[:10] else end
    return _(N_("between %(start)s and %(end)s")) % {"start": start, "end": end}


def _shares(quarters: Mapping[str, int], _: Gettext) -> Iterator[str]:
    for part, place in quarters.items():
        message = _SHARES[part]
        share = _QUARTERS[min(place, 4)]
        yield _(message) % {"share": share and _(share), "mean": f"{place / 4:g}"}
    if not quarters:
        yield _(N_("nothing that speaks against them but their number"))


def _own(level: Mapping[str, int], _: Gettext) -> Iterator[str]:
    for part, place in level.items():
        message = _OWN[part][place % len(_OWN[part])]  # the place of a pace tells the adds, too
        yield _(message)


_QUARTERS = (
    "",
    N_("a quarter or more"),
    N_("half or more"),
    N_("three quarters or more"),
    N_("nearly all"),
)

_COMPANY = {
    "s": N_(
        "At least %(others)s other customers came to staff member %(staff)s %(when)s "
        "(group %(group)s)"
    ),
    "p": N_(
        "At least %(others)s other customers also added both %(staff)s %(when)s (group %(group)s)"
    ),
    "d": N_(
        "At least %(others)s other customers share the device that was seen %(when)s "
        "(group %(group)s)"
    ),
    "i": N_(
        "At least %(others)s other customers share the address that was seen %(when)s "
        "(group %(group)s)"
    ),
    "b": N_(
        "At least %(others)s other customers verified with the same bank number %(when)s "
        "(group %(group)s)"
    ),
}
"""By the kind of subject."""

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
    "alike": N_("this customer is suspected itself, too"),
    "haste": N_("three quarters or more added the two within ten seconds, as this customer did"),
}
"""By the part of a level: see ``levels.py``."""

_ADDS = (
    N_("added one staff member"),
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
        N_("stayed"),
        N_("was removed early"),
        N_("added two staff members and was removed early"),
        N_("added three staff members and was removed early"),
        N_("added four or five staff members and was removed early"),
        N_("added six to eight staff members and was removed early"),
        N_("added nine staff members or more and was removed early"),
    ),
    "removed": (
        N_("stayed"),
        N_("some of its adds were removed early"),
        N_("most of its adds were removed early"),
    ),
    "identity": (
        N_("not verified"),
        N_("verified as somebody whom the bank does not know"),
        N_("verified, without an account by the end of the month"),
        N_("verified, with an account"),
    ),
    "shared": (N_("a number of its own"), N_("verified with the number of an earlier customer")),
    "elsewhere": (
        N_("the province of its address"),
        N_("claims another province than its address is in"),
    ),
    "silent": (N_("wrote a message"), N_("never wrote a message")),
    "hurry": (
        N_("no two adds within an hour"),
        N_("added two staff members within an hour"),
        N_("added two staff members within a minute"),
        N_("added two staff members within ten seconds"),
        N_("added three staff members in a row, five seconds at most from each to the next"),
    ),
    "contact": (
        N_("no contact known"),
        N_("wrote a message"),
        N_("has an account"),
        N_("wrote a message and has an account"),
    ),
    "single": (N_("added several staff members"), N_("added one staff member only, and stayed")),
}
"""By the part of a customer's own level, a message for each place."""
