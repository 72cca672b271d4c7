"""Readers of the running sink's database: they may read, and nothing else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.core.errors import WrongUse
from sinks.duckdb.database import writing
from sinks.duckdb.stream.serve import Readers, ServeError, serving
from tests.command import COMMAND
from tests.conftest import FreshTopics
from tests.stream.reader import ask
from tests.stream.sinking import sink, stop, wait_until_stored
from tests.stream.writing import write
from tests.stream_records import KEYED, make

TOKEN = "a-token-of-a-test"
REFUSED = "Invalid Input Error: Authorization failed"


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


class Served:
    """A database that is served as the sink serves it."""

    def __init__(self, folder: Path) -> None:
        self.db = folder / "bank.duckdb"
        self.secret = folder / "secret.csv"
        self.secret.write_text("a,b\n1,2\n", encoding="utf-8")
        self.address = free_address()
        self.connection: duckdb.DuckDBPyConnection

    def ask(self, *statements: str) -> list[str]:
        return ask(self.address, TOKEN, *statements)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    one = Served(tmp_path_factory.mktemp("served"))
    readers = Readers(one.address, TOKEN)
    with writing(one.db, "Asia/Shanghai") as connection, serving(connection, readers):
        connection.execute("INSERT INTO staff (staff_id, role) VALUES ('S1', 'manager')")
        connection.execute("CREATE SEQUENCE numbers")
        one.connection = connection
        yield one


def test_a_reader_reads_tables_and_views(served: Served) -> None:
    assert served.ask(
        "SELECT staff_id, role FROM bank.staff",
        "SELECT count(*) FROM bank.staff_daily",
        "SELECT upper(role) FROM bank.main.staff WHERE staff_id IN (SELECT 'S1')",
        "@WITH Known AS (SELECT * FROM staff) SELECT count(*) OVER () FROM known, range(2)",
        "@SELECT column_name FROM (DESCRIBE staff) LIMIT 1",
        "@FROM internal.meta LIMIT 0",
        "@WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r WHERE a < 3) "
        "SELECT (WITH n AS (SELECT 1 AS b) SELECT max(b) FROM n), count(*) FROM r, main.STAFF",
        "@SELECT name FROM (SHOW ALL TABLES) WHERE name = 'staff'",
        "@SELECT name FROM (SHOW TABLES) WHERE name = 'staff'",
        "@SELECT table_name FROM information_schema.tables WHERE table_name = 'staff'",
        "@SELECT relname FROM pg_class WHERE relname = 'staff'",
        "@SELECT name FROM sqlite_master WHERE name = 'staff'",
        "@PIVOT staff ON role IN ('manager') USING count(*) GROUP BY staff_id",
    ) == [
        "[('S1', 'manager')]",
        "[(0,)]",
        "[('MANAGER',)]",
        "[(2,), (2,)]",
        "[('staff_id',)]",
        "[]",
        "[(1, 3)]",
        "[('staff',)]",
        "[('staff',)]",
        "[('staff',)]",
        "[('staff',)]",
        "[('staff',)]",
        "[('S1', 1)]",
    ]


def test_a_reader_sees_what_was_committed_since(served: Served) -> None:
    served.connection.execute("INSERT INTO branches (branch_id) VALUES ('B1')")
    assert served.ask("SELECT branch_id FROM bank.branches") == ["[('B1',)]"]


WRITES = [
    "INSERT INTO staff (staff_id) VALUES ('S2')",
    "UPDATE staff SET role = 'head'",
    "DELETE FROM staff",
    "MERGE INTO staff USING (SELECT 'S1' AS staff_id) s USING (staff_id) WHEN MATCHED THEN DELETE",
    "WITH s AS (SELECT 'S2' AS i) INSERT INTO staff (staff_id) SELECT i FROM s",
    "FROM staff; DELETE FROM staff",
    "/* SELECT */ TRUNCATE staff",
    "CREATE TABLE other AS SELECT 1 AS a",
    "CREATE TEMP TABLE other AS SELECT 1 AS a",
    "CREATE OR REPLACE MACRO readers.main.may_read(session, query) AS true",
    "UPDATE readers.main.lists SET may_scan = ['read_text']",
    "DROP TABLE staff",
    "ALTER TABLE staff ADD COLUMN a INTEGER",
    "SELECT nextval('numbers')",
]

FILES = [
    "COPY staff TO '{secret}.out'",
    "COPY staff FROM '{secret}'",
    "EXPORT DATABASE '{secret}.out'",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM \"READ_TEXT\"('{secret}')",
    "SELECT * FROM read_blob('{db}')",
    "SELECT * FROM glob('/*')",
    "FROM '{secret}'",
    "DESCRIBE FROM '{secret}'",
    "SELECT 1 FROM staff WHERE EXISTS (FROM read_text('{secret}'))",
    "SELECT 1 FROM staff ORDER BY (SELECT count(*) FROM parquet_scan('{secret}'))",
    "SELECT * FROM query('FROM read_text(''{secret}'')')",
    "FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{secret}'')'))",
    "FROM histogram_values('{secret}', a)",
    "SELECT json_serialize_plan('FROM read_csv(''{secret}'')')",
    "FROM nobody_s_table",
    'FROM (WITH "{secret}" AS (SELECT 1) SELECT 1), "{secret}"',
    'FROM (WITH "X.CSV" AS (SELECT 1) SELECT 1), "x.csv"',
    "FROM 'https://127.0.0.1/x.csv'",
    "ATTACH '{secret}.duckdb' AS other",
    "ATTACH ':memory:' AS other",
]

SETTINGS = [
    "INSTALL spatial",
    "LOAD httpfs",
    "SET threads = 1",
    "SET GLOBAL quack_authorization_function = 'quack_nop_authorization'",
    "RESET GLOBAL quack_authorization_function",
    "PRAGMA table_info('staff')",
    "PRAGMA threads = 1",
    "USE readers",
    "CHECKPOINT",
    "CALL quack_stop('quack:x')",
    "FROM quack_stop('quack:x')",
    "FROM quack_serve('quack:127.0.0.1:1')",
    "FROM quack_query('quack:127.0.0.1:1', 'SELECT 1')",
    "FROM force_checkpoint()",
    "FROM enable_logging()",
    "FROM duckdb_secrets()",
    "FROM duckdb_settings()",
    "FROM pg_settings",
    "SELECT setting FROM pg_catalog.PG_Settings",
    "SELECT current_setting('threads')",
    "SELECT role, \"Current_Setting\"('temp_directory') FROM staff",
    "SELECT 'threads'.current_setting()",
    "FROM (WITH pg_settings AS (SELECT 1) SELECT 1), pg_settings",
    "FROM duckdb_logs",
    "FROM duckdb_databases",
    "FROM pragma_database_list",
    "FROM pg_database",
    "FROM pg_prepared_statements",
    "SELECT write_log('x')",
    'SELECT "SLEEP_MS"(1)',
    "BEGIN",
    "PREPARE p AS DELETE FROM staff",
    "EXPLAIN ANALYZE DELETE FROM staff",
    "",
    "no SQL at all",
]


@pytest.mark.parametrize("statements", [WRITES, FILES, SETTINGS], ids=["rows", "files", "settings"])
def test_a_reader_can_do_nothing_else(served: Served, statements: list[str]) -> None:
    before = sorted(path.name for path in served.db.parent.iterdir())
    said = [one.format(secret=served.secret, db=served.db) for one in statements]
    answers = served.ask(*(f"@{one}" for one in said))
    assert dict(zip(said, answers, strict=True)) == dict.fromkeys(said, REFUSED)
    assert served.ask("SELECT * FROM bank.staff")[0].startswith("[('S1', 'manager', ")
    assert sorted(path.name for path in served.db.parent.iterdir()) == before


def test_nor_by_way_of_the_attached_database(served: Served) -> None:
    answers = served.ask(
        "INSERT INTO bank.staff (staff_id) VALUES ('S2')",
        "CREATE TABLE bank.other AS SELECT 1 AS a",
        "DROP TABLE bank.staff",
        "COPY (SELECT 'S2' AS staff_id) TO '/dev/null'",  # the reader's own machine is his own
        "SELECT count(*) FROM bank.staff",
    )
    assert answers == [REFUSED, REFUSED, REFUSED, "[(1,)]", "[(1,)]"]
    only_tables = served.ask("DELETE FROM bank.staff", "UPDATE bank.staff SET role = 'head'")
    assert [answer.split(":")[0] for answer in only_tables] == ["Binder Error"] * 2


@pytest.mark.parametrize("token", ["another-token-of-a-test", "", TOKEN[:-1], TOKEN + "x"])
def test_who_has_not_the_token_reads_nothing(served: Served, token: str) -> None:
    (answer,) = ask(served.address, token, "SELECT count(*) FROM bank.staff")
    assert answer in (
        "Invalid Input Error: Authentication failed",
        "Invalid Input Error: Could not find a Quack authentication token",
    )


def test_a_taken_port_is_said(served: Served) -> None:
    with (
        duckdb.connect() as connection,
        pytest.raises(ServeError, match=r"cannot be served at .* \(Address already in use\)"),
        serving(connection, Readers(served.address, TOKEN)),
    ):
        pass


@pytest.mark.parametrize("address", ["9494", "127.0.0.1", "127.0.0.1:0", "h:70000", "a b:1", ":1"])
def test_what_is_no_address_is_wrong_use(address: str) -> None:
    with pytest.raises(WrongUse, match="is no address"):
        Readers(address, TOKEN)


def test_without_a_token_nobody_is_served(tmp_path: Path) -> None:
    command = [COMMAND, "sink", "--db", str(tmp_path / "x.duckdb"), "--serve"]
    env = {**os.environ, "TRUEFRIEND_SERVE_TOKEN": "short"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "TRUEFRIEND_SERVE_TOKEN" in done.stderr


def test_the_sink_at_work_is_read(
    fresh_topics: FreshTopics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while a reader asks for what takes for ever, it stops in time and leaves the file."""
    settings, db, address = fresh_topics(KEYED), tmp_path / "bank.duckdb", free_address()
    monkeypatch.setenv("TRUEFRIEND_SERVE_TOKEN", TOKEN)
    row = b'{"staff_id": "S1", "role": "head", "branch_id": "B1"}'
    write(settings, [make("staff", "S1", row)])
    with sink(settings, db, "--serve", address, "--parquet", str(tmp_path / "copy")) as process:
        wait_until_stored(settings, db)
        assert ask(address, TOKEN, "SELECT staff_id FROM bank.staff", "@DELETE FROM staff") == [
            "[('S1',)]",
            REFUSED,
        ]
        endless = "@SELECT count(*) FROM range(1000000000) a, range(1000000) b"
        command = [sys.executable, "-m", "tests.stream.reader", address, TOKEN]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
            assert reader.stdin is not None
            reader.stdin.write(json.dumps([endless]).encode())
            reader.stdin.close()
            time.sleep(2)
            code, said, seconds = stop(process)
            assert reader.wait(30) == 0
    assert (code, seconds < 20) == (0, True)
    assert "a reader's query is cut off" in [line["message"] for line in said]
    assert TOKEN not in json.dumps(said)
    with duckdb.connect(str(db), read_only=True) as con:
        assert con.execute("SELECT staff_id FROM staff").fetchall() == [("S1",)]
