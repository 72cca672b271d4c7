"""Detectors' signals and alerts of a replay into their tables; what time does to alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from pipeline.core.detectors.pools import AlertFound
from pipeline.core.records import Signal

__all__ = ["clear_open_months", "resolve_alerts", "store_alerts", "store_signals"]

_TIME = pa.timestamp("us", tz="UTC")


def store_signals(connection: duckdb.DuckDBPyConnection, signals: Sequence[Signal]) -> None:
    """The last word on each signal_id; a score of 0 takes its row back."""
    if not signals:
        return
    news = pa.table(
        {
            "signal_id": pa.array([one.signal_id for one in signals], pa.string()),
            "code": pa.array([one.code for one in signals], pa.string()),
            "customer_id": pa.array([one.customer_id for one in signals], pa.string()),
            "staff_id": pa.array([one.staff_id or None for one in signals], pa.string()),
            "score": pa.array([one.score for one in signals], pa.float64()),
            "window_start": pa.array([one.window_start for one in signals], _TIME),
            "window_end": pa.array([one.window_end for one in signals], _TIME),
            "evidence": pa.array([one.evidence for one in signals], pa.string()),
        }
    )
    connection.execute("DELETE FROM signals WHERE signal_id IN (SELECT signal_id FROM news)")
    connection.execute("INSERT INTO signals BY NAME SELECT * FROM news WHERE score > 0")
    del news


def store_alerts(
    connection: duckdb.DuckDBPyConnection, alerts: Mapping[str, AlertFound | None]
) -> None:
    """The last word on each fingerprint; None takes its row away."""
    if not alerts:
        return
    gone = pa.table({"fingerprint": pa.array(alerts, pa.string())})
    connection.execute("DELETE FROM alerts WHERE fingerprint IN (SELECT fingerprint FROM gone)")
    del gone
    rows = [
        [getattr(alert, name) for name in AlertFound.__struct_fields__]
        for alert in alerts.values()
        if alert is not None
    ]
    if not rows:
        return
    connection.executemany(
        """
        INSERT INTO alerts BY NAME SELECT ? AS fingerprint, ? AS key, ? AS severity,
            'firing' AS status, make_timestamptz(?) AS started_at, make_timestamptz(?) AS ended_at,
            ? AS summary_zh, ? AS summary_en, ? AS evidence, ? AS runbook
        """,
        rows,
    )


def clear_open_months(connection: duckdb.DuckDBPyConnection) -> None:
    """Drops the signals and alerts that begin in open months; those of sealed ones are for good."""
    open_month = (
        "strftime({} AT TIME ZONE (SELECT timezone FROM report_state), '%Y-%m') > "
        "(SELECT coalesce(max(month), '') FROM months WHERE sealed_as_of IS NOT NULL)"
    )
    for table, begins in (("signals", "window_start"), ("alerts", "started_at")):
        connection.execute(f"DELETE FROM {table} WHERE {open_month.format(begins)}")


def resolve_alerts(connection: duckdb.DuckDBPyConnection, as_of: int | None) -> None:
    """An alert that *as of* has passed the end of is resolved by time alone; *as of* only grows."""
    connection.execute(
        "UPDATE alerts SET status = 'resolved' "
        "WHERE status = 'firing' AND ended_at < make_timestamptz(?)",
        [as_of],
    )
