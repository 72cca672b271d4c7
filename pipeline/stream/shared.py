"""What every worker reads whole: policies, cases and sealed months, as they are now.

A topic that changes makes a new context; each partition then judges anew what it touches, and
notes how far it has followed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiokafka
import msgspec
from aiokafka.errors import KafkaError

from pipeline.clients import Clients
from pipeline.core.calendar import parse_month
from pipeline.core.errors import PolicyError, TruefriendError
from pipeline.core.ledger.stage import NEVER
from pipeline.core.policy import Policy, PolicySet, parse_policy
from pipeline.stream.pacing import paced
from pipeline.stream.restore import read_all
from pipeline.stream.stages.context import Context
from pipeline.stream.stages.records import Batch, Output
from pipeline.stream.stages.reference import read_row
from topics.between import READ_WHOLE, MonthControl
from topics.catalog import topic_name
from topics.reference import Branch, Case

__all__ = ["Shared"]

_log = logging.getLogger(__name__)
_RETRY_S = 1.0
_ASK_EVERY_S = 5.0
_PATIENCE_S = 10.0
_IN_ORDER = sorted(READ_WHOLE, key="months".__ne__)  # seals first: they refuse policies


@dataclass(slots=True)
class _Known:
    """The rows as they stand, and where in each topic."""

    policies: dict[str, Policy] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    sealed_through: int = NEVER
    sealed_at: int = 0  # the seal's record timestamp, ms
    positions: dict[str, int] = field(default_factory=dict)
    dead: list[tuple[str, int, Output]] = field(default_factory=list)


class Shared:
    """``context`` is what all partitions work by; ``version`` counts its changes.

    ``silent``: a broker that was asked has not answered.
    """

    def __init__(
        self, clients: Clients, namespace: str, make_context: Callable[..., Context]
    ) -> None:
        self._clients = clients
        self._namespace = namespace
        self._make_context = make_context
        self._known = _Known()
        self._tps: dict[Any, str] = {
            aiokafka.TopicPartition(topic_name(namespace, topic), 0): topic for topic in _IN_ORDER
        }
        self._consumer: Any = None
        self.context = make_context()
        self.version = 0
        self.silent = False
        self._asked = 0.0

    @property
    def positions(self) -> dict[str, int]:
        """Next offset by input name of what the context holds."""
        return {f"{topic}/0": offset for topic, offset in self._known.positions.items()}

    def dead_letters(self, topic: str, position: int) -> list[Output]:
        """Bad rows of a topic from an offset on: partition 0 of the stages writes them."""
        return [one for name, at, one in self._known.dead if name == topic and at >= position]

    async def start(self) -> None:
        """Reads all topics to their ends."""
        self._consumer = aiokafka.AIOKafkaConsumer(
            **self._clients.aiokafka(),
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await paced(self._consumer).start()
        self._consumer.assign(list(self._tps))
        ends = await self._consumer.end_offsets(list(self._tps))
        for tp, topic in self._tps.items():
            await self._consumer.seek_to_beginning(tp)
            for record in await read_all(self._consumer, tp, ends[tp]):
                self._take(topic, record)
            self._known.positions[topic] = await self._consumer.position(tp)
        self._renew()

    async def follow(self) -> None:
        """Goes on reading, for ever; a broker that is away is waited for."""
        while True:
            try:
                await self._follow()
            except (KafkaError, TimeoutError) as error:
                self.silent = True
                _log.warning("shared topics: %s", type(error).__name__)
                await asyncio.sleep(_RETRY_S)

    async def _follow(self) -> None:
        while True:
            found = await self._consumer.getmany(timeout_ms=1_000)
            positions = {
                topic: await self._consumer.position(tp) for tp, topic in self._tps.items()
            }
            # No await from here on: none may see a position before the context that it stands for.
            for tp, records in found.items():
                for record in records:
                    self._take(self._tps[tp], record)
            self._known.positions = positions
            if any(found.values()):
                self._renew()
            await self._ask()

    async def _ask(self) -> None:
        """Now and then; without a broker ``getmany`` gives nothing and says nothing."""
        if time.monotonic() - self._asked < _ASK_EVERY_S:
            return
        await asyncio.wait_for(self._consumer.end_offsets(list(self._tps)), _PATIENCE_S)
        self._asked, self.silent = time.monotonic(), False

    async def stop(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()

    def _renew(self) -> None:
        known = self._known
        dismissed = frozenset(one for one, said in known.decisions.items() if said == "dismissed")
        self.context = self._make_context(
            policies=PolicySet(list(known.policies.values())),
            dismissed=dismissed,
            sealed_through=known.sealed_through,
        )
        self.version += 1

    def _take(self, topic: str, record: Any) -> None:
        bad = Batch()
        if topic == "policies":
            self._take_policy(record, bad)
        elif topic == "branches":
            read_row("branches", Branch, record, None, bad)  # only to bury what is wrong
        elif topic == "cases":
            found = read_row("cases", Case, record, None, bad)
            if found is not None:
                add_id, case = found
                self._known.decisions[add_id] = "" if case is None else case.decision
        else:
            self._take_month(record)
        self._known.dead += [(topic, record.offset, one) for one in bad.outputs]

    def _take_policy(self, record: Any, bad: Batch) -> None:
        """A policy that is wrong use is a dead letter, and the earlier row stays."""
        version = (record.key or b"").decode(errors="replace")
        if record.value is None:
            self._known.policies.pop(version, None)
            return
        try:
            policy = parse_policy(record.value.decode(), version)
            others = {**self._known.policies, policy.version: policy}
            PolicySet(list(others.values()))
            if policy.version != version:
                raise PolicyError("the record's key is not the policy's version")
            self._refuse_sealed(policy, record)
        except (TruefriendError, UnicodeDecodeError):
            sentence = "the policy is wrong use; truefriend policy check FILE says where"
            bad.bury("policies", record, "bad_reference", sentence)
            return
        self._known.policies = others

    def _refuse_sealed(self, policy: Policy, record: Any) -> None:
        known = self._known
        start = policy.effective_from.year * 12 + policy.effective_from.month - 1
        if start <= known.sealed_through and record.timestamp >= known.sealed_at:
            raise PolicyError("it begins before the end of a sealed month")

    def _take_month(self, record: Any) -> None:
        if record.value is None:
            return
        control = _decode_month(record.value)
        month = parse_month(control.month)
        if control.sealed_as_of is not None and month > self._known.sealed_through:
            self._known.sealed_through = month
            self._known.sealed_at = record.timestamp


_decode_month = msgspec.json.Decoder(MonthControl).decode
