"""What waits while events keep coming, and until when."""

from __future__ import annotations

import pytest
from faust.types import TP

from pipeline.stream.held import Held
from pipeline.stream.transport import Fetched


def batch(topic: str, start: int, number: int) -> Fetched:
    return Fetched(TP(topic, 0), [None] * number, start, start + number, 0)


@pytest.mark.parametrize(
    "topic", ["interactions", "customers", "staff", "identity", "verdicts", "partials"]
)
def test_others_do_not_wait(topic: str) -> None:
    held = Held()
    assert not held.put(topic, batch(topic, 0, 3), 5.0)
    assert (held.end(topic), held.due(100.0), held.take()) == (None, False, [])


def test_they_wait_for_a_second_from_the_first_on_and_come_in_their_order() -> None:
    held = Held()
    some = [("signals", batch("signals", 0, 3)), ("answers", batch("answers", 7, 1))]
    assert [held.put(topic, one, 5.0 + n / 2) for n, (topic, one) in enumerate(some)] == [True] * 2
    assert (held.end("signals"), held.end("answers"), held.end("facts")) == (3, 8, None)
    assert (held.due(5.9), held.due(6.0)) == (False, True)
    assert held.take() == some
    assert (held.end("signals"), held.due(100.0), held.take()) == (None, False, [])


def test_too_many_do_not_wait() -> None:
    held = Held()
    held.put("facts", batch("facts", 0, 19_999), 5.0)
    assert not held.due(5.0)
    held.put("facts", batch("facts", 19_999, 1), 5.0)
    assert held.due(5.0)


def test_a_topic_that_is_sought_again_is_forgotten() -> None:
    held = Held()
    held.put("facts", batch("facts", 0, 2), 5.0)
    held.put("signals", batch("signals", 0, 3), 5.5)
    held.drop("facts")
    assert (held.end("facts"), held.end("signals")) == (None, 3)
    assert (held.due(5.9), held.due(6.0)) == (False, True)
    held.drop()
    assert held.take() == []
