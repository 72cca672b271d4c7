"""The catalogue of topics against the contract's lines."""

from __future__ import annotations

import pytest

from pipeline.core.activity import COLUMNS
from topics.catalog import DEFAULT_PARTITIONS, TOPICS, configs, partition_count, topic_name
from topics.outputs import OUTPUTS, Rolling, rolling_key
from topics.reference import REFERENCE

MOST = "9223372036854775807"


def test_interactions_lose_nothing_to_a_clock() -> None:
    assert configs(TOPICS["interactions"]) == {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "message.timestamp.type": "CreateTime",
        "message.timestamp.after.max.ms": MOST,
        "message.timestamp.before.max.ms": MOST,
        "max.message.bytes": "16777216",
    }


@pytest.mark.parametrize(
    ("name", "key", "cleanup"),
    [
        ("customers", ("bank_customer_id",), "compact"),
        ("staff", ("staff_id",), "compact"),
        ("branches", ("branch_id",), "compact"),
        ("policies", ("version",), "compact"),
        ("cases", ("add_id",), "compact"),
        ("adds", ("add_id",), "compact"),
        ("rolling", ("staff_id", "day"), "compact"),
        ("signals", ("signal_id",), "compact"),
        ("alerts", ("fingerprint",), "compact"),
        ("dead-letters", (), "delete"),
    ],
)
def test_the_contract_s_topics(name: str, key: tuple[str, ...], cleanup: str) -> None:
    topic = TOPICS[name]
    assert (topic.key_fields, configs(topic)["cleanup.policy"]) == (key, cleanup)
    assert topic.retention_ms == -1


def test_every_struct_has_its_topic_and_every_key_its_fields() -> None:
    assert {name for name, topic in TOPICS.items() if topic.direction == "out"} == set(OUTPUTS)
    for name, kind in {**REFERENCE, **OUTPUTS}.items():
        assert TOPICS[name].value is kind
        if name != "dead-letters":
            assert set(TOPICS[name].key_fields) <= set(kind.__struct_fields__)


def test_a_dead_letter_of_the_longest_record_fits() -> None:
    assert TOPICS["dead-letters"].max_record_bytes > TOPICS["interactions"].max_record_bytes


def test_signals_go_to_the_customer_s_partition() -> None:
    assert TOPICS["signals"].routed_by == "customer_id"


def test_rolling_holds_the_counts_of_events_in_the_contract_s_order() -> None:
    assert Rolling.__struct_fields__ == ("staff_id", "day", *COLUMNS, "revision")
    assert rolling_key("经理1", "2026-11-10") == "经理1\x1f2026-11-10".encode()


def test_all_keyed_topics_have_one_number_of_partitions() -> None:
    counts = {name: partition_count(topic, 7) for name, topic in TOPICS.items()}
    assert set(counts.values()) == {1, 7}
    assert {n for n, count in counts.items() if count == 1} == {
        "branches", "policies", "cases", "months",
    }  # fmt: skip
    assert partition_count(TOPICS["adds"]) == DEFAULT_PARTITIONS == 24


def test_names_begin_with_the_namespace() -> None:
    assert topic_name("truefriend", "dead-letters") == "truefriend.dead-letters"
    assert topic_name("bank-1", TOPICS["adds"]) == "bank-1.adds"
    with pytest.raises(KeyError, match="none of the catalogue's topics"):
        topic_name("truefriend", "events")


def test_only_sources_write_events_and_only_workers_and_the_sink_write_outputs() -> None:
    assert TOPICS["interactions"].writers == ("sources",)
    for topic in TOPICS.values():
        if topic.direction == "out":
            seen_whole = ("sink",) if topic.name == "alerts" else ()  # slow-drip pools
            assert topic.writers == ("workers", *seen_whole)
