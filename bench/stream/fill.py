"""A database with very many adds in it, of the months up to now, as a sink of years would have.

The rows are made in DuckDB; their texts are about as long as real ones. Their customers are none
of the bank's, so what the stream brings are new rows and revisions of these.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from bench.replay.bank import BUILD
from sinks.duckdb.database import writing
from sinks.duckdb.state import Notes

__all__ = ["filled"]

_ROWS = """
    INSERT INTO adds BY NAME
    SELECT
        md5(i::VARCHAR) AS add_id,
        format('s{:05d}', i % 5000) AS staff_id,
        'wm' || left(md5('c' || i), 16) AS customer_id,
        if(verified, format('{:012d}', i), NULL) AS bank_customer_id,
        added_at,
        if(verified, added_at + INTERVAL 1 HOUR, NULL) AS verified_at,
        ['广东', '北京', '上海', '四川'][1 + i % 4] AS province,
        CASE WHEN verified AND i % 10 < 7 THEN 'valid'
            WHEN verified THEN 'invalid'
            WHEN added_at + INTERVAL 30 DAY > now() THEN 'pending'
            ELSE 'invalid' END AS verdict,
        CASE WHEN verified AND i % 10 < 7 THEN []
            WHEN verified THEN ['not_own_customer']
            ELSE ['unverified'] END AS reasons,
        0.0 AS fake_score,
        '{}' AS evidence,
        'default' AS policy_version,
        added_at + INTERVAL 30 DAY AS pending_until,
        json_object(
            'added', json_object('source', 'wecom/ww1', 'id', md5('e' || i), 'time', added_at),
            'verification', json_object('source', 'bank/h5', 'id', md5('v' || i)),
            'manager', format('s{:05d}', i % 5000), 'manager_since', added_at::DATE
        ) AS facts,
        '1' AS rules_version,
        i AS revision,
        added_at::DATE AS day,
        strftime(added_at, '%Y-%m') AS month,
        1 AS add_way
    FROM (
        SELECT i, i % 5 < 3 AS verified,
            now() - to_seconds((hash(i) % 15552000)::DOUBLE) AS added_at
        FROM range({rows}) r(i)
    )
"""
_MONTHS = "INSERT INTO months SELECT DISTINCT month, NULL FROM adds"


def filled(rows: int, timezone: str) -> Path:
    """The file; made only once a day, for it ends now."""
    path = BUILD / f"filled-{rows}.duckdb"
    if path.exists() and _is_of_today(path):
        return path
    path.unlink(missing_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    print(f"Filling a database with {rows:,} adds …", file=sys.stderr, flush=True)
    with writing(part, timezone) as connection:
        connection.execute(f"SET TimeZone = '{timezone}'")
        connection.execute(_ROWS.replace("{rows}", str(rows)))
        connection.execute(_MONTHS)
        Notes(connection).set("filled", rows)  # a database without notes counts as empty
    return part.rename(path)


def _is_of_today(path: Path) -> bool:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("SELECT max(added_at) > now() - INTERVAL 1 DAY FROM adds")
        return bool((found.fetchone() or (False,))[0])
