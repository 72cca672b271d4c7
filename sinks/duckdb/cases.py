"""People's decisions on adds: the last of each add counts, every one is kept.

``main.cases`` has the last, as the contract says; ``internal.case_history`` has all that were ever
read, from files, from the topic or by ``truefriend case``, each once. The topic is compacted, so
what the sink has kept is the history; a database made anew begins with what the topic still has.
"""

from __future__ import annotations

import duckdb

from sinks.duckdb.zoned import Row, ZonedReader

__all__ = ["forget_known", "keep_decisions", "read_decisions"]


def keep_decisions(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Adds the rows of a table or a registered relation, those that are not there yet."""
    columns = 'add_id, decision, "by", "at", note'
    connection.execute(
        f"INSERT INTO internal.case_history SELECT {columns} FROM {source} "
        f"EXCEPT SELECT {columns} FROM internal.case_history"
    )


def forget_known(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Drops the rows that were read before: a file that brings nothing new of an add must not put
    an old decision above one that a person took since."""
    connection.execute(
        f"""
        DELETE FROM {source} s USING internal.case_history h
        WHERE (s.add_id, s.decision, s."by", s."at", s.note)
            IS NOT DISTINCT FROM (h.add_id, h.decision, h."by", h."at", h.note)
        """
    )


def read_decisions(reader: ZonedReader, add_id: str | None = None) -> list[Row]:
    """Every decision, on one add or on all, in the order of their times.

    ``counts`` says whether it is the one that counts; ``staff_id``, ``customer_id``, ``verdict``
    and ``reasons`` are the add's now, None where the database has no such add.
    """
    only, values = ("WHERE h.add_id = ?", [add_id]) if add_id is not None else ("", [])
    return reader.rows(
        f"""
        SELECT h.add_id, h.decision, h."by", h."at", h.note, a.staff_id, a.customer_id, a.verdict,
            a.reasons, (h.decision, h."by", h."at", h.note) IS NOT DISTINCT FROM
                (c.decision, c."by", c."at", c.note) AS counts
        FROM internal.case_history h
        LEFT JOIN main.cases c USING (add_id)
        LEFT JOIN main.adds a USING (add_id)
        {only}
        ORDER BY h."at", counts, h.add_id, h.decision, h."by", h.note
        """,
        *values,
    )
