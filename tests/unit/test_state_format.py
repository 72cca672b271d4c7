"""State rows say in which format they are; a worker of another one refuses them."""

from __future__ import annotations

import msgspec
import pytest

from pipeline.core.calendar import Calendar
from pipeline.core.ledger.fold import Look, marker
from pipeline.core.records import STATE_FORMAT, StateRow
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.partition import PARTITION, OtherFormat, Stages
from pipeline.stream.stages.records import Route

OURS: StateRow = (PARTITION, "", "format", "", msgspec.msgpack.encode(STATE_FORMAT))
NEWER: StateRow = (*OURS[:4], msgspec.msgpack.encode(STATE_FORMAT + 1))


def begun(*rows: StateRow) -> Stages:
    context = Context(Calendar("UTC"), Route(1), Look(lambda _: None, marker(b"")))
    stages = Stages(context, 0)
    for row in rows:
        stages.load(*row)
    stages.begin(context)
    return stages


def formats(stages: Stages) -> list[StateRow]:
    return [row for row in stages.finish().state if row[2] == "format"]


def test_the_first_batch_says_the_format_and_no_other_does() -> None:
    stages = begun()
    assert formats(stages) == [OURS]
    assert formats(stages) == []
    assert formats(begun(OURS)) == []


def test_a_state_from_before_formats_were_written_is_of_the_first() -> None:
    progress = msgspec.msgpack.encode((5, {"interactions/0": 7}, 3, []))
    stages = begun((PARTITION, "", "", "", progress))
    assert (stages.position("interactions"), stages.epoch, formats(stages)) == (7, 4, [OURS])


def test_another_format_is_refused_wherever_its_row_stands() -> None:
    unreadable: StateRow = (PARTITION, "", "", "", b"\xc1")
    for rows in ([NEWER], [unreadable, NEWER], [NEWER, unreadable]):
        with pytest.raises(OtherFormat, match="The state of partition 0 in the changelog is not"):
            begun(*rows)
    with pytest.raises(OtherFormat):
        begun(("a later stage", "key", "", "", b""))
