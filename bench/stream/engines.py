"""The peers made ready: their environments under build/bench, their versions pinned here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.environment import file_hash, python_of
from bench.replay.bank import BUILD
from bench.stream.place import PARTITIONS, Place
from pipeline.broker.jars import find_java

__all__ = ["Engine", "engines"]

_PEERS = Path(__file__).resolve().parent / "peers"
_FAUST_EVENTS = 50_000
AT_LEAST_ONCE, EXACTLY_ONCE = "at-least-once", "exactly-once"


@dataclass(frozen=True)
class Engine:
    """A peer: ``command`` prints a line of JSON when it is done; ``events``: None for all."""

    name: str
    title: str
    command: list[str]
    guarantee: str = AT_LEAST_ONCE
    events: int | None = None

    def environment(self, place: Place, output: str) -> dict[str, str]:
        return {
            "PEER_BROKER": place.servers,
            "PEER_INPUT": place.topic("interactions"),
            "PEER_OUTPUT": output,
            "PEER_EVENTS": str(min(place.events, self.events or place.events)),
            "PEER_PARTITIONS": str(PARTITIONS),
            "PEER_GUARANTEE": self.guarantee,
        }


def engines() -> list[Engine]:
    """All peers, fetched and built if need be."""
    quix = [str(python_of("quix", _PEERS / "quix-requirements.txt")), str(_PEERS / "quix.py")]
    streams = _kafka_streams()
    faust = [sys.executable, str(_PEERS / "faust_table.py")]
    return [
        Engine("faust", "Faust 0.15.3, unmodified: agent and Table", faust, events=_FAUST_EVENTS),
        Engine("quix", "Quix Streams 3.28.1", quix),
        Engine("quix_exactly_once", "Quix Streams 3.28.1, exactly-once", quix, EXACTLY_ONCE),
        Engine("kafka_streams", "Kafka Streams 4.1.1, at_least_once", streams, "at_least_once"),
        Engine(
            "kafka_streams_exactly_once",
            "Kafka Streams 4.1.1, exactly_once_v2",
            streams,
            "exactly_once_v2",
        ),
    ]


def _kafka_streams() -> list[str]:
    """The command of the Java peer, its jars from Maven Central."""
    java, pom, source = find_java(), _PEERS / "pom.xml", _PEERS / "KafkaStreamsPeer.java"
    folder = BUILD / f"kafka-streams-{file_hash(pom)}-{file_hash(source)}"
    jars, classes = folder / "jars", folder / "classes"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"]
        maven = ["mvn", "-q", "-B", "-f", str(pom), *goal, f"-DoutputDirectory={jars}"]
        subprocess.run(maven, check=True)
        compiler = str(Path(java).with_name("javac"))
        command = [compiler, "-cp", f"{jars}/*", "-d", str(classes), str(source)]
        subprocess.run(command, check=True)
        (folder / "done").touch()
    return [java, "-Xms256m", "-Xmx2g", "-cp", f"{classes}:{jars}/*", "KafkaStreamsPeer"]
