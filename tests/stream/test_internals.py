"""What the transport relies on in Faust and aiokafka: an upgrade that changes it fails here."""

from __future__ import annotations

import asyncio
import inspect
import re
from typing import Any

import aiokafka
import faust
import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.consumer.subscription_state import Assignment, SubscriptionState, TopicPartitionState
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from faust.tables.recovery import Recovery
from faust.transport import consumer as faust_consumer
from faust.transport.drivers import aiokafka as driver

from pipeline.stream.restore import _Decoded, _lighten
from pipeline.stream.transport import BatchConsumer, BatchTransport, _Thread


def source(thing: Any) -> str:
    return inspect.getsource(thing)


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_versions() -> None:
    assert faust.__version__.startswith("0.15.")
    assert aiokafka.__version__.startswith("0.14.")


def test_the_app_makes_its_folders_where_ours_makes_none() -> None:
    assert parameters(faust.App._create_directories) == ["self"]
    assert "self._create_directories()" in source(faust.App.on_init_extra_service) + source(
        faust.App.on_first_start
    )
    assert source(faust.App).count(".mkdir(") == 3  # all of them there


def test_a_transport_makes_the_consumer_that_its_class_names() -> None:
    assert BatchTransport.Consumer is BatchConsumer
    assert "self.Consumer(" in source(faust.transport.base.Transport.create_consumer)


def test_the_driver_asks_for_its_thread_where_ours_is_made() -> None:
    assert parameters(driver.Consumer._new_consumer_thread) == ["self"]
    assert "_new_consumer_thread" in source(faust_consumer.ThreadDelegateConsumer)


def test_the_thread_makes_its_consumer_and_fetches_where_we_do() -> None:
    assert parameters(driver.AIOKafkaConsumerThread._create_worker_consumer) == [
        "self",
        "transport",
    ]
    assert "_create_worker_consumer" in source(driver.AIOKafkaConsumerThread._create_consumer)
    assert parameters(driver.AIOKafkaConsumerThread._fetch_records) == [
        "self",
        "consumer",
        "active_partitions",
        "timeout",
        "max_records",
    ]
    assert "self._fetch_records" in source(driver.AIOKafkaConsumerThread.getmany)
    assert issubclass(_Thread, driver.AIOKafkaConsumerThread)


def test_fetching_is_not_interrupted_between_its_records_and_their_position() -> None:
    """After ``fetched_records`` there is no await, so positions are those the records left."""
    after = source(driver.AIOKafkaConsumerThread._fetch_records).split("return await", 1)[1]
    assert "await" not in after
    assert "async" in source(Fetcher.fetched_records).split("\n")[0]


def test_what_faust_asks_of_a_consumer_is_what_we_replace() -> None:
    drain = source(faust_consumer.Consumer._drain_messages)
    for relied_on in ("self.getmany", "self._read_offset", "callback(message)", "acks_enabled_for"):
        assert relied_on in drain
    for name in ("getmany", "commit", "perform_seek", "_add_gap", "_new_offset"):
        assert name in vars(BatchConsumer)
        assert hasattr(faust_consumer.Consumer, name)


def test_faust_seeks_after_a_rebalance_only_by_what_we_replace() -> None:
    recovery = source(Recovery)
    assert "perform_seek" in recovery
    assert ".seek_to_committed(" not in recovery


def test_a_new_assignment_is_a_new_object_with_no_positions() -> None:
    assert "assignment" in vars(SubscriptionState) or "subscription" in vars(SubscriptionState)
    assert callable(Assignment.state_value)
    assert isinstance(inspect.getattr_static(TopicPartitionState, "position"), property)


def test_the_partitions_of_all_topics_are_dealt_out_alike() -> None:
    class Cluster:
        def partitions_for_topic(self, topic: str) -> set[int]:
            return set(range(12))

    metadata = {
        name: RangePartitionAssignor.metadata({"a", "b", "c"}) for name in ("one", "two", "three")
    }
    found = RangePartitionAssignor.assign(Cluster(), metadata)
    for assignment in found.values():
        by_topic = dict(assignment.assignment)
        assert by_topic["a"] == by_topic["b"] == by_topic["c"]


