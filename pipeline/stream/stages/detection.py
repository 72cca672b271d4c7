"""The detection stage on topics: facts about customers in by subject; signals and alerts out."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.core.detectors.alert_row import encode_alert
from pipeline.core.detectors.detection import MEMBER, Detection
from pipeline.core.detectors.pools import AlertFound
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.evidence import read_fact, signal_output
from pipeline.stream.stages.records import Batch, Input, Output, Revisions
from pipeline.stream.stages.rows import Rows

__all__ = ["DetectionStage"]


class DetectionStage:
    """The subjects of one partition.

    ``rows`` has the kind ``member`` (customer_id). Subjects that a batch touches are unpacked, and
    stay so while there are no more than ``hot_subjects`` of them.
    """

    def __init__(self, context: Context, rows: Rows, revisions: Revisions) -> None:
        self._context = context
        self._rows = rows
        self._revision = revisions
        self._detection = Detection(context.calendar, context.sealed_through)

    def take_facts(self, records: Iterable[Input]) -> None:
        """Takes what ledgers say of customers at this partition's subjects."""
        detection = self._detection
        for record in records:
            subject, customer_id, member = read_fact(record)
            if subject not in detection and subject in self._rows:
                detection.load(subject, self._rows.subs(subject, MEMBER))
            detection.take(subject, customer_id, member)

    def finish(self, batch: Batch) -> None:
        """Writes what the detectors say otherwise than before, and the changed members."""
        detection = self._detection
        signals, rows = detection.finish()
        for row in rows:
            batch.keep(self._rows, row)
        for signal in signals:
            batch.outputs.append(signal_output(signal, self._context))
            batch.count(signal.code)
        for name, alert in detection.alerts().items():
            batch.outputs.append(self._alert(name, alert))
        detection.shrink(self._context.hot_subjects)

    def seal(self, keys: Iterable[str], batch: Batch) -> None:
        """Drops what only sealed months need of these subjects."""
        for subject in keys:
            rows = self._rows.subs(subject, MEMBER)
            for row in list(self._detection.over(subject, rows)):
                batch.keep(self._rows, row)

    def _alert(self, name: str, found: AlertFound | None) -> Output:
        value = encode_alert(found, self._context.calendar, self._revision())
        return Output("alerts", self._context.route(name), name.encode(), value)
