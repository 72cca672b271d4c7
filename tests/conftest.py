"""A real broker for the tests that ask for one, and which examples Hypothesis draws.

A broker serves many tests: those of ``tests/stream`` go to three processes of xdist, each of which
starts its own and stops it. Tests keep apart by namespaces.

`make test` draws the same examples every time, so that a change that fails is at fault itself;
`make test-full` draws other ones each time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest

from pipeline.broker import Access, Broker, start_broker, stop_broker
from pipeline.clients import Clients
from pipeline.settings import Settings
from pipeline.topics_admin import create_topics
from topics.catalog import TOPICS, topic_name

FreshTopics = Callable[..., Settings]
NewBroker = Callable[..., tuple[Path, Broker]]

# A broker of the tests lives for seconds or minutes: its own compiler would be half of its work.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")

hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.register_profile("other", derandomize=False, print_blob=True)
hypothesis.settings.load_profile("same")

_FOLDER = "tests/stream/"
_GROUPS = {
    "test_faults.py": "faults",
    **dict.fromkeys(("test_broker.py", "test_close.py", "test_demo.py", "test_produce.py"), "long"),
}
"""Files of that folder and who share a broker, about as long each; all others share one too."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two more than there are cores: the tests on a broker wait half of their time."""
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spreads tests over processes, but those that share something dear go to one.

    In ``tests/stream`` that is a broker, in ``tests/unit`` what a file's tests are given. By their
    names: the groups of xdist 3.8 (``--dist loadgroup``) do nothing with pytest 9.
    """
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False  # what takes longest is first already

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group_of(nodeid)

    return Scheduling(config, log)


def pytest_configure() -> None:
    """Stops where a compiled module is older than its source: the edit would not be tested."""
    root = Path(__file__).parents[1]
    for compiled in root.glob("[pt]*/**/*.so"):
        source = compiled.parent / f"{compiled.name.partition('.')[0]}.py"
        if source.exists() and source.stat().st_mtime > compiled.stat().st_mtime:
            name = source.relative_to(root)
            pytest.exit(f"{name} was edited after it was compiled: run make setup.", returncode=2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that share a broker first, each group together: they take longest."""
    items.sort(key=lambda item: (not item.nodeid.startswith(_FOLDER), _group_of(item.nodeid)))


def _group_of(nodeid: str) -> str:
    """Which tests go to one process."""
    file = nodeid.partition("::")[0]
    if file.startswith(_FOLDER):
        return _GROUPS.get(file.removeprefix(_FOLDER), "stream")
    return file if file.startswith("tests/unit/") else nodeid


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The broker of this run, without passwords."""
    _need_java()
    data = tmp_path_factory.mktemp("kafka")
    try:
        yield start_broker(data)
    finally:
        stop_broker(data)
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def fresh_topics(kafka_broker: Broker) -> Iterator[FreshTopics]:
    """``fresh_topics(partitions=4, **settings)``: the settings of a new namespace with topics."""
    made: list[Settings] = []

    def make(partitions: int = 4, **more: object) -> Settings:
        settings = Settings(
            namespace=f"t{uuid4().hex[:12]}",
            bootstrap_servers=kafka_broker.bootstrap_servers,
            **more,  # type: ignore[arg-type]  # pydantic checks the values
        )
        made.append(settings)
        create_topics(Clients(settings), partitions)
        return settings

    yield make
    for settings in made:
        _delete_topics(settings)


@pytest.fixture
def new_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewBroker]:
    """``new_broker(access=None)``: a test's own broker and its folder, to stop, kill or restart."""
    _need_java()
    folders: list[Path] = []

    def make(access: Access | None = None) -> tuple[Path, Broker]:
        folders.append(tmp_path_factory.mktemp("broker"))
        return folders[-1], start_broker(folders[-1], access=access)

    yield make
    for folder in folders:
        stop_broker(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _need_java() -> None:
    """Skips where a developer has no Java; the CI must have it."""
    if shutil.which("java") is None and "CI" not in os.environ:
        pytest.skip("a real broker needs Java 17, and there is none here")


def _delete_topics(settings: Settings) -> None:
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        admin = KafkaAdminClient(**Clients(settings).kafka_python())
    except KafkaError:
        return  # a test that ended its broker left nothing to delete
    try:
        there = set(admin.list_topics())
        names = [topic_name(settings.namespace, topic) for topic in TOPICS]
        admin.delete_topics([name for name in names if name in there])
    finally:
        admin.close()
