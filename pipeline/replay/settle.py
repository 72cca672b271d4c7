"""From the changed accounts of all shards to the promised tables, in the caller's transaction.

The stages' messages go from shard to shard as in the stream; what they need of their state is
loaded from DuckDB in between. Nothing here judges: that is the core's work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec
import pyarrow as pa

from pipeline.core.causes import BY_POLICY, case_cause, reference_cause, resumed_cause
from pipeline.core.detectors.detection import DETECTION
from pipeline.core.ledger.account import LEDGER
from pipeline.core.records import Signal
from pipeline.replay.detecting import Detected
from pipeline.replay.routing import shard_of
from pipeline.replay.settlement import Answered, Decided, Judged
from pipeline.replay.shard import DeadLetter
from sinks.duckdb.batch import bury, merge_rolling
from sinks.duckdb.columns import from_ipc
from sinks.duckdb.coverage import store_covered
from sinks.duckdb.drip import changed_drips
from sinks.duckdb.reference import store_rows
from sinks.duckdb.signals import clear_open_months, resolve_alerts, store_alerts, store_signals
from sinks.duckdb.verdicts import store_decisions, store_late, time_passes
from topics.reference import Customer, Staff

if TYPE_CHECKING:
    from pipeline.replay.run import Run

__all__ = ["by_shard", "settle"]


def settle(run: Run) -> tuple[int | None, int]:
    """Returns *as of*, and how many events are late only by way of others' rows."""
    _store_reference(run)
    _mark_revised(run)
    touched = _ask_identity(run)
    answered = _answer(run, touched)
    _take_answers(run, answered)
    _detect(run)
    judged = _judge(run)
    flushed = run.collect()
    as_of = run.plan.as_of()
    deciding = _begin_to_decide(run, judged, as_of or 0)
    run.keep(flushed)
    run.store.write([one.state for one in answered], run.plan.epoch)
    store_covered(run.connection, [pair for one in answered for pair in one.covered])
    decided = deciding()
    run.store.write([one.state for one in decided], run.plan.epoch)
    return as_of, _store(run, decided, as_of)


def by_shard(keyed: list[tuple[str, Any]], shards: int) -> list[list[Any]]:
    """Groups (key, value) by the key's shard."""
    grouped: list[list[Any]] = [[] for _ in range(shards)]
    for key, value in keyed:
        grouped[shard_of(key, shards)].append(value)
    return grouped


def _store_reference(run: Run) -> None:
    connection = run.connection
    for path, table in run.plan.reference.stage_all(connection):
        store_rows(connection, table)
        bury(
            connection,
            (
                DeadLetter(path, line, None, "bad_reference", why, row)
                for line, why, row in table.bad
            ),
        )
    for policy in run.plan.changed_policies:
        connection.execute("DELETE FROM policies WHERE version = ?", [policy.version])
        connection.execute(
            "INSERT INTO policies VALUES (?, ?, ?, ?, ?)",
            [policy.version, policy.effective_from, policy.author, policy.reason, policy.toml],
        )


def _mark_revised(run: Run) -> None:
    """Has accounts judged again that no line of this run changed."""
    plan, store = run.plan, run.store
    if store.empty:
        return
    if plan.changed_policies:
        _mark(run, store.keys("ledger", ["account"]), BY_POLICY)
        return
    if plan.resumed:  # all: what they had told detectors is not known any more
        _mark(run, store.keys("ledger", ["account"]), resumed_cause(plan.epoch))
    for add_id, customer_id in _changed_cases(run.connection):
        _mark(run, [customer_id], case_cause(add_id))


def _mark(run: Run, keys: list[str], cause: str) -> None:
    run.load(keys)
    grouped = by_shard([(key, key) for key in keys], run.cluster.size)
    run.cluster.call("mark", grouped, [cause] * run.cluster.size)


