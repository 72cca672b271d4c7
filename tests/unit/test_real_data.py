"""Real first contacts as friend.added events: what replay counts is what plain SQL counts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipeline.replay.options import ReplayOptions, Summary
from pipeline.replay.run import replay
from tests.command import rows
from tests.definition.build import dump, write_reference

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data"
FILES = ("college_first_contacts.csv", "ghost_stars.csv")

# One row a pair, the first in order of (time, id): what the ledger must make of the lines.
PAIRS = """
CREATE TABLE pairs AS
SELECT target AS staff_id, account AS customer_id, unix_time, id,
    (to_timestamp(unix_time) AT TIME ZONE 'Asia/Shanghai')::DATE AS day,
    row_number() OVER (PARTITION BY account ORDER BY unix_time, id) > 1 AS again
FROM (
    FROM lines
    QUALIFY row_number() OVER (PARTITION BY account, target ORDER BY unix_time, id) = 1
)
"""


def events(path: Path) -> Iterator[bytes]:
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            time = datetime.fromtimestamp(int(row["unix_time"]), UTC).isoformat()
            data = {"staff_id": row["target"], "customer_id": row["account"], "add_way": 1}
            yield dump({
                "specversion": "1.0", "id": str(number), "source": path.name,
                "type": "friend.added", "time": time, "data": data,
            })  # fmt: skip


Replay = tuple[Path, Summary]


@pytest.fixture(params=FILES, scope="module")
def source(request: pytest.FixtureRequest) -> Path:
    path = FOLDER / str(request.param)
    if not path.exists():
        pytest.skip(f"The real data {path.name} are not beside this repository.")
    return path


@pytest.fixture(scope="module")
def replayed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    return replay_in(tmp_path_factory.mktemp("real"), source)


def replay_in(folder: Path, source: Path, *, shards: int = 1) -> Replay:
    """The database and the summary of a replay of all lines into ``folder``'s database."""
    path, db = folder / "events.jsonl", folder / "t.duckdb"
    path.write_bytes(b"\n".join(events(source)))
    reference = write_reference(folder / "reference", {"customers": [], "staff": []})
    options = ReplayOptions(inputs=[path], reference=reference, db=db, shards=shards)
    return db, replay(options)


def expected(source: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        "CREATE TABLE lines AS SELECT *, (row_number() OVER ())::VARCHAR AS id "
        "FROM read_csv(?, header = true, parallel = false, "
        "columns = {'unix_time': 'BIGINT', 'account': 'VARCHAR', 'target': 'VARCHAR'})",
        [str(source)],
    )
    connection.execute(PAIRS)
    return connection


def test_replay_counts_as_sql_does(source: Path, replayed: Replay) -> None:
    db, summary = replayed
    sql = expected(source)
    [(lines, pairs, first, last)] = sql.execute(
        "SELECT (SELECT count(*) FROM lines), count(*), count(*) FILTER (NOT again), "
        "(SELECT max(unix_time) FROM lines) FROM pairs"
    ).fetchall()
    assert (summary.lines, summary.applied, summary.duplicates) == (lines, lines, 0)
    assert summary.dead_letters == {}
    assert sum(summary.adds.values()) == pairs
    assert datetime.fromisoformat(str(summary.as_of)).timestamp() == last
    assert summary.adds["excluded"] == pairs - first
    assert rows(db, "SELECT count(*) FROM adds WHERE reasons[1] = 'not_first_time'") == [
        (pairs - first,)
    ]


def test_each_pair_s_add_is_its_first_line(source: Path, replayed: Replay) -> None:
    db, _ = replayed
    found = rows(
        db,
        "SELECT staff_id, customer_id, epoch(added_at)::BIGINT, facts->>'$.events.added.id', "
        "list_contains(reasons, 'not_first_time') FROM adds ORDER BY ALL",
    )
    wanted = expected(source).execute(
        "SELECT staff_id, customer_id, unix_time, id, again FROM pairs ORDER BY ALL"
    )
    assert found == wanted.fetchall()


@pytest.mark.full
def test_staff_days_of_three_shards_and_again(source: Path, tmp_path: Path) -> None:
    db, first = replay_in(tmp_path, source, shards=3)
    found = rows(
        db,
        "SELECT day, staff_id, adds, excluded, pending + invalid + fake FROM staff_daily "
        "ORDER BY ALL",
    )
    wanted = expected(source).execute(
        "SELECT day, staff_id, count(*), count(*) FILTER (again), count(*) FILTER (NOT again) "
        "FROM pairs GROUP BY ALL ORDER BY ALL"
    )
    assert found == wanted.fetchall()
    before = rows(db, "SELECT * FROM adds ORDER BY ALL")
    _, again = replay_in(tmp_path, source)
    assert (again.applied, again.duplicates, again.adds) == (0, first.lines, first.adds)
    assert rows(db, "SELECT * FROM adds ORDER BY ALL") == before


def test_pending_ends_with_30_days(source: Path, replayed: Replay) -> None:
    db, summary = replayed
    fake = summary.adds.get("fake", 0)
    [(waiting, over)] = rows(  # what the fake ones would be
        db,
        "SELECT count(*) FILTER (pending_until >= as_of), count(*) FILTER (pending_until < as_of) "
        "FROM adds, report_state WHERE verdict = 'fake'",
    )
    [(pending, invalid)] = (
        expected(source)
        .execute(
            "SELECT count(*) FILTER (NOT again AND unix_time + 30 * 86400 >= m), "
            "count(*) FILTER (NOT again AND unix_time + 30 * 86400 < m) "
            "FROM pairs, (SELECT max(unix_time) AS m FROM lines)"
        )
        .fetchall()
    )
    excluded = summary.adds["excluded"]
    by_verdict = {
        "pending": pending - waiting, "invalid": invalid - over, "excluded": excluded, "fake": fake,
    }  # fmt: skip
    assert summary.adds == {name: count for name, count in by_verdict.items() if count}
