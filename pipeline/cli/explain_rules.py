"""Why each rule applies to an add or does not, in words with the values that it used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from pipeline.core.rules import ALL_RULES
from pipeline.core.rules.out_of_province import allowed
from pipeline.core.rules.transferred import TRANSFER_WAYS
from pipeline.i18n import N_
from sinks.duckdb.explain import Explained
from sinks.reports.width import clean

__all__ = ["Judged", "judge_rules", "moment"]


class Said(NamedTuple):
    """A message of the catalogue and its values."""

    message: str
    values: dict[str, Any]


class Judged(NamedTuple):
    """A rule and its outcome: ``codes`` are the reasons it gave, none where it does not apply."""

    code: str
    codes: list[str]
    why: str


def judge_rules(found: Explained, gettext: Callable[[str], str]) -> list[Judged]:
    """Every rule in the contract's order."""
    reasons: list[str] = found.add["reasons"]
    judged = []
    for rule in ALL_RULES:
        codes = [code for code in reasons if _family(code) == rule.code]
        said = _WHY[rule.code](_View(found, bool(codes)))
        values = {name: clean(str(value)) for name, value in said.values.items()}
        judged.append(Judged(rule.code, codes, gettext(said.message) % values))
    return judged


def moment(time: str) -> str:
    """2026-11-20 09:30:15.25 of an RFC 3339 text with an offset: local, no zeros at the end."""
    second, _, fraction = time[:-6].partition(".")
    fraction = fraction.rstrip("0")
    return second.replace("T", " ") + (f".{fraction}" if fraction else "")


def _family(code: str) -> str:
    return "fake_*" if code.startswith("fake_") else code


class _View:
    """What the sentences are made of."""

    def __init__(self, found: Explained, applies: bool) -> None:
        self.found = found
        self.applies = applies
        self.add = found.add
        self.facts: dict[str, Any] = found.add["facts"]
        self.events: dict[str, Any] = self.facts["events"]
        self.policy = found.policy
        self.crm: dict[str, Any] = self.facts.get("crm", {})

    @property
    def bank(self) -> dict[str, Any]:
        return {"bank": self.crm.get("bank_customer_id")}

    @property
    def verified(self) -> bool:
        return "verified" in self.events

    def time(self, event: str) -> str:
        return moment(self.events[event]["time"])


def _transferred(view: _View) -> Said:
    way = {"way": view.add["add_way"]}
    if view.add["add_way"] in TRANSFER_WAYS:
        return Said(N_("WeCom's add_way is %(way)s: the customer was handed over."), way)
    if view.applies:
        time = {"time": view.time("transferred")}
        return Said(
            N_("A colleague handed the customer over at %(time)s, not after the add."), time
        )
    return Said(N_("WeCom's add_way is %(way)s, and no handover came before the add."), way)


def _not_first_time(view: _View) -> Said:
    if "earlier_add" not in view.events:
        return Said(N_("It is the customer's first add in the bank."), {})
    if not view.applies:
        return Said(
            N_("Not asked: first_time.scope is staff, each staff member's first counts."), {}
        )
    values = {"staff": view.events["earlier_add"]["staff_id"], "time": view.time("earlier_add")}
    return Said(N_("Staff member %(staff)s added the customer before, at %(time)s."), values)


def _fake(view: _View) -> Said:
    score, threshold = view.add["fake_score"], view.policy["fake.threshold"]
    values = {"score": f"{score:.6f}", "threshold": threshold}
    if not view.add["evidence"]:
        return Said(N_("There is no evidence of a fake account."), {})
    if view.applies:
        return Said(N_("The fake score %(score)s reaches the threshold %(threshold)s."), values)
    if score < threshold:
        return Said(N_("The fake score %(score)s is below the threshold %(threshold)s."), values)
    case = view.found.case
    if case is None or case["decision"] != "dismissed":
        return Said(  # a decision since then came too late, the month is sealed
            N_(
                "The fake score %(score)s reaches the threshold %(threshold)s, "
                "but the case was dismissed when it was judged."
            ),
            values,
        )
    values |= {"by": case["by"], "at": moment(case["at"])}
    return Said(
        N_(
            "The fake score %(score)s reaches the threshold %(threshold)s, "
            "but %(by)s dismissed the case at %(at)s."
        ),
        values,
    )


def _employee(view: _View) -> Said:
    if not view.verified:
        return _NOT_VERIFIED
    if not view.crm["row"]:
        return Said(_NO_ROW, view.bank)
    if not view.crm["employee"]:
        return Said(N_("Bank customer %(bank)s is no employee."), view.bank)
    if view.applies:
        return Said(N_("Bank customer %(bank)s is an employee of the bank."), view.bank)
    return Said(
        N_("Bank customer %(bank)s is an employee, which allow_employees lets pass."), view.bank
    )


