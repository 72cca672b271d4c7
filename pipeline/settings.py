"""The settings of a deployment, from TRUEFRIEND_* environment variables.

Options of a command go first: pass those that were given to `Settings(...)`.
"""

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.core.errors import WrongUse

__all__ = ["Settings", "load_settings"]

_PREFIX = "TRUEFRIEND_"
# A topic's name has at most 249 of these characters, and the namespace only begins it.
_NAMESPACE = re.compile(r"[A-Za-z0-9._-]{1,100}")
_SERVERS = re.compile(r"[^\s,:]+:[0-9]{1,5}(,[^\s,:]+:[0-9]{1,5})*|\[[^\]\s]+\]:[0-9]{1,5}")

_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_SECRETS = ("hash_key", "sasl_password", "serve_token")


def _namespace(value: str) -> str:
    if _NAMESPACE.fullmatch(value):
        return value
    raise ValueError("1 to 100 letters, digits, dots, hyphens and underscores")


def _servers(value: str) -> str:
    if _SERVERS.fullmatch(value):
        return value
    raise ValueError("host:port, several of them separated by commas")


def _one_of(*allowed: str) -> AfterValidator:
    def check(value: str | None) -> str | None:
        if value is None or value in allowed:
            return value
        raise ValueError(f"one of {', '.join(allowed)}")

    return AfterValidator(check)


def _time_zone(value: str) -> str:
    if value in available_timezones():
        return value
    raise ValueError("the name of an IANA time zone, as Asia/Shanghai")


class Settings(BaseSettings):
    """Cannot be changed once made. Use `load_settings`, whose errors are the project's own."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, env_ignore_empty=True, extra="forbid"
    )

    namespace: Annotated[str, AfterValidator(_namespace)] = Field(
        default="truefriend",
        description="begins the name of every topic, group and transactional id",
    )
    bootstrap_servers: Annotated[str, AfterValidator(_servers)] = Field(
        default="127.0.0.1:9092", description="Kafka brokers to begin with, host:port,…"
    )
    security_protocol: Annotated[str, _one_of(*_PROTOCOLS)] = Field(
        default="PLAINTEXT", description="how the brokers are spoken to, in Kafka's words"
    )
    sasl_mechanism: Annotated[str, _one_of(*_MECHANISMS)] = Field(
        default="SCRAM-SHA-256", description="how the user is proved, with SASL_*"
    )
    sasl_username: str | None = Field(default=None, description="the user, with SASL_*")
    sasl_password: SecretStr | None = Field(default=None, description="secret; with SASL_*")
    ssl_cafile: Path | None = Field(
        default=None, description="a PEM file of the brokers' CA; default: the system's"
    )
    ssl_certfile: Path | None = Field(
        default=None, description="a PEM file, the client's own certificate"
    )
    ssl_keyfile: Path | None = Field(
        default=None, description="a PEM file, the certificate's key where it is not in it"
    )
    db: Path | None = Field(default=None, description="the DuckDB file")
    timezone: Annotated[str, AfterValidator(_time_zone)] = Field(
        default="Asia/Shanghai", description="the bank's time zone, of days and months"
    )
    ip_table: Path | None = Field(
        default=None, description="a .csv or .xdb table of provinces by ip"
    )
    serve_token: SecretStr = Field(
        default=SecretStr(""),
        description="secret; what readers of the sink's --serve must show, 16 characters or more",
    )
    hash_key: SecretStr = Field(
        default=SecretStr(""),
        description="secret; ip and device_id are kept only as hashes with this key, so it "
        "must not change while a database or a changelog lives",
    )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def load_settings(**given: object) -> Settings:
    """The settings; those in `given` that are not None go before the environment.

    Raises `WrongUse`, naming the variable; the value of a secret is not repeated.
    """
    options = {name: value for name, value in given.items() if value is not None}
    try:
        return _whole(Settings(**options))  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        reason = first.get("ctx", {}).get("error", first["msg"])
        shown = "" if name in _SECRETS else f", not {str(first['input'])!r}"
        source = name if name in options else _PREFIX + name.upper()
        raise WrongUse(f"The setting {source} must be {reason}{shown}.") from None


def _whole(settings: Settings) -> Settings:
    """The same, once what goes together is there together."""
    if settings.security_protocol.startswith("SASL_"):
        for name in ("sasl_username", "sasl_password"):
            if getattr(settings, name) is None:
                raise WrongUse(
                    f"The setting {_PREFIX}{name.upper()} is missing: "
                    f"{settings.security_protocol} needs a user and a password."
                )
    for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
        path = getattr(settings, name)
        if path is not None and not path.is_file():
            raise WrongUse(f"The setting {_PREFIX}{name.upper()} names {path}, which is no file.")
    return settings
