"""Workers and a sink as processes on a real broker, to be killed, stopped and compared."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.clients import Clients
from pipeline.replay.options import ReplayOptions
from pipeline.replay.run import replay
from pipeline.settings import Settings
from pipeline.status import Status, read_status
from sources.kafka.produce import ProduceOptions, produce
from sources.simulate import simulate
from tests.promise import promised
from topics.catalog import TOPICS, topic_name

__all__ = ["Bank", "Deployment"]

_EAGER = {"segment.ms": "500", "min.cleanable.dirty.ratio": "0.01", "segment.bytes": "1048576"}


class Bank:
    """A simulated bank's files, and what a replay makes of them."""

    def __init__(self, folder: Path, seed: int, staff: int, days: int) -> None:
        self.folder = folder
        simulate(seed, folder, days=days, staff=staff, customers=staff * 150)
        self.inputs = [folder / "events.jsonl.gz"]
        self.reference = folder / "reference"
        self.policies = [folder / "policy.toml"]
        self.ip_table = folder / "ip.csv"

    def replayed(self) -> Path:
        """The database of a replay of all."""
        db = self.folder / "replayed.duckdb"
        if not db.exists():
            options = ReplayOptions(
                inputs=self.inputs,
                reference=self.reference,
                policies=self.policies,
                ip_table=self.ip_table,
                db=db,
            )
            replay(options)
        return db

    def expected(self) -> dict[str, str]:
        return promised(self.replayed())


class Deployment:
    """Processes of one namespace; all that still run are ended with ``close``."""

    def __init__(self, settings: Settings, folder: Path, ip_table: Path | None = None) -> None:
        self.settings = settings
        self.db = folder / "stream.duckdb"
        self.folder = folder
        self._ip_table = ip_table
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs = 0

    def produce(self, bank: Bank, reference: Path | None = None, *, policy: bool = True) -> None:
        """All of the bank; ``reference`` instead of its own rows, ``policy`` False: none yet."""
        options = ProduceOptions(
            inputs=tuple(map(str, bank.inputs)),
            reference=reference or bank.reference,
            policies=tuple(bank.policies) if policy else (),
            allow_future=True,
        )
        produce(options, Clients(self.settings))

    def produce_reference(self, bank: Bank) -> None:
        """The bank's own rows and policy, nothing else."""
        options = ProduceOptions(
            inputs=(), reference=bank.reference, policies=tuple(bank.policies), allow_future=True
        )
        produce(options, Clients(self.settings))

    def compact(self, seconds: float) -> None:
        """Has every compacted topic cleaned over and over for so long."""
        self._alter({name: ("SET", value) for name, value in _EAGER.items()})
        time.sleep(seconds)
        self._alter(dict.fromkeys(_EAGER, ("DELETE", None)))

    def wait_for_start(self, worker: subprocess.Popen[bytes], seconds: float = 60) -> None:
        """Waits until the worker, started last, has said so: from then on it answers SIGTERM."""
        log, end = self.folder / f"process-{self._logs}-worker.log", time.monotonic() + seconds
        while b"worker started" not in log.read_bytes():
            assert worker.poll() is None, self.tail()
            assert time.monotonic() < end, self.tail()
            time.sleep(0.2)

    def wait_for_workers(self, seconds: float = 120) -> None:
        """Waits until the workers have nothing left to read, whatever the sink does."""
        clients, end = Clients(self.settings), time.monotonic() + seconds
        while True:
            found = read_status(clients, self._partitions(), 2)  # it looks closer where all rests
            if found.as_of and not any(one.lag for one in found.topics if one.reader == "workers"):
                return
            assert time.monotonic() < end, self.tail()
            time.sleep(0.5)

    def wait_for_work(self, seconds: float = 120) -> None:
        """Waits until the workers have committed something of the interactions."""
        clients, end = Clients(self.settings), time.monotonic() + seconds
        while read_status(clients, self._partitions(), 0).as_of is None:
            assert time.monotonic() < end, self.tail()
            time.sleep(0.2)

    def _alter(self, changes: dict[str, tuple[str, str | None]]) -> None:
        names = [
            topic_name(self.settings.namespace, topic)
            for topic in TOPICS.values()
            if topic.cleanup == "compact"
        ]
        admin = KafkaAdminClient(**Clients(self.settings).kafka_python())
        resources = [ConfigResource(ConfigResourceType.TOPIC, name, changes) for name in names]
        admin.alter_configs(resources, incremental=True)
        admin.close()

    def worker(self, **environment: str) -> subprocess.Popen[bytes]:
        table = ["--ip-table", str(self._ip_table)] if self._ip_table else []
        return self._start(["worker", *table], environment)

    def dying_worker(self, writes: int) -> subprocess.Popen[bytes]:
        """A worker that is killed at so many writes to Kafka."""
        table = ["--ip-table", str(self._ip_table)] if self._ip_table else []
        return self._start(["worker", *table], {}, ["tests.stream.dying_worker", str(writes)])

    def died(self, process: subprocess.Popen[bytes], seconds: float = 60) -> bool:
        """Whether it was killed by itself within that time."""
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._processes.remove(process)
        return process.returncode == -signal.SIGKILL

    def end(self) -> None:
        """Ends all that run by SIGTERM: each with 0, within 10 seconds."""
        for process in list(self._processes):
            self.terminate(process)

    def sink(self, **environment: str) -> subprocess.Popen[bytes]:
        return self._start(["sink", "--db", str(self.db)], environment)

    def wait(self, seconds: float = 120) -> float:
        """Waits until at rest; how long that took. Fails with the logs' last lines if never."""
        started = time.monotonic()
        clients = Clients(self.settings)
        partitions = read_status(clients, self._partitions(), seconds)
        assert partitions.at_rest, f"{behind(partitions)}\n{self.tail()}"
        return time.monotonic() - started

    def terminate(self, process: subprocess.Popen[bytes]) -> float:
        """SIGTERM; the seconds until its end. It must be 0, within 10 seconds."""
        started = time.monotonic()
        process.terminate()
        assert process.wait(10) == 0, self.tail()
        self._processes.remove(process)
        return time.monotonic() - started

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        self._processes.remove(process)

    def rows(self) -> dict[str, str]:
        """The promised tables' hashes, once the sink has ended."""
        return promised(self.db)

    def close(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        self._processes = []

    def tail(self) -> str:
        """The last lines of every log, for a failed test."""
        parts = []
        for path in sorted(self.folder.glob("process-*.log")):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
            parts.append("\n".join([path.name, *lines]))
        return "\n".join(parts)

    def _partitions(self) -> int:
        from pipeline.topics_admin import check_topics

        return check_topics(Clients(self.settings), self.settings)

    def _start(
        self,
        arguments: Sequence[str],
        environment: dict[str, str],
        module: Sequence[str] = ("pipeline.cli",),
    ) -> subprocess.Popen[bytes]:
        self._logs += 1
        log = self.folder / f"process-{self._logs}-{arguments[0]}.log"
        variables = {
            "TRUEFRIEND_NAMESPACE": self.settings.namespace,
            "TRUEFRIEND_BOOTSTRAP_SERVERS": self.settings.bootstrap_servers,
            **environment,
        }
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *module, *arguments],
                env={**os.environ, **variables},
                stdout=out,
                stderr=out,
            )
        self._processes.append(process)
        return process


def behind(status: Status) -> str:
    """Who has what before it, for a failed test."""
    left = [f"{one.reader} {one.topic} {one.lag}" for one in status.topics if one.lag]
    return "before them: " + ", ".join(left)
