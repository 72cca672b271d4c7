"""Detectors in a replay, shard by shard: facts by subject, signals back by customer.

Two rounds are enough: the first brings the first stratum's signals and so suspicion, the second
the cohort's. These change no fact, but they are company: accounts tell of themselves once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from pipeline.core.detectors.customers import NOTHING
from pipeline.core.detectors.detection import Detection
from pipeline.core.detectors.news import FactRow
from pipeline.core.detectors.open_months import OpenMonths
from pipeline.core.detectors.pools import AlertFound
from pipeline.core.records import Signal
from pipeline.replay.routing import shard_of
from pipeline.replay.shard import Shard, StateRows
from sinks.duckdb.columns import STATE, IpcRows

__all__ = ["Detected", "Detecting"]


class Detected(msgspec.Struct, array_like=True):
    """Signals for each shard, by their customer; changed state of subjects; changed alerts."""

    signals: list[bytes]
    state: bytes
    alerts: dict[str, AlertFound | None]


class Detecting:
    """One shard's part: the accounts it has tell, the subjects it has detect."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._months = OpenMonths(shard.calendar, shard.settings.sealed_through)
        self._detection = self._new_detection()
        self._facts: list[FactRow] = []
        self._signals: list[Signal] = []
        self._news: dict[str, Signal] = {}

    def rebuild(self) -> None:
        """Has every account that is in memory tell all anew: what it told before is not known.

        Evidence of sealed months stays.
        """
        ledger = self._shard.ledger
        for key, account in ledger.accounts.items():
            ledger.told[key] = NOTHING
            for signal in list((account.signals or {}).values()):
                if self._months.include(signal.window_start):
                    account.take_signal(signal.taken_back())
            ledger.touch(key, account)

    def tell(self) -> list[bytes]:
        """The ledger's news of facts for each shard; those of signals are kept."""
        shards = self._shard.settings.shards
        routed: list[list[FactRow]] = [[] for _ in range(shards)]
        facts, signals = self._shard.ledger.tell(self._months)
        for row in facts:
            routed[shard_of(row[0], shards)].append(row)
        self._news |= {signal.signal_id: signal for signal in signals}
        return [msgspec.msgpack.encode(some) for some in routed]

    def receive_facts(self, messages: list[bytes]) -> list[str]:
        """Returns the subjects whose state ``detect`` needs."""
        self._facts = [row for message in messages for row in _decode_facts(message)]
        wanted = {subject: None for subject, *_ in self._facts}
        return [subject for subject in wanted if subject not in self._detection]

    def detect(self, rows: StateRows) -> Detected:
        subjects: dict[str, dict[str, bytes]] = {}
        for _, subject, _, customer_id, value in rows:
            if value is not None:
                subjects.setdefault(subject, {})[customer_id] = value
        for subject, members in subjects.items():
            self._detection.load(subject, members)
        for subject, customer_id, member in self._facts:
            self._detection.take(subject, customer_id, member)
        self._facts = []
        signals, changed = self._detection.finish()
        state = IpcRows(STATE)
        state.extend(changed)
        return Detected(self._route(signals), state.to_ipc(), self._detection.alerts())

    def receive_signals(self, messages: list[bytes]) -> list[str]:
        """Returns the customers whose state ``take_signals`` needs."""
        self._signals = [one for message in messages for one in _decode_signals(message)]
        return self._shard.absent([signal.customer_id for signal in self._signals])

    def take_signals(self, rows: StateRows) -> None:
        shard, ledger = self._shard, self._shard.ledger
        shard.load(rows)
        for signal in self._signals:
            ledger.take_signal(signal)
            self._news[signal.signal_id] = signal
        self._signals = []

    def news(self) -> bytes:
        """All signals that changed; nothing is told any more until the next run."""
        self._shard.ledger.known.clear()
        found, self._news = list(self._news.values()), {}
        self._detection = self._new_detection()
        return msgspec.msgpack.encode(found)

    def _new_detection(self) -> Detection:
        return Detection(self._shard.calendar, self._shard.settings.sealed_through)

    def _route(self, signals: Iterable[Signal]) -> list[bytes]:
        shards = self._shard.settings.shards
        routed: list[list[Signal]] = [[] for _ in range(shards)]
        for signal in signals:
            routed[shard_of(signal.customer_id, shards)].append(signal)
        return [msgspec.msgpack.encode(some) for some in routed]


_decode_facts: Any = msgspec.msgpack.Decoder(list[FactRow]).decode
_decode_signals: Any = msgspec.msgpack.Decoder(list[Signal]).decode
