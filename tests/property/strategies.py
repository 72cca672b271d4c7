"""Hypothesis strategies that make small but nasty worlds: events, reference rows, policies.

Times come from a few bases, whole days and one microsecond to either side, so that every "<=" of
the contract is hit exactly and missed by the least possible. A small world has few names, so that
its events meet. Texts include characters that UTF-8 and UTF-16 order differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.definition.build import write_reference
from tests.definition.fields import BOOLEAN, EVENTS, FEN, Kind
from tests.definition.reader import BOM, instant
from tests.property.names import DATES, NEVER, STAFF, Names
from tests.property.notation import Draft, at, bad_line, styles, write_line
from tests.property.reference_strategies import (
    BRANCHES,
    LIMITS,
    RATIO_POLICY,
    case_rows,
    customer_rows,
    policy_files,
    staff_rows,
)

ID_STARTS = ("a", "a", "Z", "é", "\uffee", "\U00020000")
SOURCES = (("wecom/1", "\uffee", "h5"), ("wecom/1 ", "\U00020000", "app"))
DAY_US = 86_400_000_000

# Month and day of Shanghai begin at 16:00 UTC; November has 30 days, the longest time to verify.
BASES = tuple(
    map(instant, ("2026-10-31T16:00:00Z", "2026-11-15T02:00:00Z", "2026-11-15T16:00:00Z"))
)
DAYS = (0, 0, 0, 0, 1, 1, 7, 30)
STEPS = (-1, 0, 0, 1)

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

# What an event may be aimed at: an earlier event of a type, at its time or whole days later, and
# which of its fields are said again under which names.
AIMS: dict[str, tuple[str, tuple[int, ...], dict[str, str]]] = {
    "friend.added": ("friend.added", (0,), {"customer_id": "customer_id"}),
    "friend.removed": (
        "friend.added", (0, 1, 7, 7), {"staff_id": "staff_id", "customer_id": "customer_id"}),
    "friend.transferred": (
        "friend.added", (0,), {"staff_id": "to_staff_id", "customer_id": "customer_id"}),
    "identity.verified": ("identity.verified", (0,), {"bank_customer_id": "bank_customer_id"}),
    "message.sent": (
        "message.sent", (0,), {"staff_id": "staff_id", "customer_id": "customer_id"}),
}  # fmt: skip


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
        folder.mkdir(parents=True, exist_ok=True)
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
    sizes = st.integers(0, max_events)
    count = max(draw(sizes), draw(sizes))  # full worlds more often, and small ones to shrink to
    drafts: list[Draft] = []
    for n in range(count):
        drafts.append(draw(aimed(draw(drafts_of(draw(types), n, names, times)), drafts)))
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
    choice = draw(st.integers(0, 6))
    added = [draft.time_us for draft in drafts if draft.type == "friend.added"]
    if choice <= 2 or not added:
        return None
    if choice == 3:
        return draw(st.sampled_from(("2027-06-30", "2026-12-31", "2026-11-30", "2026-11-15")))
    later = draw(st.sampled_from((30, 30, 7, 0))) * DAY_US + draw(st.sampled_from((-1, 0, 1, 1)))
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


@st.composite
def aimed(draw: st.DrawFn, draft: Draft, earlier: Sequence[Draft]) -> Draft:
    """The draft, half of the time about the same as an earlier one and at an edge of it."""
    type_, days, fields = AIMS.get(draft.type, ("", (0,), {}))
    targets = [target for target in earlier if target.type == type_]
    if not targets or draw(st.booleans()):
        return draft
    target = draw(st.sampled_from(targets))
    said = {new: target.data[old] for old, new in fields.items() if target.data.get(old)}
    later = draw(st.sampled_from(days)) * DAY_US + draw(st.sampled_from((-1, 0, 0, 1)))
    return draft._replace(time_us=target.time_us + later, data=draft.data | said)


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
