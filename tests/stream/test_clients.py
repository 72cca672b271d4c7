"""One set of settings lets all three clients in, and a wrong password lets in none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import trustme
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from kafka import KafkaConsumer, TopicPartition

from pipeline.broker import Access
from pipeline.clients import BrokerUnavailable, Clients, broker_errors
from pipeline.core.errors import WrongUse
from pipeline.kafka_client import ClosingClient
from pipeline.settings import Settings, load_settings
from pipeline.topics_admin import check_topics, create_topics
from tests.command import refusal, run
from tests.conftest import NewBroker
from topics.catalog import topic_name

USER, PASSWORD = "worker", "s3cret word"


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "PLAIN"])
def test_with_a_password(new_broker: NewBroker, mechanism: str) -> None:
    _, broker = new_broker(Access(mechanism=mechanism, users={USER: PASSWORD}))
    settings = load_settings(
        namespace="secret",
        bootstrap_servers=broker.bootstrap_servers,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism=mechanism,
        sasl_username=USER,
        sasl_password=PASSWORD,
    )
    _write_and_read(settings)
    wrong = settings.model_copy(update={"sasl_password": type(settings.hash_key)("wrong")})
    with pytest.raises(BrokerUnavailable, match="does not let this client in"):
        asyncio.run(_produce(wrong, Clients(wrong).aiokafka()))


def test_with_certificates_and_a_password(new_broker: NewBroker, tmp_path: Path) -> None:
    authority = trustme.CA()
    server, client = authority.issue_cert("127.0.0.1"), authority.issue_cert("worker@bank")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    (tmp_path / "server.pem").write_bytes(_keystore(server))
    client.private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
    access = Access(
        mechanism="SCRAM-SHA-512",
        users={USER: PASSWORD},
        keystore=tmp_path / "server.pem",
        client_ca=tmp_path / "ca.pem",
    )
    _, broker = new_broker(access)
    _write_and_read(
        load_settings(
            namespace="secret",
            bootstrap_servers=broker.bootstrap_servers,
            security_protocol="SASL_SSL",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_username=USER,
            sasl_password=PASSWORD,
            ssl_cafile=tmp_path / "ca.pem",
            ssl_certfile=tmp_path / "client.pem",
        )
    )


def test_a_refused_command_says_so(new_broker: NewBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    _, broker = new_broker(Access(mechanism="PLAIN", users={USER: PASSWORD}))
    variables = {
        "SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "SASL_MECHANISM": "PLAIN",
        "SASL_USERNAME": USER,
        "SASL_PASSWORD": "not the word",
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"TRUEFRIEND_{name}", value)
    server = ["--bootstrap-servers", broker.bootstrap_servers]
    said = refusal(run("topics", "check", *server), 1)
    assert f"Kafka at {broker.bootstrap_servers} does not let this client in" in said
    assert "not the word" not in said


def test_what_goes_together() -> None:
    with pytest.raises(WrongUse, match="TRUEFRIEND_SASL_USERNAME is missing: SASL_SSL needs"):
        load_settings(security_protocol="SASL_SSL")
    with pytest.raises(WrongUse, match=r"SSL_CAFILE names nowhere\.pem, which is no file"):
        load_settings(security_protocol="SSL", ssl_cafile="nowhere.pem")
    with pytest.raises(WrongUse, match="must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"):
        load_settings(security_protocol="TLS")
    with pytest.raises(WrongUse, match="sasl_mechanism must be one of PLAIN, SCRAM-SHA-256"):
        load_settings(sasl_mechanism="GSSAPI")


def test_plain_clients() -> None:
    clients = Clients(Settings(bootstrap_servers="k1:1,k2:2"))
    plain = {"bootstrap_servers": ["k1:1", "k2:2"], "security_protocol": "PLAINTEXT"}
    assert clients.aiokafka() == plain
    more = {"reconnect_backoff_max_ms": 2000, "kafka_client": ClosingClient}
    assert clients.kafka_python() == {**plain, **more}
    assert clients.faust_broker() == ["kafka://k1:1", "kafka://k2:2"]
    assert clients.faust_credentials() is None


def _keystore(certificate: trustme.LeafCert) -> bytes:
    """Key and certificates as Kafka reads them: the key in PKCS #8 and no other form."""
    key = load_pem_private_key(certificate.private_key_pem.bytes(), password=None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem + b"".join(blob.bytes() for blob in certificate.cert_chain_pems)


def _write_and_read(settings: Settings) -> None:
    """kafka-python makes the topics, aiokafka writes, Faust's credentials and kafka-python read."""
    clients = Clients(settings)
    create_topics(clients, 1)
    assert check_topics(clients, settings) == 1
    asyncio.run(_produce(settings, clients.aiokafka()))
    asyncio.run(_consume_as_faust(settings, clients))
    topic = topic_name(settings.namespace, "adds")
    consumer = KafkaConsumer(
        **clients.kafka_python(), auto_offset_reset="earliest", consumer_timeout_ms=30_000
    )
    consumer.assign([TopicPartition(topic, 0)])
    assert next(consumer).value == b"value"
    consumer.close()


async def _produce(settings: Settings, access: dict[str, object]) -> None:
    producer = AIOKafkaProducer(**access)
    try:
        with broker_errors(settings):
            await producer.start()
        await producer.send_and_wait(topic_name(settings.namespace, "adds"), b"value", b"key")
    finally:
        await producer.stop()


async def _consume_as_faust(settings: Settings, clients: Clients) -> None:
    consumer = AIOKafkaConsumer(
        topic_name(settings.namespace, "adds"),
        bootstrap_servers=clients.aiokafka()["bootstrap_servers"],
        auto_offset_reset="earliest",
        **credentials_to_aiokafka_auth(clients.faust_credentials(), None),
    )
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), 30)
        assert record.value == b"value"
    finally:
        await consumer.stop()
