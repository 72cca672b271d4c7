"""Detectors told in any order and any batches find what is defined over all they were told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.calendar import Calendar, parse_month
from pipeline.core.detectors.detection import Detection
from pipeline.core.detectors.members import Member, Traits
from pipeline.core.detectors.pools import AlertFound
from pipeline.core.records import Signal
from tests.definition.detection import DefinedSignal, defined_pools, defined_signals
from tests.property.points import Tables, points_in_force, points_tables
from topics.times import parse_time

CALENDAR = Calendar("Asia/Shanghai")
NOVEMBER = parse_month("2026-11")
DECEMBER = parse_time("2026-12-01T00:00:00+08:00")
SUBJECTS = {
    "s": "s\x1fs1",
    "p": f"p{NOVEMBER}\x1fs1\x1fs2",
    "d": f"d{NOVEMBER}\x1f00ff",
    "b": f"b{NOVEMBER}\x1f00ff",
}
SUSPECTS = f"q{NOVEMBER}\x1f"
MINUTE = 60_000_000

Told = tuple[str, Member | None]
"""A customer, and its member at the subject; None: no more."""


def times() -> st.SearchStrategy[int]:
    """Edges of all windows, a microsecond to either side, and around the end of November."""
    bases = (DECEMBER - 26 * 60 * MINUTE, DECEMBER - 10 * MINUTE, DECEMBER - 120 * MINUTE)
    steps = [n * MINUTE for n in (0, 0, 0, 1, 5, 10, 30, 60, 119)] + [9_000_000, 11_000_000]
    return st.builds(
        lambda base, step, more: base + step + more,
        st.sampled_from(bases),
        st.sampled_from(steps),
        st.sampled_from((-1, 0, 0, 0, 1)),
    )


def traits() -> st.SearchStrategy[Traits]:
    flags = st.booleans()
    return st.builds(
        Traits,
        adds=st.sampled_from((1, 2, 4, 5, 9)),
        removed=st.sampled_from((0, 0, 1, 2)),
        identity=st.integers(0, 3),
        shared=flags,
        wrote=flags,
        elsewhere=flags,
        suspicion=st.integers(0, 3),
        hurry=st.integers(0, 4),
    )


def members(kind: str) -> st.SearchStrategy[Member]:
    number = {"p": 2}.get(kind, 1)
    some = st.lists(times(), min_size=number, max_size=number)
    if kind != "s":
        some = some.map(lambda given: [min(time, DECEMBER - 1) for time in given])
    return st.builds(Member, some.map(tuple), traits())


def suspects() -> st.SearchStrategy[Member]:
    names = st.lists(st.sampled_from("abcdefgh"), max_size=2, unique=True)
    staff = st.lists(st.sampled_from(("s1", "s2", "s3")), min_size=1, max_size=3, unique=True)
    return st.builds(
        Member,
        st.tuples(times(), times()).map(lambda pair: tuple(sorted(pair))),
        traits(),
        names.map(sorted).map(tuple),
        staff.map(sorted).map(tuple),
    )


def tellings(member: st.SearchStrategy[Member]) -> st.SearchStrategy[list[Told]]:
    """News of up to 40 customers, some of them told again and some no more."""
    customer = st.integers(0, 39).map("c{}".format)
    return st.lists(st.tuples(customer, st.one_of(member, member, member, st.none())), max_size=80)


class Shell:
    """Keeps what comes out of a detection, as a worker or a replay does."""

    def __init__(self, subject: str, sealed_through: int = -1) -> None:
        self.subject = subject
        self.sealed_through = sealed_through
        self.signals: dict[str, Signal] = {}
        self.alerts: dict[str, AlertFound] = {}
        self.rows: dict[str, bytes] = {}
        self.detection = Detection(CALENDAR, sealed_through)

    def begin_again(self) -> None:
        """As after a crash, or where the subject was long untouched."""
        self.detection = Detection(CALENDAR, self.sealed_through)
        self.detection.load(self.subject, self.rows)

    def tell(self, some: Sequence[Told]) -> None:
        for customer_id, member in some:
            self.detection.take(self.subject, customer_id, member)
        signals, rows = self.detection.finish()
        for signal in signals:
            assert self.signals.get(signal.signal_id) != signal  # what is said is news
            if signal.score:
                self.signals[signal.signal_id] = signal
            else:
                del self.signals[signal.signal_id]
        for *_, customer_id, value in rows:
            if value is None:
                self.rows.pop(customer_id, None)
            else:
                self.rows[customer_id] = value
        for name, alert in self.detection.alerts().items():
            if alert is None:
                del self.alerts[name]
            else:
                self.alerts[name] = alert

    def found(self) -> set[DefinedSignal]:
        return {
            (
                one.signal_id, one.code, one.customer_id, one.staff_id, one.score,
                one.window_start, one.window_end, json.dumps(json.loads(one.evidence)),
            )
            for one in self.signals.values()
        }  # fmt: skip


def tell_in_batches(shell: Shell, told: Sequence[Told], data: st.DataObject) -> dict[str, Member]:
    """The members that are left once all is told, in this order and any batches."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(told)), max_size=4), label="cuts"))
    for start, end in zip([0, *cuts], [*cuts, len(told)], strict=True):
        if data.draw(st.booleans(), label="again"):
            shell.begin_again()
        shell.tell(told[start:end])
    return {name: member for name, member in dict(told).items() if member is not None}


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(sorted(SUBJECTS)), tables=points_tables(), data=st.data()
)  # fmt: skip
def test_any_telling_gives_the_defined_signals(
    kind: str, tables: Tables, data: st.DataObject
) -> None:
    told = data.draw(tellings(members(kind)), label="told")
    subject = SUBJECTS[kind]
    shell = Shell(subject)
    with points_in_force(tables):
        left = tell_in_batches(shell, told, data)
    assert shell.found() == defined_signals(subject, left, tables, CALENDAR)


