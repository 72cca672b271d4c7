"""What libraries say over and over is said seldom, and what we say always."""

from __future__ import annotations

import logging

import pytest

from pipeline.logs import Seldom


def record(name: str, at: float, message: str, *values: object) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, message, values, None)
    made.created = at
    return made


def test_a_library_says_the_same_once_in_ten_seconds() -> None:
    seldom = Seldom()
    said = [
        record("aiokafka", at, "Unable connect to node with id %s", node)
        for at, node in ((100.0, 1), (100.1, 2), (109.9, 1), (110.0, 1), (110.5, 1))
    ]
    assert [seldom.filter(one) for one in said] == [True, False, False, True, False]
    assert [getattr(one, "left_out", None) for one in said] == [None, None, None, 2, None]


def test_partitions_that_try_again_are_limited_too() -> None:
    seldom = Seldom()
    texts = ("partition %d begins again: %s", "partition %d was taken over")
    said = [record("pipeline.stream.runner", 100.0, text, 1, "X") for text in (*texts, *texts)]
    assert [seldom.filter(one) for one in said] == [True, True, False, False]


def test_numbers_in_a_text_make_it_no_other() -> None:
    seldom = Seldom()
    said = [record("kafka.net", 100.0, f"not ready; waiting {wait} s") for wait in (0.25, 1.5)]
    said += [record("kafka.net", 100.0, "another"), record("kafka.cluster", 100.0, "another")]
    assert [seldom.filter(one) for one in said] == [True, False, True, True]


@pytest.mark.parametrize("name", ["pipeline.stream.metrics", "root", "kafkaesque"])
def test_all_else_is_said_each_time(name: str) -> None:
    seldom = Seldom()
    assert [seldom.filter(record(name, 100.0, "restored")) for _ in range(3)] == [True] * 3