def _duplicate_identity(view: _View) -> Said:
    if not view.verified:
        return _NOT_VERIFIED
    earlier = view.events.get("earlier_identity")
    if earlier is None:
        return Said(
            N_("No other account was verified as bank customer %(bank)s before."), view.bank
        )
    values = view.bank | {
        "customer": earlier["customer_id"],
        "time": view.time("earlier_identity"),
    }
    if view.applies:
        return Said(
            N_("Account %(customer)s was verified as bank customer %(bank)s before, at %(time)s."),
            values,
        )
    return Said(
        N_("Account %(customer)s was verified before, which allow_shared_identity lets pass."),
        values,
    )


def _removed_early(view: _View) -> Said:
    days = {"days": view.policy["keep_days"]}
    if view.applies:
        values = days | {"time": view.time("removed")}
        return Said(N_("Removed at %(time)s, within %(days)s × 24 hours of the add."), values)
    return Said(N_("No removal by staff or customer within %(days)s × 24 hours of the add."), days)


def _unverified(view: _View) -> Said:
    if view.verified:
        values = view.bank | {"time": view.time("verified")}
        return Said(N_("Verified at %(time)s as bank customer %(bank)s."), values)
    if not view.applies:
        return Said(N_("Not asked: the policy requires no verification."), {})
    until = {"time": moment(view.add["pending_until"])}
    if _over(view.found):
        return Said(N_("Not verified, and the time for it was over at %(time)s."), until)
    if view.found.sealed:
        return Said(N_("Not verified when the month was sealed."), {})
    return Said(N_("Not verified yet; a verification until %(time)s keeps it in time."), until)


def _over(found: Explained) -> bool:
    """Whether the days to verify were over by *as of*, in a sealed month by that of its seal.

    The verdict does not tell: an earlier reason may be what it rests on.
    """
    at = found.sealed_as_of or found.as_of
    until = datetime.fromisoformat(found.add["pending_until"])
    return at is not None and datetime.fromisoformat(at) > until


def _no_account(view: _View) -> Said:
    if not view.policy["account.required"]:
        return Said(N_("Not asked: the policy requires no account."), {})
    if not view.verified:
        return _NOT_VERIFIED
    if not view.crm["row"]:
        return Said(_NO_ROW, view.bank)
    day = {"day": view.crm["account_opened_on"]}
    if day["day"] is None:
        return Said(N_("The CRM has no opening day for the account of %(bank)s."), view.bank)
    if view.applies:
        return Said(N_("The account was opened on %(day)s, after the add's month."), day)
    return Said(N_("The account was opened on %(day)s, in time for the add's month."), day)


def _not_own_customer(view: _View) -> Said:
    if not view.policy["own_customer.required"]:
        return Said(N_("Not asked: the policy does not require own customers."), {})
    role = view.facts["staff"]["role"]
    if role is not None and role not in view.policy["own_customer.roles"]:
        return Said(
            N_("Not asked: staff of the role %(role)s are not judged by it."), {"role": role}
        )
    if not view.verified:
        return _NOT_VERIFIED
    manager = view.crm["manager_on_day"]
    if manager is None and view.applies:
        return Said(N_("On the add's day bank customer %(bank)s had no manager."), view.bank)
    if manager is None:
        return Said(
            N_(
                "Bank customer %(bank)s had no manager, "
                "which own_customer.allow_unassigned lets pass."
            ),
            view.bank,
        )
    if view.applies:
        values = view.bank | {"manager": manager}
        return Said(N_("On the add's day bank customer %(bank)s was %(manager)s's."), values)
    return Said(N_("On the add's day bank customer %(bank)s was this staff member's."), view.bank)


def _out_of_province(view: _View) -> Said:
    home, counted = view.facts["staff"]["province"], view.facts["province"]
    values = {"province": counted["value"], "home": home}
    if "k" in counted:
        return _ranked(values, counted)
    if home is None:
        return Said(N_("Not asked: the staff member's province is not known."), {})
    if counted["value"] is None:
        return Said(N_("Not asked: the customer's province is not known."), {})
    if counted["value"] == home:
        return Said(N_("The customer is in the staff member's province %(home)s."), values)
    return Said(N_("Not asked: an earlier reason applies."), {})


def _ranked(values: dict[str, Any], counted: dict[str, Any]) -> Said:
    bound = allowed(counted["i"], Fraction(counted["L"]))
    values |= {"k": counted["k"], "i": counted["i"], "limit": counted["L"], "bound": bound}
    if bound is None:
        return Said(
            N_("%(province)s is not %(home)s, but the limit %(limit)s sets no bound."), values
        )
    return Said(
        N_(
            "%(province)s is not %(home)s: number %(k)s of the month's adds out of the province, "
            "where %(i)s in it allow %(bound)s (limit %(limit)s)."
        ),
        values,
    )


_NOT_VERIFIED = Said(N_("Not asked: the customer is not verified."), {})
_NO_ROW = N_("The CRM has no row of bank customer %(bank)s.")

_WHY: dict[str, Callable[[_View], Said]] = {
    "transferred": _transferred,
    "not_first_time": _not_first_time,
    "fake_*": _fake,
    "employee": _employee,
    "duplicate_identity": _duplicate_identity,
    "removed_early": _removed_early,
    "unverified": _unverified,
    "no_account": _no_account,
    "not_own_customer": _not_own_customer,
    "out_of_province": _out_of_province,
}
