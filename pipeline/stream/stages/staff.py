"""The staff stage on topics: the ledger's verdicts and counts, and HR's rows, in; adds out."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pipeline.core.activity import COLUMNS
from pipeline.core.calendar import day_to_date, last_day_of, month_text
from pipeline.core.causes import reference_cause
from pipeline.core.fact_rows import STAFF
from pipeline.core.facts import facts
from pipeline.core.ledger.stage import NEVER
from pipeline.core.policy import DEFAULT_POLICY
from pipeline.core.records import Candidate, Retraction
from pipeline.core.rules import RULES_VERSION, verdict_of
from pipeline.core.rules.base import Verdict
from pipeline.core.staff import Decision, StaffMonths
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.records import Batch, Input, Output, Revisions
from pipeline.stream.stages.reference import read_row
from pipeline.stream.stages.rows import Rows
from topics.outputs import Add, Rolling, raw_json, rolling_key
from topics.reference import Staff
from topics.times import DAY_US

__all__ = ["StaffStage"]

ROW = "row"


class StaffStage:
    """The staff members of one partition: their adds, counts and HR rows.

    ``rows`` has the kinds ``row``, ``fact:<month>`` (customer_id) and ``partial:<day>`` (the
    ledger's partition).
    """

    def __init__(self, context: Context, rows: Rows, revisions: Revisions) -> None:
        self._context = context
        self._rows = rows
        self._revision = revisions
        self._months = StaffMonths(context.policies)
        self._days: dict[tuple[str, int], None] = {}
        self._policies = context.policies.by_version
        through = context.sealed_through
        self._sealed_day = NEVER if through == NEVER else last_day_of(through)

    def take_verdicts(self, records: Iterable[Input]) -> None:
        """Takes the ledger's news of adds."""
        for record in records:
            value = record.value or b""
            message = (_decode_retraction if value[:1] == b"r" else _decode_candidate)(value[1:])
            self._load(message.staff_id, message.month)
            self._months.take(message)

    def take_partials(self, records: Iterable[Input], batch: Batch) -> None:
        """Takes the counts of ledger partitions, each the whole of its own."""
        for record in records:
            staff_id, day, partition, value = _decode_partial(record.value or b"")
            if day <= self._sealed_day:
                continue
            batch.keep(self._rows, (STAFF, staff_id, f"partial:{day}", str(partition), value))
            self._days[staff_id, day] = None

    def take_staff(self, records: Iterable[Input], batch: Batch) -> None:
        """Takes HR's rows; a changed one decides all of the staff member's months anew."""
        for record in records:
            found = read_row("staff", Staff, record, self._context.route, batch)
            if found is None:
                continue
            staff_id, row = found
            value = None if row is None else _pack(row)
            if value == self._rows.one(staff_id, ROW):
                continue
            batch.keep(self._rows, (STAFF, staff_id, ROW, "", value))
            for kind in self._rows.kinds(staff_id):
                name, _, month = kind.partition(":")
                if name == "fact":
                    self._load(staff_id, int(month))
                    self._months.touch((staff_id, int(month)), reference_cause("staff", staff_id))

    def finish(self, batch: Batch) -> None:
        """Decides all months that the batch touched, and sums up its days."""
        staff = {staff_id: self._staff(staff_id) for staff_id in self._months.changed_staff()}
        known = {staff_id: row for staff_id, row in staff.items() if row is not None}
        for found in self._months.decide(known):
            if not isinstance(found, Decision):
                batch.keep(self._rows, found)
            elif found.new is not None:  # else it has become an add of another month
                batch.outputs.append(self._add(found))
                batch.count(_verdict_of(found))
        batch.outputs += [self._rolling(staff_id, day) for staff_id, day in self._days]
        self._days = {}
        if self._months.size() > self._context.hot_facts:
            self._months = StaffMonths(self._context.policies)

    def seal(self, month: int, batch: Batch) -> None:
        """Drops the counts of days up to the month's end: they are the database's now."""
        for staff_id in list(self._rows.keys()):
            for kind in self._rows.kinds(staff_id):
                name, _, day = kind.partition(":")
                if name == "partial" and int(day) <= last_day_of(month):
                    for sub in list(self._rows.subs(staff_id, kind)):
                        batch.keep(self._rows, (STAFF, staff_id, kind, sub, None))

    def _load(self, staff_id: str, month: int) -> None:
        if (staff_id, month) not in self._months.months:
            rows = self._rows.subs(staff_id, f"fact:{month}")
            self._months.load((staff_id, month, sub, value) for sub, value in rows.items())

    def _staff(self, staff_id: str) -> Staff | None:
        packed = self._rows.one(staff_id, ROW)
        return None if packed is None else _decode_staff(packed)

    def _add(self, decision: Decision) -> Output:
        one, outcome, calendar = decision.candidate, decision.new, self._context.calendar
        assert outcome is not None
        policy = self._policies.get(one.policy_version, DEFAULT_POLICY)
        added = one.added.time
        pending_until = added + policy.verify_within_days * DAY_US
        row = Add(
            add_id=decision.add_id,
            staff_id=one.staff_id,
            customer_id=one.customer_id,
            bank_customer_id=None if one.who is None else one.who.bank_customer_id,
            added_at=self._time(added),
            verified_at=None if one.verification is None else self._time(one.verification.time),
            province=one.province,
            verdict=_verdict_of(decision),
            reasons=outcome.reasons,
            fake_score=one.fake_score,
            evidence=raw_json(one.evidence),
            policy_version=one.policy_version,
            pending_until=self._time(pending_until),
            facts=raw_json(facts(one, outcome, policy, calendar)),
            rules_version=RULES_VERSION,
            revision=self._revision(),
            day=day_to_date(calendar.day(added)).isoformat(),
            month=month_text(one.month),
            add_way=one.add_way,
            cause=raw_json(decision.cause or "{}"),
        )
        key = decision.add_id
        return Output("adds", self._context.route(key), key.encode(), _encode(row))

    def _rolling(self, staff_id: str, day: int) -> Output:
        sums = [0] * len(COLUMNS)
        for value in self._rows.subs(staff_id, f"partial:{day}").values():
            sums = [a + int(b) for a, b in zip(sums, _decode_counts(value), strict=True)]
        date = day_to_date(day).isoformat()
        counts = dict(zip(COLUMNS, map(_within_64_bits, sums), strict=True))
        row = Rolling(staff_id=staff_id, day=date, revision=self._revision(), **counts)
        key = rolling_key(staff_id, date)
        return Output("rolling", self._context.route(key.decode()), key, _encode(row))

    def _time(self, time: int) -> str:
        return self._context.calendar.text(time)


def _verdict_of(decision: Decision) -> Verdict:  # as things stand: time alone makes pending invalid
    assert decision.new is not None
    return verdict_of(decision.new.reasons)


def _within_64_bits(number: int) -> int:
    return max(-(1 << 63), min(number, (1 << 63) - 1))


_pack = msgspec.msgpack.Encoder().encode
_encode = msgspec.json.Encoder().encode
_decode_candidate = msgspec.msgpack.Decoder(Candidate).decode
_decode_retraction = msgspec.msgpack.Decoder(Retraction).decode
_decode_partial = msgspec.msgpack.Decoder(tuple[str, int, int, bytes]).decode
_decode_counts = msgspec.msgpack.Decoder(list[int | str]).decode
_decode_staff = msgspec.msgpack.Decoder(Staff).decode
