"""A broker that is away for a while: it is said, nobody writes the disk full, all end in time."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.broker import start_broker, stop_broker
from pipeline.clients import Clients
from pipeline.settings import Settings
from pipeline.stream_places import Places
from pipeline.topics_admin import create_topics
from sinks.duckdb.stream.reading import SinkReader
from sinks.duckdb.stream.records import READ, Record
from tests.conftest import NewBroker
from tests.stream.deployment import Deployment
from tests.stream.sinking import until
from tests.stream.writing import write
from tests.stream_records import KEYED

_FAILURES = 'truefriend_sink_failures_total{cause="broker"}'


@pytest.fixture
def deployment(new_broker: NewBroker, tmp_path: Path) -> Iterator[Deployment]:
    """Of a broker of its own, whose folder is ``deployment.folder / "kafka"``."""
    folder, broker = new_broker()
    (tmp_path / "kafka").symlink_to(folder)
    settings = Settings(namespace="away", bootstrap_servers=broker.bootstrap_servers)
    create_topics(Clients(settings), 4)
    made = Deployment(settings, tmp_path)
    yield made
    made.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def get(port: int, path: str) -> tuple[int, str]:
    """Code and text of an answer; 0 where nobody answers yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_a_broker_that_is_away_is_said_and_waited_for(deployment: Deployment) -> None:
    ports = free_port(), free_port()
    sink = deployment.sink(TRUEFRIEND_HEALTH_PORT=str(ports[0]))
    worker = deployment.worker(TRUEFRIEND_HEALTH_PORT=str(ports[1]))

    def all_say(code: int, text: str) -> bool:
        said = [get(port, "/readyz") for port in ports]
        return all(found == code and sentence.startswith(text) for found, sentence in said)

    until(lambda: all_say(200, "ok"))
    deployment.wait()  # at rest, so that nobody has anything to send either
    stop_broker((deployment.folder / "kafka").resolve())
    until(lambda: all_say(503, "Kafka does not answer"))
    metrics = get(ports[0], "/metrics")[1].splitlines()
    assert [float(line.split()[-1]) > 0 for line in metrics if line.startswith(_FAILURES)] == [True]
    start_broker((deployment.folder / "kafka").resolve())
    until(lambda: all_say(200, "ok"))
    stop_broker((deployment.folder / "kafka").resolve())
    until(lambda: all_say(503, "Kafka does not answer"))
    for process in (worker, sink):
        deployment.terminate(process)  # within 10 seconds
    for log in deployment.folder.glob("process-*.log"):
        assert log.read_bytes().count(b"\n") < 500, deployment.tail()


def test_positions_that_a_broker_did_not_take_are_offered_again(new_broker: NewBroker) -> None:
    """Else a sink that has stored all seems behind until the next record comes, maybe for ever."""
    folder, broker = new_broker()
    settings = Settings(namespace="away", bootstrap_servers=broker.bootstrap_servers)
    create_topics(Clients(settings), KEYED)
    with closing(SinkReader(Clients(settings), KEYED)) as reader:
        reader.seek({})
        reader.commit(reader.positions())
        assert reader.moved() == {}
        write(settings, [Record("late", 0, 0, 0, b"key", b"{}")])
        until(lambda: (reader.read(1, 10), reader.positions()[("late", 0)])[1] == 2)
        read = reader.moved()
        assert read == {("late", 0): 2}  # the record and its transaction's marker
        stop_broker(folder)
        reader.commit(read)
        assert (reader.uncopied, reader.moved()) == (read, {})
        start_broker(folder)
        until(lambda: (reader.copy_again(), reader.uncopied)[1] == {})
    places = Places(Clients(settings), KEYED, READ)
    assert places.sink_positions()[("late", 0)] == 2
    places.close()
