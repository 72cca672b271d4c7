"""Starts, finds and stops the broker of a data folder.

The folder holds ``broker.json`` (ports and process), ``server.properties``, ``broker.log`` and
Kafka's own ``log/``. A process is ours if its command line names the folder's server.properties:
a number that another process got meanwhile is never signalled.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pipeline.broker.jars import OPS, find_jars, find_java, locked
from pipeline.broker.properties import Access, Ports, choose_ports, is_free, render
from pipeline.core.errors import TruefriendError

__all__ = ["Broker", "find_broker", "start_broker", "stop_broker"]

_START_SECONDS = 90.0
_DYING_SECONDS = 5.0
_STOP_SECONDS = 60.0
_HEAP = ("-Xms256m", "-Xmx1g")
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}  # by process id, to take their exit codes


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that runs."""

    port: int
    pid: int

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"


class _Record(msgspec.Struct):
    """broker.json; ``pid`` is 0 before the first start."""

    client: int
    internal: int
    controller: int
    pid: int = 0


def start_broker(data: Path, port: int | None = None, access: Access | None = None) -> Broker:
    """Starts the broker of the folder and returns once it answers; one that runs is returned.

    ``port`` None: the one it had before, else a free one. ``access`` counts when the folder is
    new. TruefriendError where it cannot be started.
    """
    data = data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    with locked(data / "start.lock"):
        running = _find_answering(data)
        if running is not None:
            return _same_port(running, port, data)
        return _start(data, port, access or Access())


def find_broker(data: Path) -> Broker | None:
    """The broker of the folder, if its process runs."""
    record = _read(data.resolve())
    if record is None or not _is_ours(record.pid, data.resolve()):
        return None
    return Broker(record.client, record.pid)


def stop_broker(data: Path) -> bool:
    """Stops the folder's broker and waits for its end; False where none runs.

    After 60 s it is killed: what it has acknowledged is on the disk all the same.
    """
    data = data.resolve()
    broker = find_broker(data)
    if broker is None:
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(broker.pid, number)
        if _ended(broker.pid, data, _STOP_SECONDS):
            return True
    raise TruefriendError(f"The broker, process {broker.pid}, does not end. See to it.")


def _becomes_free(port: int) -> bool:
    """Waits a little: a broker that was killed a moment ago still holds its port."""
    end = time.monotonic() + _DYING_SECONDS
    while not is_free(port):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _find_answering(data: Path) -> Broker | None:
    """The folder's broker once it answers; None where none runs, or one just ends."""
    end = time.monotonic() + _START_SECONDS
    while (broker := find_broker(data)) is not None:
        record = _read(data)
        if record is not None and not is_free(record.internal) and _answers(record.internal):
            return broker
        if time.monotonic() > end:
            raise TruefriendError(
                f"The broker of {data}, process {broker.pid}, runs but does not answer. "
                "Stop it (truefriend kafka stop) and start it again."
            )
        time.sleep(0.1)
    return None


def _same_port(running: Broker, port: int | None, data: Path) -> Broker:
    if port in (None, running.port):
        return running
    raise TruefriendError(
        f"The broker of {data} runs already, on port {running.port}. "
        "Stop it first, or give another folder with --data."
    )


def _start(data: Path, port: int | None, access: Access) -> Broker:
    java = [find_java(), "-cp", f"{find_jars()}/*", f"-Dlog4j2.configurationFile={_log_settings()}"]
    old = _read(data)
    wanted = port or (old.client if old else None)
    if wanted is not None and not _becomes_free(wanted):
        raise TruefriendError(
            f"Port {wanted} of 127.0.0.1 is in use by another process. "
            "Give another one with --port, or stop that process."
        )
    if old is None:
        ports = choose_ports(wanted)
        _format(java, data, ports, access)
    else:
        ports = Ports(wanted or old.client, old.internal, old.controller)
        _move(data, old, ports)
    return _run(java, data, ports)


