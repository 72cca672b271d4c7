"""``truefriend close`` while a sink streams; the workers' progress is written by hand."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import duckdb
import msgspec
import pytest

from pipeline.clients import Clients
from pipeline.settings import Settings
from pipeline.stream_places import Places
from tests.command import refusal, run
from tests.conftest import FreshTopics
from tests.database_maker import Database, added, message, verified
from tests.stream.reading import read_all
from tests.stream.sinking import sink, stop, wait_until_stored
from tests.stream.writing import write
from tests.stream_records import KEYED, make, progress, records_of
from topics.between import MonthControl
from topics.times import parse_time

FAR = 10**12
DONE = {f"{topic}/0": FAR for topic in ("policies", "cases", "months")}


def workers_at_rest(settings: Settings, as_of: str, *months: str) -> None:
    """Each partition of the stages says that it has done everything there will ever be."""
    topics = ("interactions", "customers", "staff", "identity", "answers", "verdicts", "partials",
              "signals")  # fmt: skip
    write(
        settings,
        [
            progress(parse_time(as_of), months, number, **DONE,
                     **{f"{topic}/{number}": FAR for topic in topics})
            for number in range(KEYED)
        ],
    )  # fmt: skip


@pytest.fixture
def bank(tmp_path: Path) -> Database:
    bank = Database(tmp_path)
    bank.replay(
        added("S1", "C1", "2026-11-10"),
        verified("C1", "K1", "2026-11-10"),
        added("S1", "C2", "2026-11-20"),
        message("S1", "C1", "2026-11-11"),
        added("S2", "C3", "2026-12-02"),
    )
    return bank


@pytest.fixture
def settings(fresh_topics: FreshTopics, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = fresh_topics(KEYED)
    monkeypatch.setenv("TRUEFRIEND_NAMESPACE", made.namespace)
    return made


def close(settings: Settings, month: str, *options: str) -> tuple[int, str]:
    result = run(
        "close", "--month", month, "--bootstrap-servers", settings.bootstrap_servers, "--lang",
        "en", *options,
    )  # fmt: skip
    return result.returncode, result.stdout.decode()


def test_a_month_is_sealed_as_in_a_replay(
    settings: Settings, bank: Database, tmp_path: Path
) -> None:
    db = tmp_path / "stream.duckdb"
    write(settings, list(records_of(bank.path)))
    workers_at_rest(settings, "2026-12-02T12:00:00+08:00", "2026-11", "2026-12")
    with sink(settings, db) as process:
        assert close(settings, "2026-11") == (
            0,
            "2026-11 is sealed: 2 adds, 1 of them valid; 1 that were pending are invalid now.\n",
        )
        assert close(settings, "2026-11") == (
            0, "2026-11 was sealed before; nothing changed.\n"
        )  # fmt: skip
        wait_until_stored(settings, db)
        assert stop(process)[0] == 0
    bank.close("2026-11")
    streamed = Database(tmp_path, "stream.duckdb")
    rows = "SELECT * EXCLUDE (revision) FROM adds ORDER BY ALL"
    assert streamed.rows(rows) == bank.rows(rows)
    assert streamed.days("staff_daily") == bank.days("staff_daily")
    assert streamed.rows("FROM months ORDER BY ALL") == bank.rows("FROM months ORDER BY ALL")


def test_wrong_wishes_are_refused_without_a_sink(settings: Settings) -> None:
    servers = ("--bootstrap-servers", settings.bootstrap_servers)
    said = refusal(run("close", "--month", "2026-11", *servers), 2)
    assert said.startswith("Error: There is no event yet")
    workers_at_rest(settings, "2026-12-31T12:00:00+08:00", "2026-11", "2026-12")
    said = refusal(run("close", "--month", "2026-12", *servers), 2)
    assert "2026-12 has not ended: as of is 2026-12-31T12:00:00+08:00" in said
    workers_at_rest(settings, "2027-01-01T12:00:00+08:00", "2026-11", "2026-12")
    said = refusal(run("close", "--month", "2026-12", *servers), 2)
    assert "2026-11 is still open" in said
    said = refusal(run("close", "--month", "2026-13", *servers), 2)
    assert "2026-13 is no month" in said
    said = refusal(run("close", "--month", "2026-11", "--wait", "1", *servers), 1)
    assert "2026-11 is not sealed after 1 s" in said
    [wish] = read_all(settings, "months")
    assert (
        wish.value
        == b'{"month":"2026-11","sealed_as_of":null,"adds":0,"valid":0,"expired":0,"refused":null}'
    )


def test_a_seal_waits_for_the_workers_and_survives_a_kill(
    settings: Settings, bank: Database, tmp_path: Path
) -> None:
    db = tmp_path / "stream.duckdb"
    write(settings, list(records_of(bank.path)))
    write(settings, [progress(parse_time("2026-12-02T12:00:00+08:00"), ("2026-11", "2026-12"))])
    with sink(settings, db) as process:
        assert close(settings, "2026-11", "--wait", "3")[0] == 1  # the workers lag behind
        process.send_signal(signal.SIGKILL)
    workers_at_rest(settings, "2026-12-02T12:00:00+08:00", "2026-11", "2026-12")
    with sink(settings, db) as process:
        places = Places(Clients(settings), KEYED, ())
        deadline = time.monotonic() + 30
        while places.months()["2026-11"].sealed_as_of is None:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        said = places.months()["2026-11"]
        places.close()
        assert stop(process)[0] == 0
    assert (said.adds, said.valid, said.expired, said.refused) == (2, 1, 1, None)
    with duckdb.connect(str(db), read_only=True) as con:
        assert con.execute(
            "SELECT month FROM months WHERE sealed_as_of IS NOT NULL"
        ).fetchall() == [("2026-11",)]


def test_a_database_made_anew_seals_what_was_sealed(
    settings: Settings, bank: Database, tmp_path: Path
) -> None:
    sealed = MonthControl(month="2026-11", sealed_as_of="2026-12-01T00:00:00+08:00")
    write(settings, [make("months", "2026-11", msgspec.json.encode(sealed))])
    write(settings, list(records_of(bank.path)))
    workers_at_rest(settings, "2026-12-02T12:00:00+08:00", "2026-12")
    db = tmp_path / "anew.duckdb"
    with sink(settings, db) as process:
        wait_until_stored(settings, db)
        time.sleep(2)
        assert stop(process)[0] == 0
    anew = Database(tmp_path, "anew.duckdb")
    assert anew.verdicts() == {
        "S1/C1": "valid", "S1/C2": "invalid unverified", "S2/C3": "pending unverified",
    }  # fmt: skip
    assert len(anew.frozen()) > 0
