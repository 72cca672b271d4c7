"""A simulated bank through a real broker on this machine: start all, watch it, stop all."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from pipeline.broker import find_broker, start_broker, stop_broker
from pipeline.broker.jars import find_jars, find_java
from pipeline.clients import Clients
from pipeline.core.errors import TruefriendError
from pipeline.demo.processes import Child, free_ports, interruptible, uninterrupted
from pipeline.demo.screen import Show, showing
from pipeline.demo.watch import Look, Watcher
from pipeline.settings import load_settings
from pipeline.topics_admin import create_topics

__all__ = ["KafkaDemo", "through_kafka", "why_no_kafka"]

_PARTITIONS = 4
_LOOK_EVERY_S = 0.25
_NOTE_EVERY_S = 1.0
_AT_REST = 2  # looks in a row: a transaction's records come into sight a moment after its commit


@dataclass(frozen=True, slots=True)
class KafkaDemo:
    """``bank`` is the simulator's folder, of ``lines`` lines; ``log`` takes what processes say.

    ``kafka`` is the broker's folder, kept; None: a temporary one. ``limit_s`` is how long it may
    take until all is at rest.
    """

    bank: Path
    lines: int
    db: Path
    log: Path
    kafka: Path | None = None
    workers: int = 1
    limit_s: float = 900.0
    namespace: str = field(default_factory=lambda: f"demo-{uuid4().hex[:8]}")


def why_no_kafka() -> str | None:
    """Why no broker can be run here, in a sentence; None: one can. It may fetch the jars first."""
    try:
        find_java()
        find_jars()
    except TruefriendError as error:
        return str(error)
    return None


def through_kafka(demo: KafkaDemo) -> None:
    """Streams the bank into the database; when it returns or raises, all that it started is gone.

    TruefriendError where a process fails or time is up. SIGTERM and SIGHUP raise KeyboardInterrupt.
    """
    running = _Running(demo)
    with interruptible():
        try:
            running.start()
            with showing() as show:
                running.watch(show)
        finally:
            with uninterrupted():
                running.stop()


class _Running:
    """All that the demo has started."""

    def __init__(self, demo: KafkaDemo) -> None:
        self._demo = demo
        self._folder: Path | None = None  # of the broker that is ours to stop
        self._children: list[Child] = []
        self._watcher: Watcher | None = None
        self._noted = 0.0
        self._answers = False  # whether the broker has; if not, its log is still wanted

    def start(self) -> None:
        demo = self._demo
        servers = self._start_broker()
        settings = load_settings(
            namespace=demo.namespace, bootstrap_servers=servers, security_protocol="PLAINTEXT"
        )
        clients = Clients(settings)
        create_topics(clients, _PARTITIONS)
        first = free_ports(demo.workers + 1)
        ports = range(first, first + demo.workers + 1)
        self._environment = _environment(demo.namespace, servers)
        self._run = self._start_child(
            "run", "--db", str(demo.db), "--ip-table", str(demo.bank / "ip.csv"),
            "--workers", str(demo.workers), "--health-port", str(first),
        )  # fmt: skip
        self._produce = self._start_child(
            "produce", str(demo.bank / "events.jsonl.gz"), "--allow-future",
            "--reference", str(demo.bank / "reference"), "--policy", str(demo.bank / "policy.toml"),
        )  # fmt: skip
        self._look = Look(ports, demo.lines)
        self._watcher = Watcher(clients, _PARTITIONS)
        self._watcher.start()

    def watch(self, show: Show) -> None:
        """Shows it at work until all is at rest."""
        deadline = time.monotonic() + self._demo.limit_s
        while not self._is_done(show):
            if time.monotonic() > deadline:
                raise TruefriendError(
                    f"The stream is not at rest after {self._demo.limit_s:.0f} s. "
                    f"{self._demo.log} says what its processes did."
                )
            time.sleep(_LOOK_EVERY_S)

    def stop(self) -> None:
        """Stops what was started, the last first, also where stopping one of them fails."""
        with ExitStack() as stack:
            stack.callback(self._stop_broker)
            for child in self._children:
                stack.callback(child.stop)
            if self._watcher is not None:
                stack.callback(self._watcher.stop)

    def _is_done(self, show: Show) -> bool:
        assert self._watcher is not None
        self._watcher.check()
        self._check(self._run)
        if time.monotonic() - self._noted > _NOTE_EVERY_S:
            self._run.note_below()
            self._noted = time.monotonic()
        sent = self._produce.code()
        if sent not in (None, 0):
            self._check(self._produce)
        if sent is None:
            self._watcher.rest = 0  # at rest counts only once all is sent
        done = self._watcher.rest >= _AT_REST
        show(self._look(self._watcher.status, sent == 0))
        return done

    def _check(self, child: Child) -> None:
        """TruefriendError where a process has ended that should not have."""
        if child.code() is not None:
            raise TruefriendError(
                f"truefriend {child.name} ended with code {child.code()}: {_last_line(child.log)}"
            )

    def _start_broker(self) -> str:
        """Starts it, or takes the one that runs in the folder given; its address."""
        given = self._demo.kafka
        known = find_broker(given) if given is not None and given.is_dir() else None
        folder = given or Path(tempfile.mkdtemp(prefix="truefriend-kafka-"))
        if known is None:
            self._folder = folder
        broker = start_broker(folder)
        self._answers = True
        return broker.bootstrap_servers

    def _stop_broker(self) -> None:
        if self._folder is None:
            return
        stop_broker(self._folder)
        if self._demo.kafka is None and self._answers:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start_child(self, *arguments: str) -> Child:
        child = Child.start(arguments, self._environment, self._demo.log)
        self._children.append(child)
        return child


def _environment(namespace: str, servers: str) -> dict[str, str]:
    """That of the demo, but for settings of another deployment."""
    others = {
        name: value for name, value in os.environ.items() if not name.startswith("TRUEFRIEND_")
    }
    return {
        **others,
        "TRUEFRIEND_NAMESPACE": namespace,
        "TRUEFRIEND_BOOTSTRAP_SERVERS": servers,
    }


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"{lines[-1] if lines else 'it says nothing'} (all of it: {log})"
