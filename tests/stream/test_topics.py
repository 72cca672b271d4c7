"""The catalogue's topics on a real broker."""

from __future__ import annotations

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.clients import Clients
from pipeline.topics_admin import TopicsDiffer, check_topics, create_topics, find_differences
from tests.command import refusal, run
from tests.conftest import FreshTopics
from topics.catalog import TOPICS, configs, topic_name


def test_they_are_as_the_catalogue_says(fresh_topics: FreshTopics) -> None:
    settings = fresh_topics(5)
    clients = Clients(settings)
    assert check_topics(clients, settings) == 5
    assert create_topics(clients, 5) == []
    admin = KafkaAdminClient(**clients.kafka_python())
    names = {topic_name(settings.namespace, topic): topic for topic in TOPICS.values()}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found = admin.describe_configs(resources)["topic"]
    admin.close()
    for name, topic in names.items():
        wanted = configs(topic)
        # What is the broker's default is not among the modified ones.
        assert {key: one["value"] for key, one in found[name].items()}.items() <= wanted.items()
        assert found[name]["retention.ms"]["value"] == "-1"


def test_each_difference_is_named_with_the_procedure(fresh_topics: FreshTopics) -> None:
    settings = fresh_topics(2)
    name = topic_name(settings.namespace, "interactions")
    clients = Clients(settings)
    admin = KafkaAdminClient(**clients.kafka_python())
    admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": "604800000"})]
    )
    admin.create_partitions({topic_name(settings.namespace, "adds"): 3})
    admin.delete_topics([topic_name(settings.namespace, "months")])
    admin.close()
    with pytest.raises(TopicsDiffer) as caught:
        check_topics(clients, settings)
    said = str(caught.value)
    assert f"{name} has retention.ms=604800000 where retention.ms=-1 belongs" in said
    assert f"{settings.namespace}.adds has 3 partitions where 2 belong" in said
    assert f"{settings.namespace}.months is missing" in said
    assert "never changed in place" in said
    assert f"--entity-name {name} --add-config retention.ms=-1" in said
    assert "truefriend topics create --partitions 2." in said
    assert len(caught.value.differences) == 3


def test_none_there(fresh_topics: FreshTopics) -> None:
    settings = fresh_topics(1).model_copy(update={"namespace": "nobody"})
    differences, keyed = find_differences(Clients(settings), settings)
    assert (len(differences), keyed) == (len(TOPICS), 0)
    with pytest.raises(TopicsDiffer, match=r"13 more \(truefriend topics check lists them\)"):
        check_topics(Clients(settings), settings)


def test_no_broker() -> None:
    said = refusal(run("topics", "check", "--bootstrap-servers", "127.0.0.1:9"), 1)
    assert said.startswith("Error: No Kafka broker answers at 127.0.0.1:9 (")


def test_the_commands(fresh_topics: FreshTopics, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = fresh_topics(3)
    monkeypatch.setenv("TRUEFRIEND_NAMESPACE", f"{settings.namespace}b")
    server = ["--bootstrap-servers", settings.bootstrap_servers]
    assert run("topics", "check", *server).returncode == 1
    done = run("topics", "create", "--partitions", "3", *server)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == (
        f"{len(TOPICS)} topics made on {settings.bootstrap_servers}.\n"
        "All topics are as the catalogue says; keyed ones have 3 partitions.\n"
    )
    assert run("topics", "check", *server).returncode == 0
    other = run("topics", "create", "--partitions", "4", *server)
    assert other.returncode == 1
    assert other.stdout.decode() == f"0 topics made on {settings.bootstrap_servers}.\n"
    assert f"{settings.namespace}b.interactions has 3 partitions where 4 belong." in (
        other.stderr.decode()
    )
    monkeypatch.setenv("TRUEFRIEND_NAMESPACE", settings.namespace)
    assert run("topics", "check", "--partitions", "4", *server).returncode == 1