@settings(max_examples=150, deadline=None)
@given(tables=points_tables(), data=st.data())
def test_the_order_of_tellings_and_copies_change_nothing(
    tables: Tables, data: st.DataObject
) -> None:
    last = dict(data.draw(tellings(members("s")), label="told"))
    told = list(last.items())
    again = data.draw(st.permutations(told), label="order")
    again += data.draw(st.lists(st.sampled_from(told), max_size=5) if told else st.just([]))
    one, other = Shell(SUBJECTS["s"]), Shell(SUBJECTS["s"])
    with points_in_force(tables):
        one.tell(told)
        tell_in_batches(other, again, data)
    assert other.found() == one.found()
    assert other.rows == one.rows


@settings(max_examples=200, deadline=None)
@given(tables=points_tables(), data=st.data())
def test_a_sealed_months_signals_stay_and_others_are_as_if_nothing_were_forgotten(
    tables: Tables, data: st.DataObject
) -> None:
    """Customers are told of before and after November is sealed and its rows are dropped."""
    subject = SUBJECTS["s"]
    before = data.draw(tellings(members("s")), label="before")
    after = data.draw(tellings(members("s")), label="after")
    shell = Shell(subject)
    with points_in_force(tables):
        tell_in_batches(shell, before, data)
        frozen = sealed(shell.found())
        shell.sealed_through = NOVEMBER
        shell.begin_again()
        for *_, customer_id, _ in list(shell.detection.over(subject, dict(shell.rows))):
            del shell.rows[customer_id]
        told = tell_in_batches(shell, after, data)
    known = {name: member for name, member in dict(before).items() if member is not None}
    known = {name: member for name, member in known.items() if name not in dict(after)} | told
    wanted = defined_signals(subject, known, tables, CALENDAR)
    assert {one for one in shell.found() if one not in frozen} == wanted - sealed(wanted)
    moved = {one[0] for one in wanted - sealed(wanted)}
    assert sealed(shell.found()) == {one for one in frozen if one[0] not in moved}
    assert all(time > DECEMBER - 120 * MINUTE for time in kept_times(shell.rows))


def sealed(found: set[DefinedSignal]) -> set[DefinedSignal]:
    return {one for one in found if one[5] < DECEMBER}


def kept_times(rows: Mapping[str, bytes]) -> list[int]:
    detection = Detection(CALENDAR)
    detection.load("s\x1fs1", rows)
    group: Any = detection.subjects["s\x1fs1"].group
    return [member.times[0] for member in group.members.values()]


@settings(max_examples=150, deadline=None)
@given(told=tellings(suspects()), data=st.data())
def test_any_telling_gives_the_defined_pools(told: list[Told], data: st.DataObject) -> None:
    shell = Shell(SUSPECTS)
    left = tell_in_batches(shell, told, data)
    pools = [one for one in shell.alerts.values() if one.key.startswith("pool ")]
    found = {
        (one.started_at, json.loads(one.evidence)["customers"],
         tuple(json.loads(one.evidence)["members"]))
        for one in pools
    }  # fmt: skip
    assert found == {
        (min(left[one].times[0] for one in pool), len(pool), tuple(sorted(pool)[:20]))
        for pool in defined_pools(left)
    }
    assert len(pools) == len(found)
