"""Section 2 of the contract: reference rows, policies and the table of ip addresses."""

from __future__ import annotations

import csv
import ipaddress
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.core.policy import DEFAULT_POLICY
from tests.definition.fields import PROVINCES
from tests.definition.reader import BOM, Refused, instant, parsed_ip, strict_json

ROLES = ("head", "manager", "teller", "middle_office")


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise Refused("bad_reference")
    return value


def day(value: Any) -> date:
    if len(text(value)) != 10:
        raise Refused("bad_reference")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Refused("bad_reference") from None


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Refused("bad_reference")
    return value


def texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise Refused("bad_reference")
    return [text(item) for item in value]


def province(value: Any) -> str | None:
    """One of the 34; any other text counts as absent."""
    return value if text(value) in PROVINCES else None


def one_of(*allowed: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if text(value) not in allowed:
            raise Refused("bad_reference")
        return str(value)

    return check


def moment(value: Any) -> int:
    try:
        return instant(value)
    except Refused:
        raise Refused("bad_reference") from None


# The first field is the key; "?" marks an optional one.
TABLES: dict[str, dict[str, Callable[[Any], Any]]] = {
    "customers": {
        "bank_customer_id": text,
        "manager_staff_id?": text,
        "home_province?": province,
        "segment?": text,
        "account_opened_on?": day,
        "employee?": flag,
        "tags?": texts,
        "manager_since?": day,
        "previous_manager_staff_id?": text,
    },
    "staff": {
        "staff_id": text,
        "role": one_of(*ROLES),
        "branch_id": text,
        "province?": province,
        "city?": text,
        "active_from?": day,
        "active_to?": day,
        "name?": text,
    },
    "branches": {
        "branch_id": text,
        "parent_branch_id?": text,
        "name?": text,
        "province?": province,
    },
    "cases": {
        "add_id": text,
        "decision": one_of("confirmed", "dismissed"),
        "by": text,
        "at": moment,
        "note?": text,
    },
}


def read_rows(table: str, lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """The last good row of each key; a row without its key or with a bad field is passed over."""
    rows = {}
    for line in lines:
        if not line.strip(b" \t\r\n"):
            continue
        try:
            row = parse_row(TABLES[table], strict_json(line.removeprefix(BOM)))
        except Refused:
            continue
        rows[next(iter(row.values()))] = row
    return list(rows.values())


def parse_row(table: dict[str, Callable[[Any], Any]], value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused("bad_reference")
    row = {}
    for declared, check in table.items():
        name = declared.removesuffix("?")
        field = value.get(name)
        absent = field is None or field == ""
        if absent and name == declared:
            raise Refused("bad_reference")
        row[name] = None if absent else check(field)
    return row


def read_reference(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of the plain .jsonl files of `folder`; a missing file has none."""
    found = {}
    for table in TABLES:
        path = folder / f"{table}.jsonl"
        found[table] = read_rows(table, path.read_bytes().split(b"\n") if path.exists() else [])
    return found


@dataclass(frozen=True)
class Policy:
    """One policy with every key it may name; the defaults are those of the contract's page.

    The contract leaves open how much evidence weighs by default, so that is taken over.
    """

    version: str = "default"
    effective_from: date = date(1, 1, 1)
    first_time_scope: str = "bank"
    fake_threshold: float = 0.95
    allow_employees: bool = False
    allow_shared_identity: bool = False
    keep_days: int = 7
    verification_required: bool = True
    verify_within_days: int = 30
    account_required: bool = True
    own_customer_required: bool = True
    own_customer_allow_unassigned: bool = False
    own_customer_roles: tuple[str, ...] = ("manager",)
    out_of_province_limit: str = "0.20"
    fake_prior: int = DEFAULT_POLICY.fake_prior
    fake_weights: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_POLICY.fake_weights))
    fake_caps: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_POLICY.fake_caps))

    @property
    def limit(self) -> tuple[int, int]:
        """The limit as an exact fraction of two integers."""
        return Decimal(self.out_of_province_limit).as_integer_ratio()


def read_policy(toml: str) -> Policy:
    """A policy's text; it is taken to be good."""
    keys: dict[str, Any] = {}
    for name, value in tomllib.loads(toml, parse_float=str).items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        keys |= {f"{name}_{key}".removesuffix("_"): item for key, item in inner}
    known = {field.name for field in fields(Policy)}
    for name in keys.keys() - known - {"author", "reason"}:
        raise KeyError(name)
    return Policy(**{name: as_given(name, keys[name]) for name in keys.keys() & known})


def as_given(name: str, value: Any) -> Any:
    if name == "own_customer_roles":
        return tuple(value)
    if name == "out_of_province_limit":
        return str(value)
    if name in ("fake_weights", "fake_caps"):
        return {**getattr(DEFAULT_POLICY, name), **value}
    return float(value) if name == "fake_threshold" else value


def ip_provinces(path: Path | None) -> Callable[[str | None], str | None]:
    """Looks an ip up in a table cidr,province: the longest prefix decides, whatever it says."""
    networks: list[tuple[Any, str]] = []
    if path is not None:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            networks = [(ipaddress.ip_network(row["cidr"]), row["province"]) for row in rows]

    def look_up(text_: str | None) -> str | None:
        address = None if text_ is None else parsed_ip(text_)
        hits = [(net.prefixlen, name) for net, name in networks if address and address in net]
        name = max(hits)[1] if hits else None
        return name if name in PROVINCES else None

    return look_up
