"""A small bank with verdicts on fakes and the truth about them, for tests of ``evaluate``.

Two pools at staff members S1 and S2, lawful adds of two occasions, and what detectors would have
written about them.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.core.ids import add_id
from tests.report_database import SHANGHAI, Database, database

__all__ = ["HEAD", "judged_bank"]

HEAD = "staff_id,customer_id,label,pool_id,context\n"
NINE = datetime(2026, 11, 19, 9, tzinfo=SHANGHAI)

# staff_id, customer_id, minutes after NINE, reasons, fake_score, label, pool_id, context
ADDS = [
    ("S1", "f1", 0, (), 0.5, "bought_pool", "p1", "bare"),
    ("S2", "f1", 1, ("not_first_time", "fake_lockstep"), 0.99, "bought_pool", "p1", "bare"),
    ("S1", "f2", 4, ("fake_lockstep",), 0.99, "bought_pool", "p1", "bare"),
    ("S2", "f2", 90, ("fake_lockstep", "unverified"), 0.97, "bought_pool", "p1", "bare"),
    ("S1", "f3", 1500, ("removed_early",), 0.0, "mutual_ring", "p2", "heavy"),
    ("S2", "g1", 3, (), 0.0, "organic", "", "fair"),
    ("S2", "g2", 5, ("fake_burst", "unverified"), 0.96, "organic", "", "fair"),
    ("S1", "g3", 6, ("unverified",), 0.2, "organic", "", "routine"),
    ("S1", "g4", 7, (), 0.0, "organic", "", "routine"),
]
SIGNALS = [
    ("q1", "fake_lockstep", "f1", None, 20),
    ("q2", "fake_lockstep", "f2", "S1", 15),
    ("q3", "fake_lockstep", "f2", None, 200),
    ("q4", "fake_burst", "f1", None, 2),  # no reason of a found add
    ("q5", "fake_lockstep", "f1", "S1", 1),  # of an add that is not found
    ("q6", "fake_burst", "g2", None, 0),
]


def judged_bank(folder: Path, *, streamed: bool = False) -> tuple[Path, Path]:
    """(truth, database); ``streamed``: as a sink filled it, with changes made live."""
    folder.mkdir(exist_ok=True)
    truth, db = folder / "truth.csv", folder / "bank.duckdb"
    rows = [f"{one[0]},{one[1]},{','.join(one[5:])}\n" for one in ADDS]
    truth.write_text(HEAD + "".join(rows), encoding="utf-8")
    with database(db) as bank:
        for row in ADDS:
            _add(bank, *row[:5])
        for name, code, customer, staff, minutes in SIGNALS:
            ends = NINE + timedelta(minutes=minutes)
            bank.connection.execute(
                "INSERT INTO signals VALUES (?, ?, ?, ?, 1, ?, ?, '{}')",
                [name, code, customer, staff, NINE, ends],
            )
        for number, severity in enumerate(["warning", "critical", "warning"]):
            bank.connection.execute(
                "INSERT INTO alerts VALUES (?, 'k', ?, 'firing', ?, NULL, '', '', '{}', '')",
                [f"a{number}", severity, NINE],
            )
        if streamed:
            _changes(bank)
    return truth, db


def _add(
    bank: Database, staff: str, customer: str, minutes: int, reasons: tuple[str, ...], score: float
) -> None:
    at = NINE + timedelta(minutes=minutes)
    fake = any(reason.startswith("fake_") for reason in reasons)
    verdict = "fake" if fake else "invalid" if "removed_early" in reasons else "valid"
    bank.add(staff, customer, day=at.date(), verdict=verdict, reasons=reasons)
    bank.connection.execute(
        "UPDATE adds SET fake_score = ?, added_at = ? WHERE add_id = ?",
        [score, at, add_id(staff, customer)],
    )


def _changes(bank: Database) -> None:
    """f1 at S2 is called fake by a signal at 9:30, f2 at S1 by an event of 9:05, told later."""
    five_past = int((NINE + timedelta(minutes=5)).timestamp()) * 1_000_000
    by_event = {"event": {"id": "e", "source": "w", "type": "friend.added", "time": five_past}}
    changes = [
        ("S2", "f1", {"signal": "q1"}, [], NINE + timedelta(minutes=1)),
        ("S2", "f1", {"signal": "q1"}, ["fake_lockstep"], NINE + timedelta(minutes=30)),
        ("S1", "f2", by_event, ["fake_lockstep"], NINE + timedelta(minutes=40)),
    ]
    for seq, (staff, customer, cause, reasons, as_of) in enumerate(changes):
        bank.connection.execute(
            "INSERT INTO verdict_changes VALUES (?, ?, 1, ?, NULL, 'fake', NULL, ?, ?)",
            [seq, add_id(staff, customer), json.dumps(cause), reasons, as_of],
        )
    bank.connection.execute("""INSERT INTO internal.meta VALUES ('stream', '"t@k"')""")
