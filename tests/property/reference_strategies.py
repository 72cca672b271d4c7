"""Hypothesis strategies for reference rows and policies."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.property.names import DATES, NEVER, Names

BRANCHES: tuple[list[Any], ...] = (
    [],
    [{"branch_id": "B1", "name": "南山支行", "province": "广东"}, {"branch_id": "B2"}],
    [{"branch_id": "B1", "parent_branch_id": "B0"}, b"", {"name": "no key"}, b"not json"],
)


@st.composite
def rows_of(draw: st.DrawFn, key: str, names: Sequence[str], fields: dict[str, Any]) -> list[Any]:
    """Rows in any order, some names without one, some with two, bad rows among them.

    A field may be one of its choices; None, "" and NEVER leave it out in their own ways.
    """
    rows: list[Any] = []
    for name in draw(st.permutations((*names, *names[:1]))):
        if draw(st.integers(0, 5)) == 0:
            continue
        row = {key: name} | {f: draw(st.sampled_from(values)) for f, values in fields.items()}
        rows.append({f: value for f, value in row.items() if value is not NEVER})
    for _ in range(draw(st.integers(0, 1)) * len(names)):
        bad = draw(st.sampled_from(({}, {key: None}, {key: 1}, {key: names[0], BAD[key]: 5})))
        rows.insert(draw(st.integers(0, len(rows))), bad)
    return rows


BAD = {"bank_customer_id": "account_opened_on", "staff_id": "role"}


def customer_rows(names: Names) -> st.SearchStrategy[list[Any]]:
    managers = (*names.staff, *names.staff[:1] * 3)
    fields = {
        "manager_staff_id": (*managers, "nobody", None, NEVER),
        "previous_manager_staff_id": (*managers, NEVER, NEVER, ""),
        "manager_since": (NEVER, NEVER, NEVER, None, *DATES),
        "account_opened_on": ("2001-02-03",) * 5 + (*DATES, NEVER),
        "employee": (NEVER, NEVER, None, False, True),
        "segment": ("gold", "gold", "银\U00020000", "", NEVER),
        "home_province": ("广东", "elsewhere", NEVER),
        "tags": (["a", "b"], [], None, NEVER),
        "unknown": (NEVER, {"a": 1}),
    }
    return rows_of("bank_customer_id", names.bank_customers, fields)


def staff_rows(names: Names) -> st.SearchStrategy[list[Any]]:
    fields = {
        "role": ("manager",) * 4 + ("teller", "head", "middle_office"),
        "branch_id": ("B1", "B1", "B2"),
        "province": ("广东", "广东", "广东", "湖南", "Hunan", "", NEVER),
        "name": ("张", NEVER),
        "active_from": ("2026-11-20", NEVER, NEVER),
        "active_to": ("2026-01-01", NEVER, NEVER),
    }
    return rows_of("staff_id", names.staff, fields)


@st.composite
def case_rows(draw: st.DrawFn, names: Names) -> list[Any]:
    """Decisions on adds, some of which do not exist."""
    decision = st.sampled_from(("confirmed", "dismissed"))
    rows = []
    for customer in draw(st.lists(st.sampled_from(names.customers), max_size=3)):
        pair = f"{names.staff[0]}\x1f{customer}".encode()
        rows.append({
            "add_id": hashlib.sha256(pair).hexdigest()[:32],
            "decision": draw(decision), "by": "审核", "at": "2026-11-20T09:00:00+08:00",
        })  # fmt: skip
    return rows


LIMITS = ("0", "1", "0.20", "0.2", "0.5", "0.34", "0.125", "0.999999999", "2.5")
KEYS: dict[str, Sequence[str]] = {
    "first_time.scope": ('"bank"', '"staff"', '"staff"'),
    "fake.threshold": ("0.5", "0.95"),
    "fake.prior": ("-6100000", "-1000000", "0"),
    "fake.weights": ("{ fake_ring = 25000000, fake_zebra = 1 }", "{ lawful_contact = 0 }"),
    "fake.caps": ("{ fake_throwaway = 0 }", "{ fake_ring = 4000000, lawful_contact = 1000000 }"),
    "allow_employees": ("false", "true"),
    "allow_shared_identity": ("false", "true", "true"),
    "keep_days": ("0", "1", "7", "7", "7"),
    "verify_within_days": ("0", "7", "30", "30"),
    "verification.required": ("false", "false", "true"),
    "account.required": ("false", "false", "true"),
    "own_customer.required": ("false", "false", "true"),
    "own_customer.allow_unassigned": ("false", "true"),
    "own_customer.roles": ('["manager"]', "[]", '["manager", "teller"]', '["head"]'),
    "out_of_province.limit": tuple(f'"{limit}"' for limit in LIMITS),
}
RATIO_POLICY = """version = "r{0}"
effective_from = {1}
verification.required = false
out_of_province.limit = "{2}"
"""


@st.composite
def policy_files(draw: st.DrawFn) -> list[str]:
    """0 to 3 policies with other days of beginning, in any order."""
    count = draw(st.integers(0, 3))
    starts = draw(st.permutations(DATES))[:count]
    return [draw(policy_texts(f"版本{n}", start)) for n, start in enumerate(starts)]


@st.composite
def policy_texts(draw: st.DrawFn, version: str, effective_from: str) -> str:
    head = [f'version = "{version}"', f"effective_from = {effective_from}"]
    if draw(st.booleans()):
        head.append('author = "合规部"\nreason = "季度"')
    often = draw(st.booleans())
    keys = {
        key: draw(st.sampled_from(values))
        for key, values in KEYS.items()
        if draw(st.booleans()) or often
    }
    if draw(st.booleans()):
        return "\n".join([*head, *(f"{key} = {value}" for key, value in keys.items())]) + "\n"
    return "\n".join([*head, *as_tables(keys)]) + "\n"


def as_tables(keys: dict[str, str]) -> list[str]:
    """The keys in TOML's long form, a dot as a table."""
    plain = [f"{key} = {value}" for key, value in keys.items() if "." not in key]
    for table in dict.fromkeys(key.split(".")[0] for key in keys if "." in key):
        plain.append(f"[{table}]")
        plain += [
            f"{key.split('.')[1]} = {value}"
            for key, value in keys.items()
            if key.startswith(f"{table}.")
        ]
    return plain
