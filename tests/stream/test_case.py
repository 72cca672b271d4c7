"""``case`` on a real topic: the row that workers read, and the history that the sink keeps."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from pipeline.core.ids import add_id
from pipeline.settings import Settings
from tests.command import refusal, rows, run
from tests.conftest import FreshTopics
from tests.stream.reading import read_all
from tests.stream.sinking import sink, stop, wait_until_stored
from tests.stream_records import KEYED
from topics.times import parse_time

ONE = add_id("S1", "C1")


@pytest.fixture
def settings(fresh_topics: FreshTopics, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = fresh_topics(KEYED)
    monkeypatch.setenv("TRUEFRIEND_NAMESPACE", made.namespace)
    return made


def test_a_decision_reaches_the_topic_and_every_one_the_database(
    settings: Settings, tmp_path: Path
) -> None:
    servers = ("--bootstrap-servers", settings.bootstrap_servers)
    before = time.time_ns() // 1000
    done = run("case", "dismiss", "S1", "C1", "--by", "wang", "--note", "到店核实", *servers)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"对添加 {ONE} 的决定已写入主题，工作进程将重新判定。\n"
    done = run("case", "confirm", ONE, "--by", "li", "--note", "n", "--lang", "en", *servers)
    assert done.stdout.decode() == (
        f"The decision on add {ONE} is in the topic; workers judge it anew.\n"
    )
    records = read_all(settings, "cases")
    assert [(one.partition, one.key) for one in records] == [(0, ONE.encode())] * 2
    first, second = (json.loads(one.value) for one in records)
    assert before - 1000 <= parse_time(first.pop("at")) <= parse_time(second.pop("at"))
    assert first == {"add_id": ONE, "decision": "dismissed", "by": "wang", "note": "到店核实"}
    assert second == {"add_id": ONE, "decision": "confirmed", "by": "li", "note": "n"}

    db = tmp_path / "stream.duckdb"
    with sink(settings, db) as process:
        wait_until_stored(settings, db)
        run("case", "dismiss", ONE, "--by", "zhao", "--note", "m", *servers)
        wait_until_stored(settings, db)
        assert stop(process)[0] == 0
    assert rows(db, 'SELECT add_id, decision, "by" FROM cases') == [(ONE, "dismissed", "zhao")]
    listed = json.loads(run("case", "list", ONE, "--db", db, "--json").stdout)["decisions"]
    assert [(one["decision"], one["by"], one["counts"]) for one in listed] == [
        ("dismissed", "wang", False), ("confirmed", "li", False), ("dismissed", "zhao", True),
    ]  # fmt: skip
    sentence = refusal(run("case", "dismiss", ONE, "--by", "b", "--note", "n", "--db", db), 2)
    assert "is filled by a stream" in sentence


def test_no_broker() -> None:
    servers = ("--bootstrap-servers", "127.0.0.1:1")
    done = run("case", "dismiss", ONE, "--by", "b", "--note", "n", *servers)
    assert "No Kafka broker answers at 127.0.0.1:1" in refusal(done, 1)
