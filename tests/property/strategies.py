"""Hypothesis strategies that make small but nasty worlds: events, reference rows, policies.

Times come from a few bases, whole days and one microsecond to either side, so that every "<=" of
the contract is hit exactly and missed by the least possible. A small world has few names, so that
its events meet. Texts include characters that UTF-8 and UTF-16 order differently.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.definition.build import write_reference
from tests.definition.fields import BOOLEAN, EVENTS, FEN, Kind
from tests.definition.reader import BOM, instant
from tests.property.notation import Draft, at, bad_line, styles, write_line

STAFF = ("S1", "s2", "经理\uffee", "经理\U00020000")
CUSTOMERS = ("C1", "c2", "wmé", "客\uffee", "客\U00020000")
BANK_CUSTOMERS = ("K1", "K2", "号\U00020000", "K4")
ID_STARTS = ("a", "a", "Z", "é", "\uffee", "\U00020000")
SOURCES = (("wecom/1", "\uffee", "h5"), ("wecom/1 ", "\U00020000", "app"))
DAY_US = 86_400_000_000
NEVER = object()  # the field is not written at all

# Month and day of Shanghai begin at 16:00 UTC; November has 30 days, the longest time to verify.
BASES = tuple(
    map(instant, ("2026-10-31T16:00:00Z", "2026-11-15T02:00:00Z", "2026-11-15T16:00:00Z"))
)
DAYS = (0, 0, 0, 0, 1, 1, 7, 30)
STEPS = (-1, 0, 0, 1)
DATES = ("2026-10-31", "2026-11-01", "2026-11-15", "2026-11-16", "2026-11-30", "2026-12-01")

IP_TABLE = """cidr,province
10.0.0.0/8,广东
10.1.0.0/16,海外
10.1.2.0/24,湖南
192.168.0.0/31,0
2001:db8::/32,香港
2001:db8:1::/48,广东
"""
VALUES: dict[str, Sequence[Any]] = {
    "add_way": (0, 1, 1, 1, 3, 201, 202, 203, -(2**63), 2**63 - 1),
    "audience": (0, 7),
    "province": ("广东", "广东", "湖南", "香港", "广东省", "guangdong"),
    "ip": ("10.0.0.1", "10.1.0.1", "10.1.2.3", "192.168.0.1", "2001:db8::1", "2001:db8:1::9",
           "8.8.8.8", "not an ip", "10.1.2.3.4"),
    "group_id": ("G1", "G2"),
}  # fmt: skip
FRIENDS = (
    *("friend.added",) * 6,
    *("identity.verified",) * 4,
    *("friend.removed",) * 3,
    *("friend.transferred",) * 2,
    "message.sent",
)
WORK = ("friend.added", *("message.sent",) * 9, *EVENTS)


class Paths(NamedTuple):
    """Where a world was written."""

    inputs: list[Path]
    reference: Path
    policies: list[Path]
    ip_table: Path | None


@dataclass
class World:
    """All that a replay reads. `lines` are without their ends; a row may be raw bytes."""

    lines: list[bytes]
    customers: list[Any] = field(default_factory=list)
    staff: list[Any] = field(default_factory=list)
    branches: list[Any] = field(default_factory=list)
    cases: list[Any] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    as_of: str | None = None
    ip_table: str | None = None

    def write(self, folder: Path, files: int = 1) -> Paths:
        """Writes the world; the lines, in their order, into so many files."""
        tables = {n: getattr(self, n) for n in ("customers", "staff", "branches", "cases")}
        reference = write_reference(folder / "reference", tables)
        inputs = [folder / f"events{n}.jsonl" for n in range(files)]
        size = -(-len(self.lines) // files)
        for n, path in enumerate(inputs):
            path.write_bytes(b"".join(row + b"\n" for row in self.lines[n * size : (n + 1) * size]))
        policies = [folder / f"policy{n}.toml" for n in range(len(self.policies))]
        for path, toml in zip(policies, self.policies, strict=True):
            path.write_text(toml, encoding="utf-8")
        ip_table = None if self.ip_table is None else folder / "ip.csv"
        if ip_table is not None:
            ip_table.write_text(self.ip_table or "", encoding="utf-8")
        return Paths(inputs, reference, policies, ip_table)


@st.composite
def worlds(draw: st.DrawFn, max_events: int = 40) -> World:
    """Worlds in which anything may meet anything."""
    names = Names(draw(st.integers(2, 4)), draw(st.integers(2, 5)), draw(st.integers(1, 4)))
    times = draw(clocks())
    types = st.sampled_from(draw(st.sampled_from((FRIENDS, FRIENDS, WORK))))
    count = draw(st.integers(0, max_events))
    drafts = [draw(drafts_of(draw(types), n, names, times)) for n in range(count)]
    return World(
        lines=draw(lines_of(drafts)),
        customers=draw(customer_rows(names)),
        staff=draw(staff_rows(names)),
        branches=draw(st.sampled_from(BRANCHES)),
        cases=draw(case_rows(names)),
        policies=draw(policy_files()),
        as_of=draw(as_ofs(drafts)),
        ip_table=draw(st.sampled_from((None, IP_TABLE))),
    )


@st.composite
def ratio_worlds(draw: st.DrawFn) -> World:
    """Many adds of few staff members that nothing but the province can make invalid."""
    names = Names(2, 0, 0)
    times = draw(clocks())
    drafts = []
    for n in range(draw(st.integers(1, 24))):
        data = {
            "staff_id": draw(st.sampled_from(names.staff)),
            "customer_id": f"C{n}",
            "add_way": 1,
            "province": draw(st.sampled_from(("广东", "广东", "广东", "湖南", "湖南", None))),
        }
        drafts.append(Draft("friend.added", *draw(identities(2 * n)), draw(times), data))
        if draw(st.integers(0, 7)) == 0:  # takes the add out of the ratio
            gone = {"staff_id": data["staff_id"], "customer_id": f"C{n}", "by": "customer"}
            drafts.append(Draft("friend.removed", "x", f"{n}", drafts[-1].time_us, gone))
    limits = draw(st.lists(st.sampled_from(LIMITS), min_size=1, max_size=3))
    starts = draw(st.permutations(DATES))
    policies = [RATIO_POLICY.format(n, starts[n], limit) for n, limit in enumerate(limits)]
    staff = [
        {"staff_id": name, "role": "manager", "branch_id": "B", "province": province}
        for name, province in zip(names.staff, ("广东", "湖南"), strict=True)
    ]
    return World(draw(lines_of(drafts)), staff=staff, policies=policies, as_of=draw(as_ofs(drafts)))


class Names(NamedTuple):
    """How many of each there are in a world; references may name one that has no row."""

    staff_count: int
    customer_count: int
    bank_customer_count: int

    @property
    def staff(self) -> tuple[str, ...]:
        return STAFF[: self.staff_count]

    @property
    def customers(self) -> tuple[str, ...]:
        return CUSTOMERS[: self.customer_count]

    @property
    def bank_customers(self) -> tuple[str, ...]:
        return BANK_CUSTOMERS[: self.bank_customer_count]


@st.composite
def clocks(draw: st.DrawFn) -> st.SearchStrategy[int]:
    """One world's times: a strategy of microseconds since 1970 UTC."""
    bases = draw(st.lists(st.sampled_from(BASES), min_size=1, max_size=2, unique=True))
    late = (bases[0] + 100 * DAY_US,)
    near = [b + d * DAY_US + s for b in bases for d in DAYS for s in STEPS]
    return st.sampled_from((*near, *late))


