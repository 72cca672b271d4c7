"""The broker's settings, from the template of ops/kafka."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from pipeline.broker.jars import OPS

__all__ = ["Access", "Ports", "choose_ports", "render"]

_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may connect to the client listener: everybody, or users with a password.

    ``mechanism`` is PLAIN or SCRAM-SHA-256 (or -512), None: no password. ``users`` maps names to
    passwords. ``keystore`` is a PEM file with the broker's key and certificates: TLS is on with
    it. ``client_ca`` is a PEM file: clients must show a certificate that it signed.
    """

    mechanism: str | None = None
    users: dict[str, str] = field(default_factory=dict, repr=False)
    keystore: Path | None = None
    client_ca: Path | None = None

    @property
    def protocol(self) -> str:
        """Kafka's name for it, as SASL_PLAINTEXT."""
        below = "SSL" if self.keystore else "PLAINTEXT"
        return f"SASL_{below}" if self.mechanism else below

    def scram(self) -> list[str]:
        """The options of StorageTool that make the users known, for SCRAM."""
        if not (self.mechanism or "").startswith("SCRAM"):
            return []
        named = [f"[name={name},password={word}]" for name, word in self.users.items()]
        return [part for one in named for part in ("--add-scram", f"{self.mechanism}={one}")]


@dataclass(frozen=True, slots=True)
class Ports:
    """The three ports of one broker, all on 127.0.0.1."""

    client: int
    internal: int
    controller: int


def choose_ports(client: int | None) -> Ports:
    """Free ports; ``client`` is taken as given.

    Below the range from which outgoing connections are numbered, which would take one away before
    the broker, two seconds later, listens.
    """
    found: list[int] = []
    while len(found) < 3:
        port = random.randrange(20_000, 32_000)
        if port not in found and is_free(port):
            found.append(port)
    return Ports(client or found[0], found[1], found[2])


def is_free(port: int) -> bool:
    """Whether nobody listens on the port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def render(ports: Ports, data: Path, access: Access) -> str:
    """The text of server.properties."""
    return Template((OPS / "server.properties").read_text(encoding="utf-8")).substitute(
        port=ports.client,
        internal_port=ports.internal,
        controller_port=ports.controller,
        log_dir=data / "log",
        protocol=access.protocol,
        access="\n".join(_access_lines(access)),
    )


def _access_lines(access: Access) -> list[str]:
    lines = []
    prefix = "listener.name.client."
    if access.mechanism:
        jaas = f"{prefix}{access.mechanism.lower()}.sasl.jaas.config"
        lines = [
            f"{prefix}sasl.enabled.mechanisms={access.mechanism}",
            f"{jaas}={_SCRAM if access.scram() else _PLAIN} required {_users(access)};",
        ]
    if access.keystore:
        lines += [
            f"{prefix}ssl.keystore.type=PEM",
            f"{prefix}ssl.keystore.location={access.keystore}",
        ]
    if access.client_ca:
        lines += [
            f"{prefix}ssl.truststore.type=PEM",
            f"{prefix}ssl.truststore.location={access.client_ca}",
            f"{prefix}ssl.client.auth=required",
        ]
    return lines


def _users(access: Access) -> str:
    """The users as the login module wants them; those of SCRAM stand in the metadata instead."""
    if access.scram():
        return ""
    return " ".join(f'user_{name}="{word}"' for name, word in access.users.items())
