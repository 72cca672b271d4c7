"""How every client speaks to the brokers: one object, made from the settings alone.

Faust, aiokafka and kafka-python each want the same in other words.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.core.errors import TruefriendError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from faust.auth import Credentials

__all__ = ["BrokerUnavailable", "Clients", "broker_errors"]

# Without a logger set up they would write a line for each try to standard error: what went wrong
# is told once, as a sentence. Processes that run for long set one up.
for _name in ("aiokafka", "kafka"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


class BrokerUnavailable(TruefriendError):  # noqa: N818  (says what is the matter with the broker)
    """No broker answers, or it refuses this client."""


class Clients:
    """Keyword arguments for clients. They hold a password: never log them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def kafka_python(self) -> dict[str, Any]:
        """For kafka.KafkaConsumer, KafkaProducer and KafkaAdminClient."""
        from pipeline.kafka_client import ClosingClient

        # Its own 30 s would let the sink rest for a minute after a broker's restart.
        more = {"reconnect_backoff_max_ms": 2_000, "kafka_client": ClosingClient}
        return {"bootstrap_servers": self._servers, **more, **self._access}

    def aiokafka(self) -> dict[str, Any]:
        """For aiokafka.AIOKafkaConsumer and AIOKafkaProducer."""
        return {"bootstrap_servers": self._servers, **self._access}

    def faust_broker(self) -> list[str]:
        """Faust's ``broker``."""
        return [f"kafka://{server}" for server in self._servers]

    def faust_credentials(self) -> Credentials | None:
        """Faust's ``broker_credentials``; None where there is neither TLS nor a password."""
        from faust.auth import SASLCredentials, SSLCredentials

        settings = self.settings
        if self._sasl:
            return SASLCredentials(
                username=settings.sasl_username,
                password=self._password,
                mechanism=settings.sasl_mechanism,
                ssl_context=self._context,
            )
        return SSLCredentials(self._context) if self._context else None

    @property
    def _servers(self) -> list[str]:
        return self.settings.bootstrap_servers.split(",")

    @property
    def _sasl(self) -> bool:
        return self.settings.security_protocol.startswith("SASL_")

    @property
    def _password(self) -> str | None:
        password = self.settings.sasl_password
        return None if password is None else password.get_secret_value()

    @property
    def _access(self) -> dict[str, Any]:
        settings = self.settings
        found: dict[str, Any] = {"security_protocol": settings.security_protocol}
        if self._context is not None:
            found["ssl_context"] = self._context
        if self._sasl:
            found["sasl_mechanism"] = settings.sasl_mechanism
            found["sasl_plain_username"] = settings.sasl_username
            found["sasl_plain_password"] = self._password
        return found

    @cached_property
    def _context(self) -> ssl.SSLContext | None:
        settings = self.settings
        if not settings.security_protocol.endswith("SSL"):
            return None
        context = ssl.create_default_context(cafile=settings.ssl_cafile)
        if settings.ssl_certfile is not None:
            context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile)
        return context


@contextmanager
def broker_errors(settings: Settings) -> Iterator[None]:
    """Turns what kafka-python and aiokafka raise inside into sentences."""
    import aiokafka.errors
    import kafka.errors

    try:
        yield
    except (kafka.errors.KafkaError, aiokafka.errors.KafkaError) as error:
        raise BrokerUnavailable(_sentence(settings, error)) from error


_REFUSALS = ("Authentication", "Authorization", "SaslAuthentication")
_SILENCES = ("NoBrokersAvailable", "KafkaConnectionError", "KafkaTimeoutError", "NodeNotReadyError")


def _sentence(settings: Settings, error: Exception) -> str:
    name = type(error).__name__
    where = settings.bootstrap_servers
    # The clients wrap a refusal, like a broker that is not there, into an error of time.
    if any(word in name for word in _REFUSALS) or (name in _SILENCES and _listens(where)):
        return (
            f"Kafka at {where} does not let this client in ({name}). "
            "See to TRUEFRIEND_SECURITY_PROTOCOL, TRUEFRIEND_SASL_*, TRUEFRIEND_SSL_* and the "
            "user's rights."
        )
    if name in _SILENCES:
        return (
            f"No Kafka broker answers at {where} ({name}). Start one (truefriend kafka start), "
            "or give its address with --bootstrap-servers."
        )
    return f"Kafka at {where} answered {name}. See to the broker and run the command again."


def _listens(servers: str) -> bool:
    """Whether anybody takes a connection at the first address."""
    host, _, port = servers.split(",")[0].rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=2):
            return True
    except OSError:
        return False
