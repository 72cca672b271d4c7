"""Shards in processes of their own: what becomes of them when something goes wrong."""

from __future__ import annotations

import multiprocessing as mp
from typing import Any

import pytest

from pipeline.core.ledger.stage import NEVER
from pipeline.core.policy import PolicySet
from pipeline.replay import cluster
from pipeline.replay.cluster import ProcessCluster
from pipeline.replay.shard import ShardSettings
from tests.command import run_python

SETTINGS = ShardSettings(
    shards=2,
    timezone="Asia/Shanghai",
    policies=PolicySet(),
    dismissed=frozenset(),
    sealed_through=NEVER,
    limit=None,
    ip_table=None,
)

FAILING = """
import time
import msgspec
from pipeline.core.records import IdentityUpdate
from pipeline.replay.cluster import ProcessCluster
from tests.unit.test_cluster import SETTINGS

if __name__ == "__main__":
    many = [IdentityUpdate(f"b{n:09}", "c1", None, [], "") for n in range(100_000)]
    with ProcessCluster(SETTINGS) as shards:
        shards.call("receive_updates", [[], []])
        shards.begin("receive_updates", [[msgspec.msgpack.encode(many)]] * 2)
        time.sleep(2)  # longer than a pipe holds: they wait for us to read
        raise ValueError("of the caller")
"""


def test_an_error_while_shards_work_is_the_only_thing_said() -> None:
    said = run_python(FAILING).stderr.decode()
    assert said.endswith("ValueError: of the caller\n")
    assert said.count("Traceback") == 1


def test_shards_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one's process ends with the second one's failure, which is told."""

    class Context:
        def __init__(self) -> None:
            self.process: Any = None

        def Pipe(self) -> Any:  # noqa: N802 - multiprocessing's name
            return mp.get_context("forkserver").Pipe()

        def Process(self, **given: Any) -> Any:  # noqa: N802
            if self.process is not None:
                raise OSError("no more processes")
            self.process = mp.get_context("forkserver").Process(**given)
            return self.process

    context = Context()
    monkeypatch.setattr(cluster, "process_context", lambda: context)
    with pytest.raises(OSError, match="no more processes"), ProcessCluster(SETTINGS) as shards:
        shards.call("receive_updates", [[], []])
    assert not context.process.is_alive()
    with pytest.raises(ValueError, match="of the caller"), ProcessCluster(SETTINGS):
        raise ValueError("of the caller")


def test_nothing_comes_between_a_call_that_was_begun_and_its_results() -> None:
    with ProcessCluster(SETTINGS) as shards:
        results = shards.begin("receive_updates", [[], []])
        with pytest.raises(AssertionError, match="still to be asked for"):
            shards.post("receive_updates", [[], []])
        assert results() == [[], []]
        assert shards.call("receive_updates", [[], []]) == [[], []]
