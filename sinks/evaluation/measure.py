"""Counts one database's fake verdicts against the truth, in SQL: what is needed of millions of
adds are a few sums, and one row for each different fake_score."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import duckdb

from pipeline.core.errors import WrongUse
from sinks.evaluation.delay import read_delays
from sinks.evaluation.model import Money, Point, Run, Share
from sinks.evaluation.truth import read_truth
from sinks.reports.database import reading

__all__ = ["measure"]

FEN_AN_ADD = 100


def measure(truth: Path, db: Path) -> Run:
    """WrongUse for a truth or database that is none, and where they share no add."""
    known = read_truth(truth)
    with reading(db) as connection:
        connection.register("truth", known)
        sql = files("sinks.evaluation").joinpath("measures.sql").read_text(encoding="utf-8")
        connection.execute(sql)
        told, there, shared = _sizes(connection)
        if not shared:
            raise WrongUse(
                f"{truth} is the truth about other adds than those of {db}: {told} pairs are "
                f"unknown to the database and {there} to the truth. Give the two of one bank."
            )
        fakes, found, right, false_paid, alone = _sums(connection)
        by, delays = read_delays(connection)
        return Run(
            truth=str(truth),
            db=str(db),
            adds=shared,
            fakes=fakes,
            not_in_db=told - shared,
            not_in_truth=there - shared,
            precision=Share(right, found),
            recall=Share(right, fakes),
            by_label=_shares(connection, "label", "judged WHERE fake"),
            by_level=_shares(connection, "context", "judged WHERE fake"),
            accounts=_accounts(connection),
            accounts_by_label=_shares(
                connection, "label", "(SELECT found, unnest(labels) AS label FROM accounts)"
            ),
            false_by_context=_shares(connection, "context", "judged WHERE NOT fake"),
            curve=_curve(connection),
            alerts=_alerts(connection),
            days=_days(connection),
            delays=delays,
            by=by,
            money=Money(FEN_AN_ADD * right, FEN_AN_ADD * alone, FEN_AN_ADD * false_paid),
        )


def _sizes(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    """Adds of the truth, of the database, of both."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM truth), (SELECT count(*) FROM main.adds), "
        "(SELECT count(*) FROM judged)"
    ).fetchone()
    assert row is not None
    return row


def _sums(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int, int, int]:
    """Fakes; found; found and fake; lawful, found and else paid; fakes found and else paid."""
    row = connection.execute(
        """
        SELECT count(*) FILTER (fake), count(*) FILTER (found), count(*) FILTER (fake AND found),
            count(*) FILTER (NOT fake AND found AND otherwise_paid),
            count(*) FILTER (fake AND found AND otherwise_paid)
        FROM judged
        """
    ).fetchone()
    assert row is not None
    return row


def _shares(connection: duckdb.DuckDBPyConnection, key: str, source: str) -> dict[str, Share]:
    """How many of each key are found."""
    rows = connection.execute(
        f"SELECT {key} AS key, count(*) FILTER (found), count(*) FROM {source} "
        "GROUP BY key ORDER BY key"
    ).fetchall()
    return {name: Share(part, whole) for name, part, whole in rows}


def _accounts(connection: duckdb.DuckDBPyConnection) -> Share:
    row = connection.execute("SELECT count(*) FILTER (found), count(*) FROM accounts").fetchone()
    return Share(*row) if row else Share(0, 0)


def _curve(connection: duckdb.DuckDBPyConnection) -> list[Point]:
    """A point for each different fake_score, the greatest first."""
    rows = connection.execute(
        """
        SELECT fake_score, sum(adds) OVER up, sum(fakes) OVER up
        FROM (
            SELECT fake_score, count(*) AS adds, count(*) FILTER (fake) AS fakes
            FROM judged GROUP BY fake_score
        )
        WINDOW up AS (ORDER BY fake_score DESC)
        ORDER BY fake_score DESC
        """
    ).fetchall()
    return [Point(score, int(adds), int(fakes)) for score, adds, fakes in rows]


def _alerts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many of each severity."""
    query = "SELECT severity, count(*) FROM main.alerts GROUP BY severity ORDER BY severity"
    return dict(connection.execute(query).fetchall())


def _days(connection: duckdb.DuckDBPyConnection) -> int:
    """The bank's days from the first add to the last."""
    row = connection.execute("SELECT max(day) - min(day) + 1 FROM main.adds").fetchone()
    return int(row[0]) if row and row[0] is not None else 0