@st.composite
def as_ofs(draw: st.DrawFn, drafts: Sequence[Draft]) -> str | None:
    """None, a date, or an add's time and whole days later, a microsecond to either side."""
    choice = draw(st.integers(0, 4))
    if choice == 0:
        return draw(st.sampled_from(("2026-10-31", "2026-11-15", "2026-11-30", "2027-06-30")))
    added = [draft.time_us for draft in drafts if draft.type == "friend.added"]
    if choice > 3 or not added:
        return None
    later = draw(st.sampled_from((0, 7, 30, 30))) * DAY_US + draw(st.sampled_from((-1, 0, 1, 1)))
    return at(draw(st.sampled_from(added)) + later, draw(styles()))


@st.composite
def identities(draw: st.DrawFn, number: int) -> tuple[str, str]:
    """(source, id) of the event `number`; neighbours may share the id, from other sources."""
    shared = draw(st.booleans())
    start = draw(st.sampled_from(ID_STARTS))
    source = draw(st.sampled_from(SOURCES[number % 2]))
    return source, f"{start}{number - number % 2 if shared else number}"


@st.composite
def drafts_of(
    draw: st.DrawFn, type_: str, number: int, names: Names, times: st.SearchStrategy[int]
) -> Draft:
    source, id_ = draw(identities(number))
    data = {}
    for declared, kind in EVENTS[type_].items():
        name = declared.removesuffix("?")
        choices = values_of(name, kind, names)
        optional = (NEVER, NEVER, None, "") if name != declared else ()
        value = draw(st.sampled_from((*choices, *choices, *optional)))
        if value is not NEVER:
            data[name] = value
    if type_ == "message.sent" and not data.get("customer_id") and not data.get("group_id"):
        data["group_id"] = "G1"
    return Draft(type_, source, id_, draw(times), data)


