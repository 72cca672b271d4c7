"""The simulator's small parts, each alone."""

from __future__ import annotations

import json
import tracemalloc
from itertools import islice
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sources.simulate.calendar import Calendar
from sources.simulate.chance import log_uniform, mix64, poisson, whole
from sources.simulate.clock import DAY, HOUR, MINUTE, Clock
from sources.simulate.copies import changed, rewritten
from sources.simulate.crm import Crm
from sources.simulate.outbox import Outbox, Source
from sources.simulate.places import PROVINCES, address_table, any_address
from sources.simulate.staff import Team
from topics.codec import content_hash, decode_event

LINE = (
    '{"specversion":"1.0","id":"01A","source":"wecom/ww1","type":"friend.added",'
    '"time":"2026-11-20T09:30:15.123+08:00",'
    '"data":{"staff_id":"s1","customer_id":"c1","add_way":1}}'
)


@given(bits=st.integers(0, 65535))
def test_a_rewritten_line_is_the_same_event(bits: int) -> None:
    event, copy = decode_event(LINE.encode()), decode_event(rewritten(LINE, bits).encode())
    assert copy.key == event.key
    assert content_hash(copy) == content_hash(event)


@given(bits=st.integers(0, 65535))
def test_a_changed_line_keeps_id_and_key_but_is_another(bits: int) -> None:
    event, copy = decode_event(LINE.encode()), decode_event(changed(LINE, bits).encode())
    assert (copy.source, copy.id, copy.key) == (event.source, event.id, event.key)
    assert content_hash(copy) != content_hash(event)


def test_the_calendar_runs_acts_in_their_hour_and_forgets_those_after_the_span() -> None:
    calendar, seen = Calendar(2 * HOUR), list[tuple[int, str]]()

    def act(time: int, name: str) -> None:
        seen.append((time, name))
        if name == "first":
            calendar.at(time + MINUTE, act, "follow-up")

    calendar.at(HOUR + 5, act, "second hour")
    calendar.at(7, act, "first")
    calendar.at(2 * HOUR, act, "after the span")
    calendar.run(0)
    assert seen == [(7, "first"), (7 + MINUTE, "follow-up")]
    calendar.run(1)
    assert seen[2:] == [(HOUR + 5, "second hour")]


def test_an_event_is_written_as_the_contract_says() -> None:
    written: list[bytes] = []
    outbox = Outbox(1, Clock(30), written.append)
    time = 19 * DAY + 9 * HOUR + 30 * MINUTE + 15_123
    assert outbox.put(time, Source("wecom/ww1"), "x.y", '"a":1')
    assert outbox.put(time, Source("app/mobile", utc=True), "x.y", '"a":2')
    assert not outbox.put(30 * DAY, Source("wecom/ww1"), "x.y", '"a":3')
    outbox.close()
    events = [json.loads(line) for line in b"".join(written).splitlines()]
    times = {event["data"]["a"]: event["time"] for event in events}
    assert times == {1: "2026-11-20T09:30:15.123+08:00", 2: "2026-11-20T01:30:15.123Z"}
    assert all(event["id"].startswith("01M7V96Q6K") for event in events)


@given(number=st.integers(0, 2**64 - 1), other=st.integers(0, 2**64 - 1))
def test_mix64_never_maps_two_numbers_to_one(number: int, other: int) -> None:
    assert (mix64(number) == mix64(other)) == (number == other)
    assert 0 <= mix64(number) < 2**64


@given(seed=st.integers(), low=st.integers(1, 50), more=st.integers(0, 500))
def test_draws_stay_in_their_range(seed: int, low: int, more: int) -> None:
    rng = Random(seed)
    assert low <= whole(rng, low, low + more) <= low + more
    assert low <= log_uniform(rng, low, low + more) <= low + more + 1e-9
    assert poisson(rng, more / 100) >= 0


def test_ten_million_customers_need_little_memory() -> None:
    clock = Clock(30)
    team = Team(1, 100, clock)
    tracemalloc.start()
    crm = Crm(1, 10_000_000, team, clock)
    crm.introduce()
    rows = list(islice(crm.rows(), 1000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(rows) == 1000
    assert peak < 20 * 2**20


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_bank_ids_have_twelve_digits_and_never_repeat(one: int, other: int) -> None:
    clock = Clock(1)
    crm = Crm(1, 10, Team(1, 10, clock), clock)
    assert (crm.bank_id(one) == crm.bank_id(other)) == (one == other)
    assert len(crm.bank_id(one)) == 12


def test_the_address_table_covers_the_addresses() -> None:
    rows = list(address_table())
    assert rows[0] == "cidr,province"
    assert rows[1] == "10.0.0.0/16,北京"
    assert {row.split(",")[1] for row in rows[1:]} == set(PROVINCES)
    assert len({any_address(Random(seed), 3) for seed in range(50)}) > 30