def _format(java: list[str], data: Path, ports: Ports, access: Access) -> None:
    properties = data / "server.properties"
    _write_private(properties, render(ports, data, access))
    cluster = _known_cluster(data) or _new_cluster()
    tool = [*java, "kafka.tools.StorageTool", "format", "--ignore-formatted", "--standalone"]
    command = [*tool, "-t", cluster, "-c", str(properties), *access.scram()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise TruefriendError(
            f"Kafka's storage in {data} could not be made. It says: {lines[-1]} "
            "Give an empty folder with --data."
        )


def _new_cluster() -> str:
    """A random id; the tool takes a leading hyphen for an option."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")


def _known_cluster(data: Path) -> str | None:
    """The id of a storage that was made by a start which then was killed."""
    try:
        text = (data / "log" / "meta.properties").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    known = dict(line.partition("=")[::2] for line in text.splitlines())
    return known.get("cluster.id")


def _move(data: Path, old: _Record, ports: Ports) -> None:
    """Puts another client port into the settings, all else (passwords, too) as it is."""
    properties = data / "server.properties"
    text = properties.read_text(encoding="utf-8")
    moved = text.replace(f"CLIENT://127.0.0.1:{old.client}", f"CLIENT://127.0.0.1:{ports.client}")
    _write_private(properties, moved)


def _run(java: list[str], data: Path, ports: Ports) -> Broker:
    options = [*_HEAP, "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"]
    command = [java[0], *options, *java[1:], "kafka.Kafka", str(data / "server.properties")]
    with (data / "broker.log").open("ab") as log:
        # Its own session: Ctrl-C in the terminal that started it is not meant for it.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=data,
            start_new_session=True,
        )
    _CHILDREN[process.pid] = process
    record = _Record(ports.client, ports.internal, ports.controller, process.pid)
    _write_private(data / "broker.json", msgspec.json.encode(record).decode())
    _await_answer(process, ports.internal, data)
    return Broker(ports.client, process.pid)


def _await_answer(process: subprocess.Popen[bytes], port: int, data: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise TruefriendError(
                f"The broker ended at once. {data / 'broker.log'} says why; its last line is: "
                f"{_last_line(data / 'broker.log')}"
            )
        if not is_free(port) and _answers(port):
            return
        time.sleep(0.1)
    process.kill()
    raise TruefriendError(
        f"The broker did not answer within {_START_SECONDS:.0f} s and was ended. "
        f"See {data / 'broker.log'}."
    )


def _answers(port: int) -> bool:
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    from pipeline.kafka_client import ClosingClient

    try:
        admin = KafkaAdminClient(
            kafka_client=ClosingClient,
            bootstrap_servers=f"127.0.0.1:{port}",
            bootstrap_timeout_ms=2000,
            request_timeout_ms=2000,
        )
    except KafkaError:
        return False
    try:
        return bool(admin.describe_cluster()["brokers"])
    except KafkaError:
        return False
    finally:
        admin.close()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "(nothing)"


def _log_settings() -> Path:
    return OPS / "log4j2.properties"


def _read(data: Path) -> _Record | None:
    try:
        return msgspec.json.decode((data / "broker.json").read_bytes(), type=_Record)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _write_private(path: Path, text: str) -> None:
    """Readable by the owner alone: it may hold passwords."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _ended(pid: int, data: Path, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not _is_ours(pid, data):
            return True
        time.sleep(0.05)
    return False


def _is_ours(pid: int, data: Path) -> bool:
    child = _CHILDREN.get(pid)
    if child is not None and child.poll() is not None:
        del _CHILDREN[pid]  # its number is free again
        return False
    return pid > 0 and str(data / "server.properties") in _command_line(pid)


def _command_line(pid: int) -> list[str]:
    """The words of a process's command line; empty for one that ended or is a zombie."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return []
    done = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.split()
