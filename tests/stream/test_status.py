"""``truefriend status`` on a real broker; the workers' progress is written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.settings import Settings
from sinks.duckdb.stream.records import Record
from tests.command import run
from tests.conftest import FreshTopics
from tests.stream.sinking import sink
from tests.stream.writing import write
from tests.stream_records import KEYED, make, progress
from topics.between import READ_WHOLE, STAGE_OF
from topics.times import parse_time

STAFF = b'{"staff_id":"S1","role":"manager","branch_id":"B1"}'
AS_OF = "2026-12-10T12:00:00+08:00"


@pytest.fixture
def settings(fresh_topics: FreshTopics, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = fresh_topics(KEYED)
    monkeypatch.setenv("TRUEFRIEND_NAMESPACE", made.namespace)
    monkeypatch.setenv("TRUEFRIEND_BOOTSTRAP_SERVERS", made.bootstrap_servers)
    return made


def status(*options: str) -> tuple[int, dict[str, Any]]:
    result = run("status", "--json", *options)
    assert result.stdout, result.stderr.decode()
    return result.returncode, json.loads(result.stdout)


def everywhere(position: int) -> list[Record]:
    """Each partition of the stages says that it is so far in all its inputs."""
    return [
        progress(
            parse_time(AS_OF), (), partition,
            **{f"{topic}/{partition}": position for topic in STAGE_OF},
            **{f"{topic}/0": position for topic in READ_WHOLE},
        )
        for partition in range(KEYED)
    ]  # fmt: skip


def lags(said: dict[str, Any]) -> dict[tuple[str, str], int]:
    found = {(one["reader"], one["topic"]): one["lag"] for one in said["topics"]}
    return {place: lag for place, lag in found.items() if lag}


def test_from_nothing_to_at_rest(settings: Settings, tmp_path: Path) -> None:
    code, said = status("--wait", "0")
    assert (code, said["at_rest"], said["as_of"], said["partitions"]) == (0, True, None, KEYED)
    staff = make("staff", "S1", STAFF)
    write(settings, [staff])
    code, said = status("--wait", "0.5")
    assert (code, said["at_rest"]) == (1, False)
    assert lags(said) == {("workers", "staff"): 2, ("sink", "staff"): 2}  # a row and its marker
    assert status()[0] == 0
    write(settings, everywhere(1))  # the row is done, its transaction's marker is no record
    code, said = status("--wait", "0")
    assert (code, said["as_of"]) == (1, AS_OF)
    assert lags(said) == {("sink", "staff"): 2, ("sink", "progress"): 2 * KEYED}
    with sink(settings, tmp_path / "bank.duckdb"):
        code, said = status("--wait", "30")
    assert (code, said["at_rest"], lags(said)) == (0, True, {})
    [stored] = [one for one in said["topics"] if (one["reader"], one["topic"]) == ("sink", "staff")]
    assert stored["positions"][f"staff/{staff.partition}"] == 2


def test_the_table(settings: Settings) -> None:
    write(settings, [make("staff", "S1", STAFF)])
    result = run("status")
    lines = [line.split() for line in result.stdout.decode().splitlines()]
    assert result.returncode == 0
    assert ["workers", "staff", "4", "2", "2"] in lines
    assert ["as", "of", "no", "event", "yet;", "at", "work"] in lines


def test_without_a_broker_or_topics(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("TRUEFRIEND_NAMESPACE", "nobody")
    result = run("status", "--wait", "1")
    assert result.returncode == 1
    assert b"truefriend topics create" in result.stderr
