"""The sink without a broker: records in, rows out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.core.calendar import parse_month
from pipeline.core.ids import add_id
from pipeline.replay.run import ReplayOptions, replay
from sinks.duckdb.database import writing
from sinks.duckdb.stream.apply import StreamDatabase
from sinks.duckdb.stream.records import Record
from sources.simulate import simulate
from tests.database_maker import Database, added, message, verified
from tests.promise import promised
from tests.stream_records import KEYED, add_record, make, progress, records_of, rolling_record
from topics.between import LateMark
from topics.times import parse_time

DEC = parse_time("2026-12-10T00:00:00+08:00")


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[StreamDatabase]:
    with writing(tmp_path / "stream.duckdb", "Asia/Shanghai") as connection:
        yield StreamDatabase(connection, KEYED)


def rows(sink: StreamDatabase, query: str) -> list[tuple[Any, ...]]:
    return sink.connection.execute(query).fetchall()


def apply(sink: StreamDatabase, *records: Record) -> None:
    sink.apply(records, {})


def an_add(staff: str, customer: str, day: str, **changes: Any) -> Record:
    """A valid add at noon of a day, revision 1."""
    at = f"{day}T12:00:00+08:00"
    row: dict[str, Any] = {
        "add_id": add_id(staff, customer), "staff_id": staff, "customer_id": customer,
        "bank_customer_id": None, "added_at": None, "verified_at": None, "province": None,
        "verdict": "valid", "reasons": [], "fake_score": 0.0, "evidence": "[]",
        "policy_version": "default", "pending_until": None, "facts": "{}",
        "rules_version": "1", "revision": 1, "day": day, "month": day[:7], "add_way": 1,
        **changes,
    }  # fmt: skip
    record = add_record({**row, "pending_until": None})
    value = msgspec.json.decode(record.value or b"")
    value |= {"added_at": at, "pending_until": changes.get("pending_until", at)}
    return record._replace(value=msgspec.json.encode(value))


def mark(name: str, add: str | None, month: str = "2026-11") -> Record:
    said = LateMark(name, "wecom/ww1", "friend.added", DEC, add, parse_month(month))
    return make("late", name, msgspec.msgpack.encode(said))


def event_cause(name: str) -> str:
    event = {"source": "wecom/ww1", "id": name, "type": "friend.added", "time": DEC}
    return msgspec.json.encode({"event": event}).decode()


def seal_november(sink: StreamDatabase) -> None:
    sink.connection.execute(
        "INSERT INTO months VALUES ('2026-11', TIMESTAMPTZ '2026-12-01 00:00:00+08')"
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_a_replay_s_rows_come_out_of_any_batches_in_any_order(tmp_path: Path, seed: int) -> None:
    simulate(seed, tmp_path / "bank", days=6, staff=30, customers=1_500)
    replay(
        ReplayOptions(
            inputs=[tmp_path / "bank" / "events.jsonl.gz"],
            reference=tmp_path / "bank" / "reference",
            policies=[tmp_path / "bank" / "policy.toml"],
            db=tmp_path / "replay.duckdb",
        )
    )
    records = list(records_of(tmp_path / "replay.duckdb"))
    chance = random.Random(seed)
    chance.shuffle(records)
    with writing(tmp_path / "stream.duckdb", "Asia/Shanghai") as connection:
        sink = StreamDatabase(connection, KEYED)
        sink.claim("truefriend@test")
        while records:
            size = chance.randrange(1, 1_500)
            apply(sink, *records[:size])
            records = records[size:]
    assert promised(tmp_path / "stream.duckdb") == promised(tmp_path / "replay.duckdb")


def test_rows_and_positions_are_one_transaction(sink: StreamDatabase) -> None:
    sink.apply([an_add("S1", "C1", "2026-11-10")], {("adds", 0): 7, ("late", 1): 3})
    sink.apply([], {("adds", 0): 9})
    assert sink.positions() == {("adds", 0): 9, ("late", 1): 3}
    bad = make("adds", "x", b"{}")
    with pytest.raises(msgspec.ValidationError):
        sink.apply([an_add("S1", "C2", "2026-11-10"), bad], {("adds", 0): 11})
    assert sink.positions() == {("adds", 0): 9, ("late", 1): 3}
    assert rows(sink, "SELECT customer_id FROM adds") == [("C1",)]


def test_the_greater_revision_counts(sink: StreamDatabase) -> None:
    old, new = (
        an_add("S1", "C1", "2026-11-10", revision=2),
        an_add("S1", "C1", "2026-11-10", revision=3, verdict="excluded", reasons=["transferred"]),
    )
    for batch in ([old], [new, old], [old]):
        apply(sink, *batch)
    assert rows(sink, "SELECT verdict, reasons, revision FROM adds") == [
        ("excluded", ["transferred"], 3)
    ]
    assert rows(sink, "SELECT seq, revision, old_verdict, new_verdict FROM verdict_changes") == [
        (1, 2, None, "valid"), (2, 3, "valid", "excluded"),
    ]  # fmt: skip


def test_pending_passes_with_as_of(sink: StreamDatabase) -> None:
    pending = an_add(
        "S1", "C1", "2026-12-01", verdict="pending", reasons=["unverified"],
        pending_until="2026-12-09T00:00:00+08:00",
    )  # fmt: skip
    apply(sink, progress(parse_time("2026-12-09T00:00:00+08:00")), pending)
    assert rows(sink, "SELECT verdict FROM adds") == [("pending",)]
    apply(sink, progress(DEC, partition=1), progress(5, partition=2))
    assert rows(sink, "SELECT verdict FROM adds") == [("invalid",)]
    assert rows(sink, "SELECT epoch_us(as_of) FROM report_state") == [(DEC,)]
    apply(sink, progress(6, partition=3))
    assert sink.as_of == DEC
    assert rows(sink, "SELECT cause, old_verdict, new_verdict, revision FROM verdict_changes") == [
        ('{"reference":"staff"}', None, "pending", 1),
        ('{"time":"2026-12-08T16:00:00.000000Z"}', "pending", "invalid", 1),
    ]  # fmt: skip


def test_counts_replace_their_day(sink: StreamDatabase, tmp_path: Path) -> None:
    bank = Database(tmp_path)
    bank.replay(message("S1", "C1", "2026-11-11"))
    [row] = bank.rows("SELECT * FROM internal.rolling")
    names = [
        name for (name,) in bank.rows("SELECT name FROM pragma_table_info('internal.rolling')")
    ]
    day = dict(zip(names, row, strict=True))
    newer = rolling_record({**day, "messages_received": 5, "amount_fen": -3}, revision=9)
    apply(sink, newer, rolling_record(day, revision=8))
    assert rows(sink, "SELECT staff_id, messages_received, amount_fen FROM staff_daily") == [
        ("S1", 5, -3)
    ]
    apply(sink, rolling_record({**day, "messages_received": 6}, revision=10))
    assert rows(sink, "SELECT messages_received FROM staff_daily") == [(6,)]
    seal_november(sink)
    apply(sink, rolling_record({**day, "messages_received": 7}, revision=11))
    assert rows(sink, "SELECT messages_received FROM internal.rolling") == [(6,)]


def test_reference_rows_good_and_bad(sink: StreamDatabase) -> None:
    good = b'{"staff_id":"S1","role":"manager","branch_id":"B1","name":"old"}'
    apply(sink, make("staff", "S1", good), make("staff", "S2", good.replace(b"S1", b"S2")))
    elsewhere = (make("staff", "S1", None).partition + 1) % KEYED
    apply(
        sink,
        make("staff", "S1", b'{"staff_id":"S1","role":"chief","branch_id":"B1"}'),
        make("staff", "S9", good),
        make("staff", "S1", good.replace(b"old", b"new"), partition=elsewhere),
        make("staff", "", good),
        Record("staff", 0, 0, 0, None, good),
        Record("staff", 0, 0, 0, b"\xff", good),
    )
    assert rows(sink, "SELECT staff_id, name FROM staff ORDER BY ALL") == [
        ("S1", "old"), ("S2", "old"),
    ]  # fmt: skip
    apply(sink, make("staff", "S1", good.replace(b"old", b"new")), make("staff", "S2", None))
    assert rows(sink, "SELECT staff_id, name FROM staff") == [("S1", "new")]


def test_policies_good_and_bad(sink: StreamDatabase) -> None:
    def policy(version: str, day: str, more: str = "", key: str | None = None) -> Record:
        toml = f'version = "{version}"\neffective_from = {day}\n{more}'
        return make("policies", key or version, toml.encode())

    apply(
        sink,
        policy("a", "2026-11-01"),
        policy("b", "2026-11-01"),  # two of one day
        policy("c", "2026-12-01", "nonsense = 1\n"),
        policy("d", "2026-12-01", key="e"),
        policy("f", "2026-12-01"),
        policy("f", "2026-12-02", "keep_days = 3\n"),
    )
    shown = "SELECT version, effective_from::VARCHAR FROM policies ORDER BY ALL"
    assert rows(sink, shown) == [("a", "2026-11-01"), ("f", "2026-12-02")]
    apply(sink, make("months", "2026-11", b'{"month":"2026-11","sealed_as_of":"x"}'))
    apply(sink, policy("g", "2026-11-30"), make("policies", "f", None))
    assert rows(sink, shown) == [("a", "2026-11-01")]


def test_rows_of_sealed_months_stay(sink: StreamDatabase) -> None:
    paid, moved = an_add("S1", "C1", "2026-11-10"), an_add("S1", "C2", "2026-12-05")
    apply(sink, paid, moved)
    seal_november(sink)
    lost = an_add(
        "S1", "C1", "2026-11-10", revision=2, verdict="invalid", reasons=["removed_early"]
    )
    apply(
        sink, lost, an_add("S1", "C2", "2026-11-05", revision=5), an_add("S2", "C3", "2026-11-07")
    )
    assert rows(sink, "SELECT customer_id, verdict FROM adds") == [("C1", "valid")]
    assert rows(
        sink, "SELECT add_id, old_verdict, new_verdict FROM verdict_changes WHERE revision = 5"
    ) == [(add_id("S1", "C2"), "valid", None)]


@pytest.mark.parametrize("order", ["mark first", "add first", "together"])
def test_a_late_event_has_the_verdict_it_would_have_given(sink: StreamDatabase, order: str) -> None:
    apply(sink, an_add("S1", "C1", "2026-11-10"))
    seal_november(sink)
    one = add_id("S1", "C1")
    late = [
        mark("e1", one),
        an_add(
            "S1", "C1", "2026-11-10", revision=2, verdict="pending", reasons=["unverified"],
            cause=event_cause("e1"),
        ),
        mark("e2", None),
    ]  # fmt: skip
    if order == "together":
        apply(sink, *late)
    else:
        for record in late if order == "mark first" else reversed(late):
            apply(sink, record)
    apply(sink, mark("e1", one), mark("e2", None))  # read again
    assert rows(
        sink, "SELECT event_id, add_id, month, verdict FROM late_events ORDER BY event_id"
    ) == [("e1", one, "2026-11", "invalid"), ("e2", None, "2026-11", None)]


def test_late_by_way_of_another_customer(sink: StreamDatabase) -> None:
    apply(sink, an_add("S1", "C1", "2026-11-10"))
    seal_november(sink)
    changed = {"verdict": "invalid", "reasons": ["duplicate_identity"]}
    apply(sink, an_add("S1", "C1", "2026-11-10", revision=2, cause=event_cause("e9"), **changed))
    apply(sink, an_add("S1", "C1", "2026-11-10", revision=3, cause=event_cause("e10"), **changed))
    assert rows(
        sink, "SELECT event_id, type, epoch_us(time), add_id, verdict FROM late_events"
    ) == [("e9", "friend.added", DEC, add_id("S1", "C1"), "invalid")]


def test_open_months_and_wishes(sink: StreamDatabase) -> None:
    apply(
        sink,
        progress(DEC, ("2026-11", "2026-12")),
        make("months", "2026-11", b'{"month":"2026-11","sealed_as_of":null}'),
        make("months", "2027-01", b'{"month":"2027-01"}'),
    )
    assert rows(sink, "FROM months ORDER BY ALL") == [("2026-11", None), ("2026-12", None)]
    assert sink.wanted_months() == ["2026-11", "2027-01"]
    apply(sink, make("months", "2027-01", b'{"month":"2027-01","refused":"Not yet."}'))
    assert sink.wanted_months() == ["2026-11"]


def test_coverage_signals_alerts_and_dead_letters(sink: StreamDatabase) -> None:
    signal = (
        b'{"signal_id":"x","code":"fake_burst","customer_id":"C1","staff_id":"S1","score":0.5,'
        b'"window_start":"2026-11-10T00:00:00+08:00","window_end":"2026-11-11T00:00:00+08:00",'
        b'"evidence":{"b": 1}}'
    )
    alert = (
        b'{"fingerprint":"f","key":"S1","severity":"warning","status":"firing",'
        b'"started_at":"2026-11-10T00:00:00+08:00","ended_at":"2026-11-12T00:00:00+08:00",'
        b'"summary_zh":"z","summary_en":"e","evidence":{},"runbook":"r","revision":1}'
    )
    headers = [
        ("topic", b"interactions"), ("partition", b"3"), ("offset", b"12"),
        ("code", b"bad_json"), ("sentence", b"It is not JSON."),
    ]  # fmt: skip
    apply(
        sink,
        make("coverage", "K1", b"1"),
        make("coverage", "K2", b"1"),
        make("signals", "x", signal),
        make("signals", "y", signal.replace(b'"x"', b'"y"')),
        make("alerts", "f", alert),
        Record("dead-letters", 0, 0, 0, b"C\xff", b"{", headers),
    )
    apply(
        sink,
        make("coverage", "K1", b"0"),
        make("signals", "y", signal.replace(b'"x"', b'"y"').replace(b"0.5", b"0")),
        progress(DEC),
    )
    assert rows(sink, "FROM internal.covered") == [("K2",)]
    assert rows(sink, "SELECT signal_id, evidence FROM signals") == [("x", '{"b": 1}')]
    assert rows(sink, "SELECT fingerprint, status FROM alerts") == [("f", "resolved")]
    assert rows(sink, "FROM dead_letters") == [
        (1, "interactions", 3, 12, "C\\xff", "bad_json", "It is not JSON.", b"{")
    ]


def test_a_database_of_something_else_is_refused(tmp_path: Path, sink: StreamDatabase) -> None:
    sink.claim("truefriend@one")
    sink.claim("truefriend@one")
    with pytest.raises(Exception, match="the stream truefriend@one, not by truefriend@two"):
        sink.claim("truefriend@two")
    bank = Database(tmp_path)
    bank.replay(added("S1", "C1", "2026-11-10"), verified("C1", "K1", "2026-11-10"))
    with (
        writing(bank.path, "UTC") as connection,
        pytest.raises(Exception, match="filled by a replay"),
    ):
        StreamDatabase(connection, KEYED).claim("truefriend@one")
