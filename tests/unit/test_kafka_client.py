"""A connection that fails leaves neither a thread nor a socket behind."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from pipeline.clients import Clients
from pipeline.settings import load_settings


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Takes connections and never says a word, as a broker that is starting."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def _sockets() -> int:
    return sum(entry.is_socket() for entry in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("kind", [KafkaAdminClient, KafkaConsumer, KafkaProducer])
def test_nothing_is_left_behind(kind: Any, silent_server: str) -> None:
    settings = load_settings(namespace="silent", bootstrap_servers=silent_server)
    before = threading.active_count(), _sockets()
    with pytest.raises(KafkaError):
        kind(**Clients(settings).kafka_python(), bootstrap_timeout_ms=300)
    assert (threading.active_count(), _sockets()) == before