def _changed_cases(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    if not _has_table(connection, "changed_cases"):
        return []
    return connection.execute(
        "SELECT add_id, customer_id FROM adds SEMI JOIN changed_cases USING (add_id)"
    ).fetchall()


def _ask_identity(run: Run) -> dict[str, str]:
    """The bank customers to answer for, with the cause where it is not an event's."""
    messages = run.cluster.call("send_updates")
    touched = run.cluster.call("receive_updates", _transpose(messages))
    found = {bank_id: "" for some in touched for bank_id in some}
    if not run.store.empty:
        rows = run.connection.execute(
            "SELECT DISTINCT key FROM internal.state SEMI JOIN changed_customers "
            "ON key = bank_customer_id WHERE stage = 'identity'"
        ).fetchall()
        for (bank_id,) in rows:
            found.setdefault(bank_id, reference_cause("customers", bank_id))
    return found


def _answer(run: Run, touched: dict[str, str]) -> list[Answered]:
    size, bank_ids = run.cluster.size, list(touched)
    state = by_shard([(row[1], row) for row in run.store.load("identity", bank_ids)], size)
    rows = _reference_rows(run.connection, Customer, "customers", "bank_customer_id", bank_ids)
    crm = by_shard([(key, msgspec.msgpack.encode(row)) for key, row in rows.items()], size)
    return run.cluster.call(
        "answer", state, crm, by_shard([(k, (k, touched[k])) for k in touched], size)
    )


def _take_answers(run: Run, answered: list[Answered]) -> None:
    absent = run.cluster.call("receive_answers", _transpose([one.answers for one in answered]))
    run.cluster.call("take_answers", [run.store.load(LEDGER, keys) for keys in absent])


def _detect(run: Run) -> None:
    """Two rounds: the first stratum's signals, then the cohort's; then what their company says."""
    if run.plan.resumed:
        run.store.clear(DETECTION)
        clear_open_months(run.connection)
        run.cluster.call("rebuild")
    states: list[bytes] = []  # of a round, stored while the next one's accounts tell
    for _ in range(2):
        facts = _tell(run, states)
        wanted = run.cluster.call("receive_facts", _transpose(facts))
        rows = [run.store.load(DETECTION, subjects) for subjects in wanted]
        detected: list[Detected] = run.cluster.call("detect", rows)
        states = [one.state for one in detected]
        for one in detected:
            store_alerts(run.connection, one.alerts)
        absent = run.cluster.call("receive_signals", _transpose([one.signals for one in detected]))
        run.cluster.call("take_signals", [run.store.load(LEDGER, keys) for keys in absent])
    _tell(run, states)  # no facts any more


def _tell(run: Run, states: list[bytes]) -> list[list[bytes]]:
    """What accounts tell; meanwhile stores what the last round changed in their subjects."""
    telling = run.cluster.begin("tell")
    run.store.write(states, run.plan.epoch)
    return telling()


def _judge(run: Run) -> list[Judged]:
    """Meanwhile stores the signals."""
    news = run.cluster.call("news")
    judging = run.cluster.begin("judge")
    for packed in news:
        store_signals(run.connection, msgspec.msgpack.decode(packed, type=list[Signal]))
    return judging()


def _begin_to_decide(run: Run, judged: list[Judged], as_of: int) -> Callable[[], list[Decided]]:
    size = run.cluster.size
    found = run.cluster.call(
        "receive_candidates",
        _transpose([one.candidates for one in judged]),
        _transpose([one.retractions for one in judged]),
    )
    touched = _revised_months(run)
    months = dict.fromkeys([month for some in found for month in some])
    months |= dict.fromkeys((staff_id, month) for staff_id, month, _ in touched)
    rows = by_shard([(row[0], row) for row in run.store.load_months(list(months))], size)
    names = list(dict.fromkeys(staff for staff, _ in months))
    staff = _reference_rows(run.connection, Staff, "staff", "staff_id", names)
    return run.cluster.begin(
        "decide",
        rows,
        by_shard([(key, msgspec.msgpack.encode(row)) for key, row in staff.items()], size),
        by_shard([(month[0], month) for month in touched], size),
        [as_of] * size,
    )


def _revised_months(run: Run) -> list[tuple[str, int, str]]:
    """(staff_id, month, cause) to decide again: the staff member's row or a policy changed.

    Sealed months too where it is the row: their adds stay as they are, but the difference must
    not be laid to the next late event.
    """
    plan = run.plan
    if run.store.empty:
        return []
    by_policy = bool(plan.changed_policies)
    only = "month > ?" if by_policy else "key IN (SELECT staff_id FROM changed_staff)"
    rows = run.connection.execute(
        "SELECT DISTINCT key, kind[6:]::INTEGER AS month FROM internal.state "
        f"WHERE stage = 'staff' AND {only}",
        [plan.sealed_through] if by_policy else [],
    ).fetchall()
    return [
        (staff_id, month, BY_POLICY if by_policy else reference_cause("staff", staff_id))
        for staff_id, month in rows
    ]


def _store(run: Run, decided: list[Decided], as_of: int | None) -> int:
    connection, epoch = run.connection, run.plan.epoch
    store_decisions(connection, [from_ipc(one.rows) for one in decided], epoch, as_of)
    time_passes(connection, epoch, as_of)
    store_alerts(connection, changed_drips(connection, as_of))
    resolve_alerts(connection, as_of)
    merge_rolling(connection)
    connection.execute("UPDATE report_state SET as_of = make_timestamptz(?)", [as_of])
    return store_late(connection)


def _reference_rows(
    connection: duckdb.DuckDBPyConnection, kind: Any, name: str, key: str, keys: list[str]
) -> dict[str, Any]:
    """The reference rows of these keys, as structs by key."""
    if not keys:
        return {}
    wanted = pa.table({"wanted": pa.array(keys, pa.string())})
    fields = ", ".join(one.name for one in msgspec.structs.fields(kind))
    rows = connection.execute(
        f"SELECT {fields} FROM main.{name} WHERE {key} IN (SELECT wanted FROM wanted)"
    ).fetchall()
    del wanted
    return {row[0]: kind(*row) for row in rows}


def _has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    found = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name])
    return found.fetchone() is not None


def _transpose(messages: list[list[bytes]]) -> list[list[bytes]]:
    """From what each shard sends to each, to what each shard receives of all."""
    return [list(received) for received in zip(*messages, strict=True)]
