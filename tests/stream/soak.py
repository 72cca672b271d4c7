"""Faults drawn at random for as long as one likes, then streamed must equal replayed.

    python -m tests.stream.soak --minutes 10 --seed 1

Events are produced in pieces; between them workers, sink and broker are killed, stopped, started.
The seed is printed; the same one draws the same faults, though not at the same events.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.broker import find_broker, start_broker, stop_broker
from pipeline.clients import Clients
from pipeline.settings import Settings
from pipeline.topics_admin import create_topics
from sources.kafka.produce import ProduceOptions, produce
from tests.stream.deployment import Bank, Deployment

PIECES = 40
MOST_WORKERS = 3


class Soak:
    """What is running, and what may be done to it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.broker = folder / "kafka"
        broker = start_broker(self.broker)
        settings = Settings(namespace="soak", bootstrap_servers=broker.bootstrap_servers)
        create_topics(Clients(settings), 4)
        self.bank = Bank(folder / "bank", seed, staff=60, days=20)
        self.deployment = Deployment(settings, folder, self.bank.ip_table)
        self.pieces = self._pieces(folder)
        self.workers = [self.deployment.worker()]
        self.sink = self.deployment.sink()
        self.done: dict[str, int] = {}

    def step(self) -> None:
        """One fault or one piece of the events."""
        actions: list[Callable[[], None]] = [
            self.kill_worker,
            self.start_worker,
            self.freeze_worker,
            self.dying_worker,
            self.kill_sink,
            self.kill_broker,
            *[self.produce] * 6,
        ]
        action = self.chance.choice(actions)
        self.done[action.__name__] = self.done.get(action.__name__, 0) + 1
        action()
        time.sleep(self.chance.uniform(0, 3))

    def kill_worker(self) -> None:
        if self.workers:
            worker = self.workers.pop(self.chance.randrange(len(self.workers)))
            self.deployment.kill(worker)

    def start_worker(self) -> None:
        if len(self.workers) < MOST_WORKERS:
            self.workers.append(self.deployment.worker())

    def freeze_worker(self) -> None:
        """Stops one for longer than its session lasts, or shorter; it comes back as a zombie."""
        if self.workers:
            worker = self.chance.choice(self.workers)
            worker.send_signal(signal.SIGSTOP)
            time.sleep(self.chance.choice([1, 5, 15]))
            worker.send_signal(signal.SIGCONT)

    def dying_worker(self) -> None:
        worker = self.deployment.dying_worker(self.chance.randint(1, 80))
        if not self.deployment.died(worker, 20):
            self.deployment.kill(worker)

    def kill_sink(self) -> None:
        self.deployment.kill(self.sink)
        self.sink = self.deployment.sink()

    def kill_broker(self) -> None:
        broker = find_broker(self.broker)
        if broker is not None:
            os.kill(broker.pid, signal.SIGKILL)
            time.sleep(self.chance.uniform(0, 4))
        start_broker(self.broker)

    def produce(self) -> None:
        if self.pieces:
            self._send([self.pieces.pop(0)])

    def finish(self) -> list[str]:
        """Produces what is left and lets all come to rest; the tables that differ."""
        if self.pieces:
            self._send(self.pieces)
        if not self.workers:
            self.start_worker()
        seconds = self.deployment.wait(600)
        self.deployment.end()
        expected, found = self.bank.expected(), self.deployment.rows()
        print(f"{self.done}; at rest after {seconds:.1f} s", flush=True)
        return [table for table in expected if expected[table] != found[table]]

    def close(self) -> None:
        self.deployment.close()
        stop_broker(self.broker)

    def _send(self, inputs: list[Path]) -> None:
        options = ProduceOptions(
            inputs=tuple(map(str, inputs)),
            reference=self.bank.reference,
            policies=tuple(self.bank.policies),
            allow_future=True,
        )
        produce(options, Clients(self.deployment.settings))

    def _pieces(self, folder: Path) -> list[Path]:
        lines = gzip.decompress(self.bank.inputs[0].read_bytes()).splitlines(keepends=True)
        size = len(lines) // PIECES + 1
        pieces = []
        for number, start in enumerate(range(0, len(lines), size)):
            path = folder / f"piece-{number:03}.jsonl"
            path.write_bytes(b"".join(lines[start : start + size]))
            pieces.append(path)
        return pieces


def main() -> None:
    """Reads the command line and soaks; exit code 1 where a table differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="truefriend-soak-") as folder:
        soak = Soak(Path(folder), options.seed)
        try:
            end = time.monotonic() + 60 * options.minutes
            while time.monotonic() < end:
                soak.step()
            different = soak.finish()
        finally:
            soak.close()
    print("lost 0, doubled 0" if not different else f"DIFFERENT: {', '.join(different)}")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