def values_of(name: str, kind: Kind, names: Names) -> Sequence[Any]:
    """What a field of an event may say."""
    if isinstance(kind, tuple):
        return kind
    if name.endswith("staff_id"):
        return names.staff
    if name in ("customer_id", "bank_customer_id"):
        return names.customers if name == "customer_id" else names.bank_customers
    plain: dict[str, Sequence[Any]] = {BOOLEAN: (False, True), FEN: (-7, 0, 1, 10**15)}
    return VALUES.get(name, plain.get(kind, ("x", "文\U00020000")))


@st.composite
def lines_of(draw: st.DrawFn, drafts: Sequence[Draft]) -> list[bytes]:
    """The drafts as lines in any order, among copies, conflicting copies and bad lines."""
    order = draw(st.permutations(drafts))
    lines = [write_line(draft, draw(styles())) for draft in order]
    for _ in range(draw(st.integers(0, 6))):
        where = draw(st.integers(0, len(lines)))
        lines.insert(where, draw(extra_lines(drafts)))
    marked = draw(st.booleans())
    if lines and marked:
        lines[0] = BOM + lines[0]
    return lines


@st.composite
def extra_lines(draw: st.DrawFn, drafts: Sequence[Draft]) -> bytes:
    style = draw(styles())
    if not drafts:
        return draw(st.sampled_from((b"", b" \t\r", b"{", b"[1]")))
    draft = draw(st.sampled_from(drafts))
    choice = draw(st.integers(0, 5))
    if choice <= 1:
        return write_line(draft, style)
    if choice == 2:
        return write_line(
            draft._replace(time_us=draft.time_us + draw(st.sampled_from((-1, 1)))), style
        )
    if choice == 3:
        return write_line(conflicting(draft), style)
    return bad_line(draft, draw(st.integers(0, 19)), style)


def conflicting(draft: Draft) -> Draft:
    """Another event under the same source and id, with the same record key."""
    if draft.data.get("customer_id"):
        data = {"customer_id": draft.data["customer_id"], "staff_id": STAFF[0], "by": "staff"}
        return draft._replace(type="friend.removed", data=data)
    return draft._replace(data={**draft.data, "kind": "other", "topic": "other", "task_id": "y"})


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
    "allow_employees": ("false", "true"),
    "allow_shared_identity": ("false", "true", "true"),
    "keep_days": ("0", "1", "7"),
    "verify_within_days": ("0", "1", "7", "30"),
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
