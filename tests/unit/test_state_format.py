"""State rows say in which format they are; a worker of another one refuses them."""

from __future__ import annotations

import msgspec
import pytest

from pipeline.core.calendar import Calendar
from pipeline.core.ledger.fold import Look, marker
from pipeline.core.records import STATE_FORMAT, StateRow
from pipeline.stream.stages import partition
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.partition import PARTITION, OtherFormat, Stages
from pipeline.stream.stages.records import Route

BEFORE = (5, {"interactions/0": 7}, 3, [])
"""The progress of a worker that did not name the format yet."""


def progress(*fields: object) -> StateRow:
    return PARTITION, "", "", "", msgspec.msgpack.encode(fields)


def begun(*rows: StateRow) -> Stages:
    context = Context(Calendar("UTC"), Route(1), Look(lambda _: None, marker(b"")))
    stages = Stages(context, 0)
    for row in rows:
        stages.load(*row)
    stages.begin(context)
    return stages


def test_every_batch_says_the_format() -> None:
    [row] = begun().finish().state
    assert row == progress(None, {}, 1, [], STATE_FORMAT)
    assert begun(row).epoch == 2


def test_a_state_that_names_no_format_is_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = begun(progress(*BEFORE))
    assert (stages.position("interactions"), stages.epoch) == (7, 4)
    monkeypatch.setattr(partition, "STATE_FORMAT", 2)
    with pytest.raises(OtherFormat, match="The state of partition 0 in the changelog is not"):
        begun(progress(*BEFORE))


@pytest.mark.parametrize(
    "row",
    [
        progress(*BEFORE, STATE_FORMAT + 1),
        progress("other", "fields"),
        ("a later stage", "key", "", "", b""),
    ],
    ids=["named", "unreadable", "another stage"],
)
def test_another_format_is_refused(row: StateRow) -> None:
    with pytest.raises(OtherFormat):
        begun(row)
