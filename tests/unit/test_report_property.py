"""Whatever the rows, the report's figures are the sums of the contract's tables."""

import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks.reports import Report, read_report
from sinks.reports.model import COUNTS, PROVINCE_COUNTS, Figures
from tests.report_database import DAY, Database, database

DAILY = tuple(name for name in COUNTS if name not in PROVINCE_COUNTS)
STAFF = ("S1", "S2", "S3", "X9")
BRANCH = {"S1": "B1", "S2": "B2", "S3": None}
REASONS = {
    "valid": (),
    "pending": ("unverified",),
    "invalid": ("out_of_province",),
    "fake": ("fake_burst", "employee"),
    "excluded": ("not_first_time", "fake_ring"),
}

adds = st.lists(
    st.tuples(
        st.sampled_from(STAFF),
        st.integers(0, 60),
        st.sampled_from(sorted(REASONS)),
        st.sampled_from(["广东", "湖南", None]),
        st.booleans(),
    ),
    max_size=25,
)
activity = st.dictionaries(
    st.tuples(st.sampled_from(STAFF), st.integers(0, 60)), st.integers(1, 9), max_size=8
)


def fill(bank: Database, rows: list[tuple[str, int, str, str | None, bool]]) -> None:
    for staff_id, branch_id in BRANCH.items():
        bank.staff(staff_id, branch_id, province="广东" if staff_id != "S3" else None)
    for n, (staff_id, ago, verdict, province, verified) in enumerate(rows):
        day = DAY - timedelta(days=ago)
        bank.add(staff_id, f"c{n}", day, verdict, REASONS[verdict], province, verified)


@settings(max_examples=15, deadline=None)
@given(adds, activity, st.booleans(), st.sampled_from([DAY, date(2026, 11, 1), date(2026, 10, 20)]))
def test_figures_are_the_sums_of_staff_daily(
    rows: list[tuple[str, int, str, str | None, bool]],
    messages: dict[tuple[str, int], int],
    sealed: bool,
    day: date,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bank.duckdb"
        with database(path) as bank:
            fill(bank, rows)
            for (staff_id, ago), sent in messages.items():
                bank.rolling(staff_id, DAY - timedelta(days=ago), messages_sent=sent)
            if sealed:
                bank.seal("2026-09")
                bank.seal("2026-10")
                bank.connection.execute("UPDATE staff SET branch_id = 'B3'")
        report = read_report(path, day, staff=True)
        one = read_report(path, day, [""])
        with duckdb.connect(str(path), read_only=True) as connection:
            check(report, connection, day)
    assert one.total.month == next(
        (row.periods.month for row in report.branches if row.branch_id is None), Figures()
    )


def check(report: Report, connection: duckdb.DuckDBPyConnection, day: date) -> None:
    sums = ", ".join(f"coalesce(sum({name}), 0)::BIGINT" for name in DAILY)
    for figures, first, last in (
        (report.bank.day, day, day),
        (report.bank.before, day - timedelta(days=1), day - timedelta(days=1)),
        (report.bank.month, day.replace(day=1), day),
    ):
        expected = connection.execute(
            f"SELECT {sums} FROM staff_daily WHERE day BETWEEN ? AND ?", [first, last]
        ).fetchone()
        assert tuple(figures[name] for name in DAILY) == expected
        assert sum(each.count for each in figures.not_counted) == figures["adds"] - figures["valid"]
        passed = sum(r.count for r in figures.not_counted if r.code == "out_of_province")
        provinces = sum(figures[name] for name in PROVINCE_COUNTS)
        assert provinces == figures["valid"] + passed
    by_branch = [row.periods.month for row in report.branches]
    by_staff = [row.periods.month for row in report.staff]
    assert Figures.total(by_branch) == report.bank.month
    assert Figures.total(by_staff).values == report.bank.month.values
    for row in report.trend[-1:]:
        assert (row.adds, row.valid) == (report.bank.day["adds"], report.bank.day["valid"])
