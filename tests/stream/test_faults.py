"""Streamed equals replayed, whatever is killed, stopped or moved meanwhile; real broker, real
processes. The order of faults comes from a printed seed: TRUEFRIEND_FAULT_SEED."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from pipeline.broker import start_broker, stop_broker
from pipeline.settings import Settings
from tests.conftest import FreshTopics, NewBroker
from tests.stream.deployment import Bank, Deployment

SEED = int(os.environ.get("TRUEFRIEND_FAULT_SEED", "20261125"))


BANKS = (3, 5, 8)
"""Seeds of simulated banks; the first is that of most tests."""


@pytest.fixture(scope="module")
def bank_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Bank]:
    """``bank_of(seed)``: made, and replayed, only once."""
    return cache(lambda seed: Bank(tmp_path_factory.mktemp("bank"), seed, staff=24, days=15))


@pytest.fixture(scope="module")
def bank(bank_of: Callable[[int], Bank]) -> Bank:
    return bank_of(BANKS[0])


@pytest.fixture
def deploy(tmp_path: Path, bank: Bank) -> Iterator[Callable[[Settings], Deployment]]:
    made: list[Deployment] = []

    def make(settings: Settings) -> Deployment:
        made.append(Deployment(settings, tmp_path, bank.ip_table))
        return made[-1]

    yield make
    for deployment in made:
        deployment.close()


def check(deployment: Deployment, bank: Bank, what: str, sink: object, seed: int = SEED) -> None:
    """At rest, then all ended by SIGTERM: the rows of a replay, nothing lost, nothing doubled."""
    seconds = deployment.wait()
    deployment.end()
    expected, found = bank.expected(), deployment.rows()
    different = [table for table in expected if expected[table] != found[table]]
    print(f"{what}: seed {seed}; lost 0, doubled 0; at rest again after {seconds:.1f} s")
    assert different == []


SETTINGS = [
    pytest.param(seed, workers, partitions, marks=[] if quick else pytest.mark.full)
    for seed in BANKS
    for workers in (1, 2, 4)
    for partitions in (4, 12)
    for quick in [seed == BANKS[0] and (workers, partitions) in ((1, 4), (2, 12))]
]


@pytest.mark.parametrize(("seed", "workers", "partitions"), SETTINGS)
def test_streamed_rows_equal_replayed_rows(
    fresh_topics: FreshTopics,
    deploy: Callable[[Settings], Deployment],
    bank_of: Callable[[int], Bank],
    seed: int,
    workers: int,
    partitions: int,
) -> None:
    bank, deployment = bank_of(seed), deploy(fresh_topics(partitions))
    deployment.produce(bank)
    sink = deployment.sink()
    for _ in range(workers):
        deployment.worker()
    check(deployment, bank, f"bank {seed}, {workers} workers, {partitions} partitions", sink)


def test_workers_are_killed_at_random_moments(
    fresh_topics: FreshTopics, deploy: Callable[[Settings], Deployment], bank: Bank
) -> None:
    chance = random.Random(SEED)
    deployment = deploy(fresh_topics(4))
    sink = deployment.sink()
    deployment.produce(bank)
    for _ in range(2):
        worker = deployment.worker()
        time.sleep(chance.uniform(1.5, 5))
        deployment.kill(worker)
    deployment.worker()
    check(deployment, bank, "2 workers killed", sink)


@pytest.mark.full
@pytest.mark.parametrize("turn", range(10))
def test_one_of_two_workers_is_killed_at_a_random_moment(
    fresh_topics: FreshTopics, deploy: Callable[[Settings], Deployment], bank: Bank, turn: int
) -> None:
    """TRUEFRIEND_FAULT_SEED is that of the first turn, each later one has the next."""
    chance = random.Random(SEED + turn)
    deployment = deploy(fresh_topics(4))
    sink = deployment.sink()
    workers = [deployment.worker(), deployment.worker()]
    deployment.produce(bank)
    deployment.wait_for_work()
    moment = chance.uniform(0, 4)
    time.sleep(moment)
    deployment.kill(chance.choice(workers))
    time.sleep(chance.uniform(0, 2))
    deployment.worker()
    what = f"one of two workers killed {moment:.2f} s after the first transaction"
    check(deployment, bank, what, sink, SEED + turn)


def test_the_sink_is_killed_at_random_moments(
    fresh_topics: FreshTopics, deploy: Callable[[Settings], Deployment], bank: Bank
) -> None:
    chance = random.Random(SEED + 1)
    deployment = deploy(fresh_topics(4))
    deployment.produce(bank)
    deployment.worker()
    for _ in range(2):
        sink = deployment.sink()
        time.sleep(chance.uniform(0.7, 3))
        deployment.kill(sink)
    check(deployment, bank, "2 sinks killed", deployment.sink())


def test_a_worker_joins_and_leaves_in_mid_stream(
    fresh_topics: FreshTopics, deploy: Callable[[Settings], Deployment], bank: Bank
) -> None:
    deployment = deploy(fresh_topics(4))
    sink = deployment.sink()
    deployment.worker()
    deployment.produce(bank)
    second = deployment.worker()
    deployment.wait_for_start(second)
    time.sleep(3)
    deployment.terminate(second)
    check(deployment, bank, "a worker joined and left", sink)


def test_a_zombie_comes_back_after_its_partitions_moved(
    fresh_topics: FreshTopics, deploy: Callable[[Settings], Deployment], bank: Bank
) -> None:
    deployment = deploy(fresh_topics(4))
    sink = deployment.sink()
    zombie = deployment.worker()
    deployment.produce(bank)
    time.sleep(3)
    zombie.send_signal(signal.SIGSTOP)
    deployment.worker()
    time.sleep(18)  # its session is over and the other one has taken over
    zombie.send_signal(signal.SIGCONT)
    check(deployment, bank, "a zombie came back", sink)


def test_the_broker_is_killed_and_starts_again(
    new_broker: NewBroker, deploy: Callable[[Settings], Deployment], bank: Bank
) -> None:
    from pipeline.clients import Clients
    from pipeline.topics_admin import create_topics

    folder, broker = new_broker()
    settings = Settings(namespace="killed", bootstrap_servers=broker.bootstrap_servers)
    create_topics(Clients(settings), 4)
    deployment = deploy(settings)
    sink = deployment.sink()
    deployment.worker()
    deployment.produce(bank)
    deployment.wait_for_work()
    os.kill(broker.pid, signal.SIGKILL)
    time.sleep(2)
    start_broker(folder)
    time.sleep(2)
    stop_broker(folder)
    start_broker(folder)
    check(deployment, bank, "the broker killed, then restarted", sink)


def test_workers_are_killed_between_any_two_writes(
    fresh_topics: FreshTopics, deploy: Callable[[Settings], Deployment], bank: Bank
) -> None:
    chance = random.Random(SEED + 2)
    deployment = deploy(fresh_topics(4))
    sink = deployment.sink()
    deployment.produce(bank)
    writes = [chance.randint(1, 60) for _ in range(3)]
    died = [deployment.died(deployment.dying_worker(number)) for number in writes]
    assert all(died), deployment.tail()
    deployment.worker()
    check(deployment, bank, f"killed at writes {writes}", sink)


def test_compaction_takes_nothing_that_is_needed(
    fresh_topics: FreshTopics, deploy: Callable[[Settings], Deployment], bank: Bank
) -> None:
    deployment = deploy(fresh_topics(4))
    deployment.produce(bank)
    first = deployment.worker()
    deployment.wait_for_workers()
    deployment.terminate(first)
    deployment.compact(20)
    deployment.worker()  # restores from what is left
    check(deployment, bank, "compacted", deployment.sink())


def test_reference_rows_and_policies_change_under_load(
    fresh_topics: FreshTopics, deploy: Callable[[Settings], Deployment], bank: Bank, tmp_path: Path
) -> None:
    """Half of the rows come late, some are others at first, and the policy comes last."""
    early = tmp_path / "early"
    early.mkdir()
    for path in bank.reference.iterdir():
        lines = path.read_bytes().splitlines(keepends=True)
        kept = lines[::2] if path.name.startswith(("customers", "staff")) else lines
        changed = [line.replace(b'"manager"', b'"teller"') for line in kept]
        (early / path.name).write_bytes(b"".join(changed))
    deployment = deploy(fresh_topics(4))
    sink = deployment.sink()
    deployment.worker()
    deployment.produce(bank, early, policy=False)
    time.sleep(3)
    deployment.produce_reference(bank)
    check(deployment, bank, "reference and policy changed", sink)
