"""Records that cannot be accepted: dead letters with their own bytes, and the stream goes on."""

from __future__ import annotations

import pytest

from pipeline.core.calendar import Calendar
from pipeline.core.ledger.fold import Look, marker
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.records import Route
from tests.database_maker import added, line
from tests.stream.memory import MemoryTopics
from topics.partitions import partition_of

NOON_MS = 1_794_283_200_000  # 2026-11-10 in Shanghai
POISON = [b"", b"\xff\xfe", b"null", b"[" * 600, b'{"specversion":"1.0"}', b"\x00" * 100]


def topics_of(partitions: int = 1) -> MemoryTopics:
    context = Context(
        Calendar("Asia/Shanghai"), Route(partitions), Look(lambda _: None, marker(b""))
    )
    return MemoryTopics(lambda: context, partitions)


def dead(topics: MemoryTopics) -> list[tuple[bytes, bytes, dict[str, str]]]:
    """(key, value, headers) of every dead letter."""
    return [
        (record.key or b"", record.value or b"", {k: v.decode() for k, v in record.headers})
        for (topic, _), log in topics.logs.items()
        if topic == "dead-letters"
        for record in log
    ]


def adds(topics: MemoryTopics) -> int:
    return len(topics.last("adds"))


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("poison", POISON)
def test_a_poison_record_at_any_place_of_a_batch(place: int, poison: bytes) -> None:
    topics = topics_of()
    lines = [added("S1", f"C{n}", "2026-11-10") for n in range(5)]
    for number, one in enumerate([*lines[:place], poison, *lines[place:]]):
        key = b"k" if number == place else f"C{number - (number > place)}".encode()
        topics.send("interactions", 0, key, one, NOON_MS)
    topics.run()
    ((key, value, headers),) = dead(topics)
    assert (key, value) == (b"k", poison)
    assert (headers["topic"], headers["partition"], headers["offset"]) == (
        "interactions",
        "0",
        str(place),
    )
    assert adds(topics) == 5


def test_an_event_under_another_key_is_misrouted() -> None:
    topics = topics_of()
    topics.send("interactions", 0, b"S1", added("S1", "C1", "2026-11-10"), NOON_MS)
    topics.send("interactions", 0, None, added("S1", "C2", "2026-11-10"), NOON_MS)
    topics.run()
    assert [headers["code"] for *_, headers in dead(topics)] == ["misrouted", "misrouted"]
    assert adds(topics) == 0


def test_an_event_on_another_partition_is_misrouted_and_claims_no_id() -> None:
    topics = topics_of(3)
    own = partition_of("C1", 3)
    event = added("S1", "C1", "2026-11-10")
    topics.send("interactions", (own + 1) % 3, b"C1", event, NOON_MS)
    topics.run()
    assert [headers["code"] for *_, headers in dead(topics)] == ["misrouted"]
    topics.send("interactions", own, b"C1", event, NOON_MS)
    topics.run()
    assert adds(topics) == 1


@pytest.mark.parametrize(
    ("ahead_ms", "codes"), [(0, []), (600_000, []), (600_001, ["future_time"])]
)
def test_an_event_over_ten_minutes_after_its_record(ahead_ms: int, codes: list[str]) -> None:
    topics = topics_of()
    event = added("S1", "C1", "2026-11-10")
    topics.send("interactions", 0, b"C1", event, NOON_MS - ahead_ms)
    topics.run()
    assert [headers["code"] for *_, headers in dead(topics)] == codes


def test_a_conflicting_copy_is_compared_with_the_first_by_offset() -> None:
    topics = topics_of()
    first = line("friend.added", "2026-11-10", "e1", staff_id="S1", customer_id="C1", add_way=1)
    other = line("friend.added", "2026-11-10", "e1", staff_id="S1", customer_id="C1", add_way=202)
    for one in (first, other, first):
        topics.send("interactions", 0, b"C1", one, NOON_MS)
    topics.run()
    assert [headers["code"] for *_, headers in dead(topics)] == ["conflicting_duplicate"]
    (add,) = topics.last("adds").values()
    assert b'"add_way":1' in add


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"S1", b"not json"),
        (b"S1", b'{"staff_id":"S1"}'),
        (b"S1", b'{"staff_id":"S2","role":"manager","branch_id":"B"}'),
        (None, b'{"staff_id":"S1","role":"manager","branch_id":"B"}'),
        (b"\xff", b'{"staff_id":"S1","role":"manager","branch_id":"B"}'),
    ],
)
def test_a_bad_reference_row_leaves_the_earlier_one(key: bytes | None, value: bytes) -> None:
    topics = topics_of()
    row = b'{"staff_id":"S1","role":"teller","branch_id":"B"}'
    topics.send("staff", 0, b"S1", row, 0)
    topics.send("staff", 0, key, value, 0)
    topics.send("interactions", 0, b"C1", added("S1", "C1", "2026-11-10"), NOON_MS)
    topics.run()
    assert [headers["code"] for *_, headers in dead(topics)] == ["bad_reference"]
    (add,) = topics.last("adds").values()
    assert b'"role":"teller"' in add
