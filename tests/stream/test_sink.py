"""The sink as a process on a real broker: same rows, whatever happens to it."""

from __future__ import annotations

import json
import random
import resource
import socket
import time
import urllib.request
from pathlib import Path

import duckdb
import pytest

from pipeline.replay.run import ReplayOptions, replay
from sinks.duckdb.stream.records import Record
from sources.simulate import simulate
from tests.conftest import FreshTopics
from tests.promise import promised
from tests.stream.sinking import sink, stop, until, wait_until_stored
from tests.stream.writing import write, write_aborted
from tests.stream_records import KEYED, make, progress, records_of


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of a simulated bank."""
    folder = tmp_path_factory.mktemp("bank")
    simulate(5, folder, days=6, staff=30, customers=1_500)
    replay(
        ReplayOptions(
            inputs=[folder / "events.jsonl.gz"],
            reference=folder / "reference",
            policies=[folder / "policy.toml"],
            db=folder / "replay.duckdb",
        )
    )
    return folder / "replay.duckdb"


def shuffled(db: Path, seed: int) -> list[Record]:
    records = list(records_of(db))
    random.Random(seed).shuffle(records)
    return records


def test_a_stream_s_rows_are_a_replay_s(
    fresh_topics: FreshTopics, replayed: Path, tmp_path: Path
) -> None:
    settings, db = fresh_topics(KEYED), tmp_path / "stream.duckdb"
    records = shuffled(replayed, 1)
    write(settings, records[:2_000])
    with sink(settings, db) as process:
        write_aborted(settings, [progress(4_000_000_000_000_000), make("staff", "X", b"{}")])
        write(settings, records[2_000:], at_once=100)
        wait_until_stored(settings, db)
        code, said, seconds = stop(process)
    assert (code, seconds < 10) == (0, True)
    # kafka-python's own lines left out: it says when it waits.
    own = [line for line in said if not str(line["logger"]).startswith("kafka")]
    assert [line["level"] for line in own] == ["INFO"]
    assert promised(db) == promised(replayed)
    with duckdb.connect(str(db), read_only=True) as con:
        count = "SELECT count(*), count(DISTINCT add_id) FROM adds"
        [(rows, adds)] = con.execute(count).fetchall()
    assert rows == adds > 0


def test_a_killed_sink_goes_on_from_its_last_commit(
    fresh_topics: FreshTopics, replayed: Path, tmp_path: Path
) -> None:
    settings, db = fresh_topics(KEYED), tmp_path / "stream.duckdb"
    seed = random.randrange(1_000)
    print(f"seed {seed}")
    chance, records = random.Random(seed), shuffled(replayed, seed)
    while records:
        with sink(settings, db, "--batch-records", "50") as process:
            size = chance.randrange(500, 3_000)
            write(settings, records[:size])
            records = records[size:]
            time.sleep(chance.uniform(0.8, 2.0))
            process.kill()
    with sink(settings, db) as process:
        assert process.stderr is not None
        assert json.loads(process.stderr.readline())["message"] == "the sink reads on"
        wait_until_stored(settings, db)
        assert stop(process)[0] == 0
    assert promised(db) == promised(replayed)
    with duckdb.connect(str(db), read_only=True) as con:
        assert con.execute("SELECT count(*) - count(DISTINCT add_id) FROM adds").fetchall() == [
            (0,)
        ]


def test_a_locked_file_is_waited_for(
    fresh_topics: FreshTopics, replayed: Path, tmp_path: Path
) -> None:
    settings, db = fresh_topics(KEYED), tmp_path / "stream.duckdb"
    write(settings, shuffled(replayed, 2))
    holder = duckdb.connect(str(db))
    try:
        with sink(settings, db) as process:
            assert process.stderr is not None
            first = json.loads(process.stderr.readline())
            assert first["cause"] == f"{db} is in use by another process. Wait for it, or stop it."
            holder.close()
            db.unlink()
            wait_until_stored(settings, db)
            assert stop(process)[0] == 0
    finally:
        holder.close()
    assert promised(db) == promised(replayed)


def test_a_full_disk_loses_nothing(
    fresh_topics: FreshTopics, replayed: Path, tmp_path: Path
) -> None:
    settings, db = fresh_topics(KEYED), tmp_path / "stream.duckdb"
    with sink(settings, db) as process:
        assert process.stderr is not None
        assert json.loads(process.stderr.readline())["message"] == "the sink reads on"
        before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (250_000, before[1]))
        write(settings, shuffled(replayed, 4))
        said = json.loads(process.stderr.readline())
        assert str(said["cause"]).startswith("The disk is full: "), said
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)
        wait_until_stored(settings, db)
        assert stop(process)[0] == 0
    assert promised(db) == promised(replayed)


def test_others_read_a_copy_while_it_runs(
    fresh_topics: FreshTopics, replayed: Path, tmp_path: Path
) -> None:
    settings, db, copy = fresh_topics(KEYED), tmp_path / "stream.duckdb", tmp_path / "copy"
    write(settings, shuffled(replayed, 6))

    def adds(source: str) -> list[tuple[object, ...]]:
        query = f"SELECT month, verdict, count(*) FROM {source} GROUP BY ALL ORDER BY ALL"
        return duckdb.sql(query).fetchall()

    with duckdb.connect(str(replayed), read_only=True) as con:
        expected = con.sql(
            "SELECT month, verdict, count(*) FROM adds GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    with sink(settings, db, "--parquet", str(copy), "--parquet-seconds", "0.5"):
        wait_until_stored(settings, db)
        until(lambda: adds(f"'{copy}/current/adds/*.parquet'") == expected)


def test_metrics_and_health(fresh_topics: FreshTopics, replayed: Path, tmp_path: Path) -> None:
    settings, db = fresh_topics(KEYED), tmp_path / "stream.duckdb"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def get(path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def ready() -> bool:
        try:
            return get("/readyz") == "ok\n"
        except OSError:
            return False

    write(settings, shuffled(replayed, 3))
    with sink(settings, db, "--health-port", str(port)):
        until(ready)
        wait_until_stored(settings, db)
        until(lambda: "truefriend_sink_lag_records 0.0" in get("/metrics"))
        said = get("/metrics")
        assert get("/healthz") == "ok\n"
    for name in (
        'truefriend_sink_records_total{topic="adds"}',
        "truefriend_sink_transaction_seconds_count",
        "truefriend_sink_transaction_records_count",
        "truefriend_sink_delay_seconds_count",
        'truefriend_verdicts_total{verdict="valid"}',
    ):
        [line] = [line for line in said.splitlines() if line.startswith(name)]
        assert float(line.rpartition(" ")[2]) > 0
