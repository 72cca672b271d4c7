"""Alerts as they stand: status by *as of*, members with their adds' verdicts."""

from __future__ import annotations

import json

from pipeline.core.errors import WrongUse
from sinks.duckdb.zoned import Row, ZonedReader

__all__ = ["find_alert", "read_alerts", "read_members"]

_STATUS = """
    CASE WHEN status = 'resolved' OR ended_at < (SELECT as_of FROM main.report_state)
        THEN 'resolved' ELSE 'firing' END
"""
_COLUMNS = f"* REPLACE ({_STATUS} AS status)"


def read_alerts(
    reader: ZonedReader, status: str | None = None, severity: str | None = None
) -> list[Row]:
    """The alerts, those that fire first, then the severest, then the newest; evidence decoded.

    Time alone resolves an alert: once *as of* has passed ``ended_at``, whatever the row says.
    """
    found = reader.rows(
        f"""
        SELECT {_COLUMNS} FROM main.alerts
        ORDER BY status = 'resolved',
            list_position(['critical', 'warning', 'info'], severity), started_at DESC, fingerprint
        """
    )
    return [
        _decoded(row)
        for row in found
        if status in (None, row["status"]) and severity in (None, row["severity"])
    ]


def find_alert(reader: ZonedReader, fingerprint: str) -> Row:
    """The alert of this fingerprint, or of the only one that begins so; WrongUse for none."""
    found = reader.rows(
        f"SELECT {_COLUMNS} FROM main.alerts WHERE starts_with(fingerprint, ?) "
        "ORDER BY fingerprint <> ?, fingerprint LIMIT 2",
        fingerprint,
        fingerprint,
    )
    if not found:
        raise WrongUse(f"There is no alert {fingerprint}: truefriend alerts list names them.")
    if len(found) > 1 and found[0]["fingerprint"] != fingerprint:
        raise WrongUse(f"Several alerts begin with {fingerprint}: give more of the fingerprint.")
    return _decoded(found[0])


def read_members(reader: ZonedReader, alert: Row) -> list[Row]:
    """The adds of the members that its evidence names, in its order.

    A member is a customer_id, whose adds from the alert's start to its end are meant, or an
    add_id. Where the evidence names all the staff it is about (``staff_ids``), other staff's adds
    are left out. A member without such an add is a row with nulls.
    """
    evidence = alert["evidence"]
    members, staff = evidence.get("members"), evidence.get("staff_ids")
    if not isinstance(members, list):
        return []
    whole = isinstance(staff, list) and len(staff) == evidence.get("staff")
    return reader.rows(
        """
        SELECT w.member, a.add_id, a.staff_id, coalesce(a.customer_id, w.member) AS customer_id,
            a.added_at, a.verdict, a.reasons, a.fake_score, c.decision
        FROM (
            SELECT unnest($1) AS member, generate_subscripts($1, 1) AS place
        ) w
        LEFT JOIN main.adds a ON a.add_id = w.member OR (
            a.customer_id = w.member
            AND a.added_at >= $2::TIMESTAMPTZ
            AND a.added_at <= coalesce($3::TIMESTAMPTZ, a.added_at)
            AND ($4 IS NULL OR list_contains($4, a.staff_id)))
        LEFT JOIN main.cases c ON c.add_id = a.add_id
        ORDER BY w.place, a.added_at, a.add_id
        """,
        [str(one) for one in members],
        alert["started_at"],
        alert["ended_at"],
        [str(one) for one in staff or ()] if whole else None,
    )


def _decoded(row: Row) -> Row:
    evidence = json.loads(row["evidence"]) if row["evidence"] else {}
    return {**row, "evidence": evidence if isinstance(evidence, dict) else {}}
