"""A small invented bank written straight into the real schema, for the tests of the report."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import duckdb

import sinks.duckdb

SHANGHAI = timezone(timedelta(hours=8))
DAY = date(2026, 11, 20)
SCHEMA = Path(sinks.duckdb.__file__).parent

ROLLING = (
    "removed", "messages_sent", "messages_received", "customers_wrote", "customers_answered",
    "moments", "adverts", "reactions", "groups_joined", "links_opened", "tasks_assigned",
    "tasks_executed", "sales", "amount_fen", "interest_income_fen", "fee_income_fen",
)  # fmt: skip


@dataclass
class Database:
    """Writes rows; `path` is readable once the `with` of `database` is over."""

    path: Path
    connection: duckdb.DuckDBPyConnection

    def as_of(self, time: datetime | None) -> None:
        self.connection.execute("DELETE FROM report_state")
        self.connection.execute("INSERT INTO report_state VALUES (?, 'Asia/Shanghai', 1)", [time])

    def branch(self, branch_id: str, name: str | None, province: str = "广东") -> None:
        self.connection.execute(
            "INSERT INTO branches VALUES (?, NULL, ?, ?)", [branch_id, name, province]
        )

    def staff(
        self,
        staff_id: str,
        branch_id: str | None,
        name: str | None = None,
        province: str | None = "广东",
        active_from: date | None = None,
        active_to: date | None = None,
    ) -> None:
        self.connection.execute(
            "INSERT INTO staff VALUES (?, 'manager', ?, ?, NULL, ?, ?, ?)",
            [staff_id, branch_id, province, active_from, active_to, name],
        )

    def add(
        self,
        staff_id: str,
        customer_id: str,
        day: date = DAY,
        verdict: str = "valid",
        reasons: tuple[str, ...] = (),
        province: str | None = "广东",
        verified: bool = True,
        bank_customer_id: str | None = None,
    ) -> str:
        """An add at ten in the morning; returns its add_id."""
        added_at = datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI)
        add_id = hashlib.sha256(f"{staff_id}\x1f{customer_id}".encode()).digest()[:16].hex()
        verified_at = added_at + timedelta(minutes=3) if verified else None
        self.connection.execute(
            "INSERT INTO adds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                add_id, staff_id, customer_id, bank_customer_id, added_at, verified_at, province,
                verdict, list(reasons), 0.0, "[]", "default", added_at + timedelta(days=30),
                json.dumps({"i": 1}), "1", 1, day, f"{day:%Y-%m}", 1,
            ],
        )  # fmt: skip
        return add_id

    def rolling(self, staff_id: str, day: date = DAY, **counts: int) -> None:
        values = [counts.pop(name, 0) for name in ROLLING]
        assert not counts
        marks = ", ".join("?" * (len(values) + 2))
        self.connection.execute(
            f"INSERT INTO internal.rolling VALUES ({marks})", [day, staff_id, *values]
        )

    def customer(self, bank_customer_id: str, manager: str, segment: str | None) -> None:
        self.connection.execute(
            "INSERT INTO customers VALUES (?, ?, '广东', ?, '2020-01-01', false, [], NULL, NULL)",
            [bank_customer_id, manager, segment],
        )

    def covered(self, *bank_customer_ids: str) -> None:
        for each in bank_customer_ids:
            self.connection.execute("INSERT INTO internal.covered VALUES (?)", [each])

    def change(self, add_id: str, old: str | None, new: str, as_of: datetime) -> None:
        self.connection.execute(
            "INSERT INTO verdict_changes SELECT count(*), ?, 1, '{}', ?, ?, [], [], ?"
            " FROM verdict_changes",
            [add_id, old, new, as_of],
        )

    def seal(self, month: str) -> None:
        """Seals a month as `truefriend close` leaves it."""
        # By way of a table: the view reads the very table that is written.
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE frozen AS "
            "FROM staff_daily WHERE strftime(day, '%Y-%m') = ?",
            [month],
        )
        self.connection.execute("INSERT INTO internal.sealed_staff_daily FROM frozen")
        self.connection.execute(
            "DELETE FROM internal.rolling WHERE strftime(day, '%Y-%m') = ?", [month]
        )
        self.connection.execute("INSERT INTO months VALUES (?, now())", [month])


@contextmanager
def database(path: Path) -> Iterator[Database]:
    """An empty database of the real schema at `path`, as of the end of DAY."""
    connection = duckdb.connect(str(path))
    try:
        for name in ("schema.sql", "views.sql"):
            connection.execute((SCHEMA / name).read_text(encoding="utf-8"))
        made = Database(path, connection)
        made.as_of(datetime(2026, 11, 20, 22, 30, tzinfo=SHANGHAI))
        yield made
    finally:
        connection.close()


def small_bank(path: Path) -> Path:
    """Two branches, four staff members and one of no branch; a few adds of each verdict."""
    with database(path) as bank:
        _people(bank)
        _adds(bank)
        _activity(bank)
    return path


def _people(bank: Database) -> None:
    bank.branch("B1", "广州天河支行")
    bank.branch("B2", "深圳南山支行")
    bank.staff("S1", "B1", "张伟")
    bank.staff("S2", "B1", "<script>alert(1)</script>")
    bank.staff("S3", "B2", "=cmd()", active_from=date(2025, 1, 1))
    bank.staff("S4", "B2", None, province=None)
    bank.staff("S5", "B2", "已离职", active_to=date(2026, 10, 1))
    for n in range(4):
        bank.customer(f"K{n}", "S1", "gold" if n < 3 else None)
    bank.customer("K4", "S3", "gold")
    bank.covered("K0", "K1", "K4")


def _adds(bank: Database) -> None:
    bank.add("S1", "c1", bank_customer_id="K0")
    bank.add("S1", "c2", province="湖南")
    bank.add("S1", "c3", verdict="pending", reasons=("unverified",), verified=False)
    bank.add("S2", "c4", verdict="invalid", reasons=("out_of_province",), province="湖南")
    bank.add("S2", "c5", verdict="fake", reasons=("fake_lockstep", "fake_burst"), verified=False)
    bank.add("S3", "c1", verdict="excluded", reasons=("not_first_time", "fake_ring"))
    bank.add("S4", "c6", province=None)
    bank.add("X9", "c7", verdict="invalid", reasons=("no_account",))
    yesterday = DAY - timedelta(days=1)
    first = bank.add("S1", "d1", day=yesterday)
    bank.add("S3", "d2", day=yesterday, verdict="invalid", reasons=("removed_early",))
    second = bank.add("S3", "d3", day=date(2026, 11, 2))
    bank.add("S3", "d4", day=date(2026, 10, 31))
    evening = datetime(2026, 11, 19, 23, 59, tzinfo=SHANGHAI)
    morning = datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)
    bank.change(first, None, "pending", evening)
    bank.change(first, "pending", "invalid", morning)
    bank.change(first, "invalid", "valid", morning)
    bank.change(second, "pending", "valid", evening)


def _activity(bank: Database) -> None:
    bank.rolling("S1", removed=1, messages_sent=20, messages_received=8, sales=1, amount_fen=500000)
    bank.rolling("S3", messages_sent=3)
    bank.rolling("S3", day=date(2026, 11, 2), moments=2)