def test_a_batch_says_when_it_is_full_but_takes_a_first_record_of_any_size() -> None:
    async def build() -> tuple[bool, bool]:
        builder = BatchBuilder(1000, 0, is_transactional=True)
        first = builder.append(key=b"k", value=b"v" * 5000, timestamp=1, headers=[])
        second = builder.append(key=b"k", value=b"v", timestamp=1, headers=[])
        return first is not None, second is not None

    assert asyncio.run(build()) == (True, False)


@pytest.mark.parametrize(
    "name",
    [
        "begin_transaction",
        "commit_transaction",
        "abort_transaction",
        "send_batch",
        "create_batch",
        "send_offsets_to_transaction",
    ],
)
def test_the_producer_still_has(name: str) -> None:
    assert callable(getattr(aiokafka.AIOKafkaProducer, name))


def test_a_transaction_begins_only_once_its_predecessor_is_fenced_off() -> None:
    assert "wait_for_pid" in source(aiokafka.AIOKafkaProducer.begin_transaction)


def built_batch(records: int) -> bytes:
    """A record batch as a broker keeps it."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 1 << 20)
    for number in range(records):
        assert builder.append(number, 7, b"k%d" % number, None, [])
    return bytes(builder.build())


def fetched(data: bytes) -> PartitionRecords:
    tp = aiokafka.TopicPartition("t", 0)
    return PartitionRecords(tp, MemoryRecords(data), [], 0, None, None, True, 1)


def test_a_restore_gets_records_as_they_were_decoded() -> None:
    """Before the first is asked for, what makes a ConsumerRecord of it can be replaced."""
    light, whole = _Decoded(fetched(built_batch(3))), list(fetched(built_batch(3)))
    found = []
    for record in light:  # as a FetchResult reads: so many, then the rest
        found.append(record)
        break
    assert light.next_fetch_offset == 1
    found += light
    assert light.next_fetch_offset == 3
    assert {type(one) for one in whole} == {aiokafka.ConsumerRecord}
    assert {type(one) for one in found} == {type(next(DefaultRecordBatch(built_batch(1))))}
    assert [(one.offset, one.timestamp, one.key, one.value) for one in found] == [
        (one.offset, one.timestamp, one.key, one.value) for one in whole
    ]


def test_what_was_fetched_is_kept_where_a_restore_replaces_it() -> None:
    put = source(Fetcher._proc_fetch_request)
    assert "self._records[tp] = FetchResult(" in put
    assert "partition_records=partition_records" in put
    assert "_records_iterator = self._unpack_records()" in source(PartitionRecords.__init__)
    assert "self._consumer_record(tp, record)" in source(PartitionRecords._unpack_records)
    assert "for msg in self._partition_records" in source(FetchResult.getall)
    used = set(re.findall(r"self\._partition_records\.(\w+)", source(FetchResult)))
    assert used == {"next_fetch_offset"}

    class Consumer:
        _fetcher = Fetcher.__new__(Fetcher)

    _lighten(Consumer)  # type: ignore[arg-type]  # only its fetcher is touched
    tp = aiokafka.TopicPartition("t", 0)
    result = FetchResult(tp, assignment=None, partition_records=fetched(built_batch(1)), backoff=0)
    Consumer._fetcher._records[tp] = result
    assert isinstance(result._partition_records, _Decoded)


def test_a_client_asks_for_metadata_in_one_place_and_says_whether_it_got_any() -> None:
    assert parameters(AIOKafkaClient._metadata_update) == ["self", "cluster_metadata", "topics"]
    for asking in (AIOKafkaClient._md_synchronizer, AIOKafkaClient.fetch_all_metadata):
        assert "await self._metadata_update(" in source(asking)
    assert "return False" in source(AIOKafkaClient._metadata_update)
    assert "_client" in source(aiokafka.AIOKafkaConsumer.__init__)
