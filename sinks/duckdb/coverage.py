"""Which bank customers their manager has as a friend."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

__all__ = ["store_covered"]


def store_covered(
    connection: duckdb.DuckDBPyConnection, covered: Sequence[tuple[str, bool]]
) -> None:
    """Takes (bank customer, whether covered) pairs in, each bank customer once."""
    if not covered:
        return
    rows = pa.table(
        {
            "bank_customer_id": pa.array([bank_id for bank_id, _ in covered], pa.string()),
            "covered": pa.array([is_covered for _, is_covered in covered], pa.bool_()),
        }
    )
    connection.execute(
        "DELETE FROM internal.covered WHERE bank_customer_id IN (SELECT bank_customer_id FROM rows)"
    )
    connection.execute(
        "INSERT INTO internal.covered SELECT bank_customer_id FROM rows WHERE covered"
    )
    del rows
