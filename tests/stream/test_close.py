"""``truefriend close`` on a stream at work: real workers, the real sink, events that go on."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from pipeline.clients import Clients
from pipeline.core.calendar import last_day_of, parse_month
from pipeline.core.ledger.account import LEDGER, Account
from pipeline.core.ledger.memory import FOREVER
from pipeline.replay.options import ReplayOptions
from pipeline.replay.run import replay
from pipeline.stream_close import close_in_stream
from sinks.duckdb.database import writing
from sinks.duckdb.seal import seal
from sources.kafka.produce import ProduceOptions, produce
from tests.conftest import FreshTopics
from tests.promise import promised
from tests.stream.deployment import Bank, Deployment
from tests.stream.reading import read_all
from topics.codec import BadRecord, decode_event
from topics.times import parse_time

MONTH = "2026-10"
BEGIN = parse_time("2026-11-01T00:00:00+08:00")
LATER = parse_time("2026-11-10T00:00:00+08:00")
LATE = "SELECT event_id, source, type, time, add_id, month, verdict FROM late_events ORDER BY ALL"


@dataclass(frozen=True)
class Parts:
    """A bank's events in three files: all before the 10th of November; those after it that tell
    nothing of October's customers; and those that do, with an add of October's that comes too late.
    """

    before: Path
    meanwhile: Path
    after: Path


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """Its days end with November."""
    return Bank(tmp_path_factory.mktemp("bank"), seed=4, staff=30, days=40)


@pytest.fixture(scope="module")
def parts(bank: Bank) -> Parts:
    lines = gzip.decompress(bank.inputs[0].read_bytes()).split(b"\n")
    known = [(line, event) for line in lines if (event := read(line)) is not None]
    names = {name for _, event in known if event.time < BEGIN for name in people(event)}
    while more := {
        name
        for _, event in known
        if not names.isdisjoint(people(event))
        for name in people(event) - names
    }:
        names |= more  # whoever shares a bank customer with them
    found: dict[str, list[bytes]] = defaultdict(list)
    for line, event in known:
        own = not names.isdisjoint(people(event))
        part = "before" if event.time < LATER else "after" if own else "meanwhile"
        found[part].append(line)
    assert min(map(len, found.values())) > 100
    found["after"].append(too_late(known[0][1].data.staff_id))
    for name, some in found.items():
        (bank.folder / f"{name}.jsonl").write_bytes(b"\n".join(some))
    return Parts(*(bank.folder / f"{name}.jsonl" for name in Parts.__dataclass_fields__))


def too_late(staff_id: str) -> bytes:
    event = {
        "specversion": "1.0", "id": "late", "source": "wecom/late", "type": "friend.added",
        "time": "2026-10-25T10:00:00+08:00",
        "data": {"staff_id": staff_id, "customer_id": "late", "add_way": 1},
    }  # fmt: skip
    return json.dumps(event).encode()


def read(line: bytes) -> Any:
    try:
        return decode_event(line)
    except BadRecord:
        return None


def people(event: Any) -> set[str]:
    """The customers that an event names, and bank customers."""
    names = ("customer_id", "bank_customer_id")
    return {one for name in names if (one := getattr(event.data, name, None)) is not None}


@pytest.fixture
def deployment(fresh_topics: FreshTopics, tmp_path: Path, bank: Bank) -> Iterator[Deployment]:
    made = Deployment(fresh_topics(4), tmp_path, bank.ip_table)
    yield made
    made.close()


def send(deployment: Deployment, bank: Bank, path: Path, *, reference: bool = False) -> None:
    options = ProduceOptions(
        inputs=(str(path),),
        reference=bank.reference if reference else None,
        policies=tuple(bank.policies) if reference else (),
        allow_future=True,
    )
    produce(options, Clients(deployment.settings))


def replayed(bank: Bank, parts: Parts, db: Path) -> Path:
    """What a replay makes of the three files, the month closed after the first."""
    for path in (parts.before, parts.meanwhile, parts.after):
        replay(
            ReplayOptions(
                inputs=[path],
                reference=bank.reference,
                policies=bank.policies,
                ip_table=bank.ip_table,
                db=db,
            )
        )
        if path == parts.before:
            with writing(db, "Asia/Shanghai") as connection:
                seal(connection, MONTH)
    return db


def state(deployment: Deployment) -> dict[tuple[str, str, str, str], bytes]:
    """The rows that a worker would begin with."""
    rows = {}
    for record in read_all(deployment.settings, "changelog"):
        key = msgspec.msgpack.decode(record.key, type=tuple[str, str, str, str])
        if record.value is None:
            rows.pop(key, None)
        else:
            rows[key] = record.value
    return rows


def of_the_month(rows: dict[tuple[str, str, str, str], bytes]) -> dict[str, int]:
    """How many rows and parts of rows only the month needs, or one before it."""
    month = parse_month(MONTH)
    last, found = last_day_of(month), dict.fromkeys(("partials", "counts", "ids", "talks"), 0)
    accounts: dict[str, list[tuple[str, str, bytes]]] = defaultdict(list)
    for (stage, key, kind, sub), value in rows.items():
        name, _, day = kind.partition(":")
        found["partials"] += name == "partial" and int(day) <= last
        found["counts"] += stage == "counts" and int(sub) <= last
        if stage == LEDGER:
            accounts[key].append((kind, sub, value))
    for some in accounts.values():
        account = Account()
        account.load(some)
        found["ids"] += any(FOREVER < one <= month for one in account.tails())
        found["ids"] += any(FOREVER < one <= month for one in account.chunks)
        talks = (pair.talk for pair in account.pairs.values() if pair.talk)
        found["talks"] += any(min(talk[::3]) <= last for talk in talks)
    return found


def late(db: Path) -> list[Any]:
    with duckdb.connect(str(db), read_only=True) as connection:
        return connection.execute(LATE).fetchall()


def test_a_month_is_closed_while_events_go_on(
    deployment: Deployment, bank: Bank, parts: Parts, tmp_path: Path
) -> None:
    expected = replayed(bank, parts, tmp_path / "replayed.duckdb")
    sink = deployment.sink()
    for _ in range(2):
        deployment.worker()
    send(deployment, bank, parts.before, reference=True)
    deployment.wait_for_work()
    with ThreadPoolExecutor() as pool:
        more = pool.submit(send, deployment, bank, parts.meanwhile)
        sealed = close_in_stream(Clients(deployment.settings), 4, MONTH, 120)
        more.result()
    assert sealed is not None
    assert sealed.refused is None
    deployment.wait()
    held = state(deployment)
    assert of_the_month(held) == dict.fromkeys(("partials", "counts", "ids", "talks"), 0)
    assert any(kind.startswith("fact:") for _, _, kind, _ in held)
    send(deployment, bank, parts.after)
    deployment.wait()
    assert close_in_stream(Clients(deployment.settings), 4, MONTH, 1) is None
    deployment.end()
    assert sink.returncode == 0
    streamed, wanted = deployment.rows(), promised(expected)
    del streamed["months"], wanted["months"]  # as of what a stream seals nobody can say
    assert [name for name in wanted if wanted[name] != streamed[name]] == []
    assert late(deployment.db) == late(expected) != []
    with duckdb.connect(str(deployment.db), read_only=True) as connection:
        adds = connection.execute("SELECT count(*) FROM adds WHERE month = ?", [MONTH]).fetchone()
        months = connection.execute("SELECT month FROM months WHERE sealed_as_of IS NOT NULL")
        assert adds == (sealed.adds,)
        assert months.fetchall() == [(MONTH,)]


def test_workers_hold_what_an_open_month_needs(
    deployment: Deployment, bank: Bank, parts: Parts
) -> None:
    """Else the test above would find nothing dropped that was ever there."""
    deployment.worker()
    send(deployment, bank, parts.before, reference=True)
    deployment.wait_for_workers()
    assert min(of_the_month(state(deployment)).values()) > 0


def test_the_parts_are_what_they_say(parts: Parts) -> None:
    """October's events are all in the first file, but for the last of all."""
    for path, early in ((parts.meanwhile, 0), (parts.after, 1)):
        times = [json.loads(line)["time"] for line in path.read_bytes().splitlines()]
        assert min(map(parse_time, times[: len(times) - early])) >= LATER
