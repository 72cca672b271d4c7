"""An account's state rows: one where it is small, many small ones where it is large."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pipeline.core.calendar import Calendar
from pipeline.core.ledger.account import Account
from pipeline.core.ledger.fold import Look, marker
from pipeline.core.ledger.judge import Judge
from pipeline.core.ledger.memory import CHUNK, FOREVER
from pipeline.core.ledger.stage import Ledger, Taken
from pipeline.core.policy import PolicySet
from pipeline.core.records import Signal, StateRow
from tests.database_maker import added, line, verified
from topics.codec import decode_event
from topics.event import Event

LARGEST = 64 * 1024
State = dict[tuple[str, str], bytes]


def events(lines: Iterable[bytes]) -> list[Event]:
    return [decode_event(line) for line in lines]


def ledger() -> Ledger:
    calendar = Calendar("Asia/Shanghai")
    return Ledger(calendar, Judge(calendar, PolicySet()), Look(lambda _: None, marker(b"")))


def written(state: State, rows: Iterable[StateRow]) -> list[tuple[str, str]]:
    """Upserts the rows; returns the names of those written."""
    names = []
    for _, _, kind, sub, value in rows:
        names.append((kind, sub))
        if value is None:
            state.pop((kind, sub), None)
        else:
            assert len(value) <= LARGEST
            state[kind, sub] = value
    return names


def loaded(state: State) -> Account:
    account = Account()
    account.load((kind, sub, value) for (kind, sub), value in reversed(state.items()))
    return account


def contents(account: Account) -> object:
    index = account.index and {month: dict(some) for month, some in account.index.items()}
    return (
        account.tails(), account.chunks, index, account.verification, account.who, account.pairs,
        account.links, account.wrote, account.signals,
    )  # fmt: skip


def removal(number: int, day: str, staff: str = "S1") -> bytes:
    return line("friend.removed", day, f"r{number}", staff_id=staff, customer_id="C1", by="staff")


def wrote(number: int, day: str, staff: str = "S1") -> bytes:
    return line("message.sent", day, f"m{number}", staff_id=staff, customer_id="C1",
                sender="customer", kind="text")  # fmt: skip


def staff_adds(number: int) -> list[bytes]:
    return [added(f"S{n:05}", "C1", "2026-11-10") for n in range(number)]


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        ([added("S1", "C1", "2026-11-10"), verified("C1", "K1", "2026-11-11")], {"account"}),
        (staff_adds(16), {"account"}),
        (staff_adds(17), {"account", "pair"}),
        (staff_adds(64), {"account", "pair", "ids"}),
        ([removal(n, f"2026-11-{1 + n % 28:02}") for n in range(1500)],
         {"account", "pair", "removals", "ids"}),
    ],
    ids=["small", "16 pairs", "17 pairs", "64 ids", "1500 removals"],
)  # fmt: skip
@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_rows_bring_the_account_back(lines: list[bytes], kinds: set[str], at_once: int) -> None:
    stage, state = ledger(), State()
    some = events(lines)
    for start in range(0, len(some), at_once):
        for event in some[start : start + at_once]:
            assert stage.take(event) is Taken.APPLIED
        written(state, stage.accounts["C1"].changed_rows("C1"))
    assert {kind for kind, _ in state} == kinds
    assert contents(loaded(state)) == contents(stage.accounts["C1"])


def test_a_copy_is_known_whether_in_a_tail_or_in_a_chunk() -> None:
    stage, state = ledger(), State()
    some = events(wrote(n, f"2026-11-{1 + n % 28:02}") for n in range(150))
    for event in some:
        stage.take(event)
    written(state, stage.accounts["C1"].changed_rows("C1"))
    assert sorted(name for name in state if name[0] == "ids") == [
        ("ids", "24322#0"),
        ("ids", "24322#1"),
    ]
    again = ledger()
    again.accounts["C1"] = loaded(state)
    assert [again.take(event) for event in some] == [Taken.COPY] * 150


def test_only_what_changed_is_written() -> None:
    stage, state = ledger(), State()
    for event in events(staff_adds(200)):
        stage.take(event)
    account = stage.accounts["C1"]
    written(state, account.changed_rows("C1"))
    stage.take(events([removal(1, "2026-11-12", "S00150")])[0])
    assert written(state, account.changed_rows("C1")) == [("pair", "S00150"), ("account", "")]
    assert len(state["account", ""]) < CHUNK * 3


def test_an_earlier_add_drops_the_removals_that_cannot_decide() -> None:
    stage = ledger()
    days = ["2026-11-05", "2026-11-12", "2026-11-20", "2026-11-28"]
    for event in events(removal(n, day) for n, day in enumerate(days)):
        stage.take(event)
    pair = stage.accounts["C1"].pairs["S1"]

    def kept() -> int:
        return len(pair.past().removals or ())

    assert kept() == 4
    stage.take(events([added("S1", "C1", "2026-11-15")])[0])
    assert kept() == 3  # the first at or after the add, and those before it
    stage.take(events([added("S1", "C1", "2026-11-08")])[0])
    assert kept() == 2


def test_removal_rows_go_once_an_add_leaves_few() -> None:
    stage, state = ledger(), State()
    for n in range(1200):
        stage.take(events([removal(n, "2026-11-20")])[0])
    account = stage.accounts["C1"]
    written(state, account.changed_rows("C1"))
    assert ("removals", "S1#2") in state
    stage.take(events([added("S1", "C1", "2026-11-10")])[0])
    written(state, account.changed_rows("C1"))
    assert not [name for name in state if name[0] == "removals"]
    assert contents(loaded(state)) == contents(account)


def test_a_sealed_month_leaves_ids_that_are_kept_for_ever() -> None:
    stage, state = ledger(), State()
    lines = [*staff_adds(20), *(wrote(n, "2026-11-02") for n in range(100))]
    lines.append(wrote(-1, "2026-12-02", "S00003"))
    for event in events(lines):
        stage.take(event)
    account = stage.accounts["C1"]
    written(state, account.changed_rows("C1"))
    account.forget_through(24322)  # November 2026
    assert {month: len(packed) // 16 for month, packed in account.tails().items()} == {
        FOREVER: 20,
        24323: 1,
    }
    assert account.index == {}
    assert "S1" not in account.pairs  # there was nothing but a talk
    talked = [staff for staff, pair in account.pairs.items() if pair.talk]
    assert talked == ["S00003"]
    written(state, account.changed_rows("C1"))
    assert ("pair", "S1") not in state


def test_a_signal_is_a_row_until_it_is_taken_back() -> None:
    account, state = Account(), State()
    signal = Signal("a", "fake_burst", "c1", "s1", 0.5, 0, 1)
    assert account.take_signal(signal)
    assert not account.take_signal(signal)
    assert written(state, account.changed_rows("c1")) == [("signal", "a"), ("account", "")]
    assert loaded(state).signals == {"a": signal}
    assert account.take_signal(Signal("a", "fake_burst", "c1", "s1", 0, 0, 1))
    assert account.signals is None
    written(state, account.changed_rows("c1"))
    assert list(state) == [("account", "")]
    assert not account.take_signal(Signal("a", "fake_burst", "c1", "s1", 0, 0, 1))


def test_what_links_an_account_to_others_comes_back_as_it_was() -> None:
    stage, state = ledger(), State()
    for event in events(
        [
            line("friend.added", "2026-11-10", "e1", staff_id="S1", customer_id="C1", add_way=1,
                 ip="10.0.0.1", device_id="d1"),
            verified("C1", "K1", "2026-11-11"),
            wrote(1, "2026-11-12"),
        ]
    ):  # fmt: skip
        stage.take(event)
    account = stage.accounts["C1"]
    written(state, account.changed_rows("C1"))
    assert [(one[:1], len(one)) for one in account.links or ()] == [(b"b", 9), (b"d", 9), (b"i", 9)]
    assert (loaded(state).links, loaded(state).wrote) == (account.links, True)
