"""How long a pool works before its first verdict, in adds and in minutes of event time.

Streamed, the verdict is made live and ``verdict_changes`` tells when: the first change by which an
add of the pool has a ``fake_*`` reason. Its time is that of the event that caused it; where
another thing did (a signal, a policy, a case), *as of* at the change.

A replay settles every verdict at its end, so its changes tell nothing about time. There the
evidence itself is dated: a signal's window ends (``signals.window_end``) when what it speaks of
has happened. The pool's time is the first such end among the signals behind the reasons of its
adds that are found. It is the earliest moment at which a live verdict could rest on that signal;
that others are needed to reach the threshold is not looked at.
"""

from __future__ import annotations

import duckdb

from sinks.duckdb.state import is_streamed
from sinks.evaluation.model import PoolDelay

__all__ = ["read_delays"]

_LIVE = """
    SELECT j.pool_id, coalesce(
        make_timestamptz((v.cause->>'$.event.time')::BIGINT), v.as_of) AS found_at
    FROM judged j JOIN main.verdict_changes v USING (add_id)
    WHERE j.fake AND len(list_filter(v.new_reasons, lambda r: starts_with(r, 'fake_'))) > 0
    QUALIFY row_number() OVER (PARTITION BY j.pool_id ORDER BY v.seq) = 1
"""

_REPLAYED = """
    SELECT j.pool_id, min(s.window_end) AS found_at
    FROM judged j
    CROSS JOIN main.report_state r
    JOIN main.signals s ON s.customer_id = j.customer_id
        AND coalesce(s.staff_id, '') IN ('', j.staff_id)  -- without one: of all in that month
        AND strftime(s.window_start AT TIME ZONE r.timezone, '%Y-%m') = j.month
    WHERE j.fake AND list_contains(j.reasons, s.code)
    GROUP BY j.pool_id
"""


def read_delays(connection: duckdb.DuckDBPyConnection) -> tuple[str, list[PoolDelay]]:
    """How it was measured ("verdicts" or "windows"), and every pool that has an id, by id."""
    live = is_streamed(connection)
    rows = connection.execute(
        f"""
        WITH found AS ({_LIVE if live else _REPLAYED}),
        pools AS (
            SELECT pool_id, min(label) AS label, count(*) AS adds, min(added_at) AS began
            FROM judged WHERE fake AND pool_id <> '' GROUP BY pool_id
        ),
        timed AS (  -- a cause may be older than the add that it condemned
            SELECT p.*, greatest(f.found_at, p.began) AS found_at, f.found_at IS NULL AS missed
            FROM pools p LEFT JOIN found f USING (pool_id)
        )
        SELECT t.pool_id, t.label, t.adds,
            CASE WHEN NOT missed THEN count(*) FILTER (j.added_at <= t.found_at) END,
            CASE WHEN NOT missed THEN (epoch_us(t.found_at) - epoch_us(t.began)) / 60e6 END
        FROM timed t JOIN judged j ON j.pool_id = t.pool_id AND j.fake
        GROUP BY t.pool_id, t.label, t.adds, t.began, t.found_at, t.missed
        ORDER BY t.pool_id
        """
    ).fetchall()
    return "verdicts" if live else "windows", [PoolDelay(*row) for row in rows]
