"""A slow-drip pool of a stream: the sink finds it, the topic tells it, the table is a replay's."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.command import run
from tests.conftest import FreshTopics
from tests.database_maker import Database
from tests.promise import promised
from tests.stream.deployment import Bank, Deployment
from tests.unit.test_drip import OTHERS, POOL


class Pool(Bank):
    """The events of a pool and of others, and their replay."""

    def __init__(self, folder: Path) -> None:
        made = Database(folder)
        made.replay(*POOL, *OTHERS)
        self.inputs = [folder / "run1" / "events.jsonl"]
        self.reference = folder / "run1" / "reference"
        self.policies = []
        self._db = made.path

    def replayed(self) -> Path:
        return self._db


def test_a_slow_pool_is_found_and_told_once_all_is_at_rest(
    fresh_topics: FreshTopics, tmp_path: Path
) -> None:
    settings, bank = fresh_topics(4), Pool(tmp_path)
    deployment = Deployment(settings, tmp_path)
    try:
        deployment.worker()
        deployment.sink()
        deployment.produce(bank)
        deployment.wait()
        told = run(
            "alerts", "tail", "--once", "--json",
            env={
                **os.environ,
                "TRUEFRIEND_NAMESPACE": settings.namespace,
                "TRUEFRIEND_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
            },
        )  # fmt: skip
        deployment.end()
    finally:
        deployment.close()
    alerts = [json.loads(line) for line in told.stdout.splitlines()]
    drips = [one["evidence"]["customers"] for one in alerts if one["key"].startswith("drip ")]
    assert drips == [20]
    assert promised(deployment.db) == promised(bank.replayed())
