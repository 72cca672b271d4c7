"""The policy: the bank's own parameters of the rules, as TOML text with a version and a date.

Pure: text in, `Policy` out; reading the file is the caller's work. The keys are the contract's,
and three of our own: `fake.prior`, `[fake.weights]` and `[fake.caps]`, integers in millionths of
log-odds. A policy that names some weights or caps keeps the defaults of the others.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from pipeline.core import policy_values as read
from pipeline.core.calendar import day_of
from pipeline.core.detectors.base import CAP, CAPS, CODES, FULL
from pipeline.core.errors import PolicyError
from pipeline.core.toml_lines import KeyPath, key_lines, line_of

__all__ = ["DEFAULT_POLICY", "KEYS", "ROLES", "Policy", "PolicySet", "parse_policy"]

ROLES = ("head", "manager", "teller", "middle_office")

# With it the threshold is a point above what any family may add alone (CAP), but for haste: two
# must agree, and the second must bring more than a trace (docs/detection.md).
_PRIOR = -7_500_000
_CODES = (*CODES, "fake_cohort")
_WEIGHTS = {**dict.fromkeys(_CODES, FULL), "lawful_contact": -FULL}
_CAPS = {**dict.fromkeys((*_CODES, "lawful_contact"), CAP), **CAPS}
_MOST_LOG_ODDS = 1_000_000_000
_MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. Attributes are the keys with "_" for "."; `toml` is the text as it was given.

    keep_days and verify_within_days are in days of 24 hours, fake_prior, fake_weights and
    fake_caps in millionths of log-odds; out_of_province_limit is exact.
    """

    version: str
    effective_from: date
    author: str | None = None
    reason: str | None = None
    toml: str = ""
    first_time_scope: str = "bank"
    fake_threshold: float = 0.95
    fake_prior: int = _PRIOR
    # Plain dicts, not mapping proxies: policies are pickled to worker processes.
    fake_weights: Mapping[str, int] = field(default_factory=lambda: dict(_WEIGHTS))
    fake_caps: Mapping[str, int] = field(default_factory=lambda: dict(_CAPS))
    allow_employees: bool = False
    allow_shared_identity: bool = False
    keep_days: int = 7
    verification_required: bool = True
    verify_within_days: int = 30
    account_required: bool = True
    own_customer_required: bool = True
    own_customer_allow_unassigned: bool = False
    own_customer_roles: frozenset[str] = frozenset({"manager"})
    out_of_province_limit: Fraction = Fraction(1, 5)

    def __hash__(self) -> int:
        """By the version alone: what is remembered by policy is asked for at every add."""
        return hash(self.version)

    def values(self) -> dict[str, object]:
        """What the rules use, by dotted key, ready for JSON: exact decimals as text."""
        return {key: self._shown(key) for key in KEYS if key not in _ABOUT}

    def _shown(self, key: str) -> object:
        value = getattr(self, _attribute(key))
        if isinstance(value, Fraction):
            return read.decimal_text(value)
        if isinstance(value, frozenset):
            return [role for role in ROLES if role in value]
        return dict(sorted(value.items())) if isinstance(value, Mapping) else value


_ABOUT = ("version", "effective_from", "author", "reason")

#: Every key a policy may have, and the reader of its value.
KEYS: Mapping[str, Callable[[object], object]] = {
    "version": read.label,
    "effective_from": read.day,
    "author": read.note,
    "reason": read.note,
    "first_time.scope": read.choice("bank", "staff"),
    "fake.threshold": read.probability,
    "fake.prior": read.whole_number(-_MOST_LOG_ODDS, _MOST_LOG_ODDS),
    "fake.weights": read.families(-_MOST_LOG_ODDS, _MOST_LOG_ODDS),
    "fake.caps": read.families(0, _MOST_LOG_ODDS),
    "allow_employees": read.flag,
    "allow_shared_identity": read.flag,
    "keep_days": read.whole_number(0, _MOST_DAYS),
    "verification.required": read.flag,
    "verify_within_days": read.whole_number(0, _MOST_DAYS),
    "account.required": read.flag,
    "own_customer.required": read.flag,
    "own_customer.allow_unassigned": read.flag,
    "own_customer.roles": read.roles(ROLES),
    "out_of_province.limit": read.exact_decimal,
}
_TABLES = frozenset(key.rpartition(".")[0] for key in KEYS if "." in key)
_REQUIRED = {"version": 'version = "2026-11"', "effective_from": "effective_from = 2026-11-01"}
_DEFAULT_TABLES = {"fake_weights": _WEIGHTS, "fake_caps": _CAPS}


def parse_policy(toml_text: str, name: str = "policy") -> Policy:
    """Reads a policy; raises `PolicyError`, its message beginning with `name` and the line."""
    text = toml_text.removeprefix("\ufeff")
    document = _load(text, name)
    found: dict[str, object] = {}
    try:
        _walk(document, (), found)
        _check_required(found)
    except _MistakeError as mistake:
        line = line_of(key_lines(text), mistake.path)
        raise mistake.located(name, line) from None
    for table, defaults in _DEFAULT_TABLES.items():
        given = found.get(table)
        if isinstance(given, dict):
            found[table] = {**defaults, **given}
    return Policy(toml=toml_text, **found)  # type: ignore[arg-type]  # KEYS gives the types


#: What holds without any policy.
DEFAULT_POLICY = Policy(
    version="default",
    effective_from=date(1970, 1, 1),
    toml='version = "default"\neffective_from = 1970-01-01\n',
)


class PolicySet:
    """The policies of a deployment; which one judges an add depends on the add's day.

    A later policy of the same version replaces the earlier one. Raises `PolicyError` where two
    versions have one effective_from: then nobody could say which of them is in force.
    """

    def __init__(self, policies: Iterable[Policy] = ()) -> None:
        by_version = {policy.version: policy for policy in policies}
        #: Those in force at some time and the default, by version.
        self.by_version = {DEFAULT_POLICY.version: DEFAULT_POLICY, **by_version}
        #: In the order of effective_from.
        self.policies = tuple(sorted(by_version.values(), key=lambda p: p.effective_from))
        for earlier, later in zip(self.policies, self.policies[1:], strict=False):
            if earlier.effective_from == later.effective_from:
                raise _same_start(earlier, later)
        self._starts = [day_of(policy.effective_from) for policy in self.policies]

    def in_force(self, day: int) -> Policy:
        """The policy of a day, given as days since 1970-01-01."""
        if not self.policies:
            return DEFAULT_POLICY
        return self.policies[max(bisect_right(self._starts, day) - 1, 0)]


class _MistakeError(Exception):
    """A mistake whose line is still to be looked up."""

    def __init__(self, path: KeyPath, sentence: str, suggestion: str | None = None) -> None:
        super().__init__(sentence)
        self.path = path
        self.suggestion = suggestion

    def located(self, name: str, line: int) -> PolicyError:
        hint = f" Did you mean {self.suggestion}?" if self.suggestion else ""
        return PolicyError(
            f"{name}:{line}: {self}{hint}",
            file=name,
            line=line,
            key=_dotted(self.path),
            suggestion=self.suggestion,
        )


def _load(text: str, name: str) -> dict[str, object]:
    try:
        return tomllib.loads(text, parse_float=read.parse_decimal)
    # ValueError: TOMLDecodeError, and a number of more digits than Python reads.
    except (ValueError, RecursionError) as error:
        place = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
        line = int(place[1]) if place else text.rstrip("\n").count("\n") + 1
        what = str(error) if place is None else f"{str(error)[: place.start()]}, column {place[2]}"
        sentence = f"{name}:{line}: This is not valid TOML: {what}. Correct the line."
        raise PolicyError(sentence, file=name, line=line) from None


def _walk(table: Mapping[str, object], above: KeyPath, found: dict[str, object]) -> None:
    for name, value in table.items():
        path = (*above, name)
        key = _dotted(path)
        if key in KEYS:
            found[_attribute(key)] = _read(key, path, value)
        elif key not in _TABLES:
            raise _unknown(path)
        elif isinstance(value, dict):
            _walk(value, path, found)
        else:
            keys = ", ".join(k for k in KEYS if k.startswith(f"{key}."))
            raise _MistakeError(path, f"{key} is a table with the keys {keys}; give one of these.")


def _read(key: str, path: KeyPath, value: object) -> object:
    try:
        return KEYS[key](value)
    except read.BadValueError as bad:
        full = path + bad.below
        suggestion = f'"{bad.suggestion}"' if bad.suggestion else None
        raise _MistakeError(full, f"{_dotted(full)} {bad}.", suggestion) from None


def _unknown(path: KeyPath) -> _MistakeError:
    key = _dotted(path)
    suggestion = _suggest(path)
    if suggestion is None:
        return _MistakeError(path, f"{key} is no key of a policy. The keys are: {', '.join(KEYS)}.")
    sentence = f"{key} is no key of a policy."
    if len(path) > 1 and "." not in suggestion:
        sentence += " What follows a [table] line belongs to that table: move it above the first."
    return _MistakeError(path, sentence, suggestion)


def _suggest(path: KeyPath) -> str | None:
    """The key with the same last name, else the most alike."""
    same = [key for key in KEYS if key.rpartition(".")[2] == path[-1]]
    if len(same) == 1:
        return same[0]
    candidates = [*KEYS, *sorted(_TABLES - KEYS.keys())]
    return read.closest(".".join(path), candidates) or read.closest(path[-1], candidates)


def _check_required(found: Mapping[str, object]) -> None:
    for key, example in _REQUIRED.items():
        if key not in found:
            raise _MistakeError((key,), f"{key} is missing. Add a line such as: {example}")


def _same_start(earlier: Policy, later: Policy) -> PolicyError:
    return PolicyError(
        f"The policies {earlier.version} and {later.version} both have effective_from "
        f"{later.effective_from}: give one of them another day.",
        key="effective_from",
    )


def _attribute(key: str) -> str:
    return key.replace(".", "_")


def _dotted(path: KeyPath) -> str:
    """The path as TOML writes it: a name with a dot or a space in it is quoted."""
    return ".".join(name if re.fullmatch(r"[\w-]+", name) else f'"{name}"' for name in path)
