"""Settings from the environment, and what is refused."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from pipeline.core.errors import WrongUse
from pipeline.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TRUEFRIEND_")]:
        monkeypatch.delenv(name)


def test_the_defaults() -> None:
    settings = load_settings()
    assert (settings.namespace, settings.bootstrap_servers) == ("truefriend", "127.0.0.1:9092")
    assert (settings.db, settings.ip_table, settings.timezone) == (None, None, "Asia/Shanghai")
    assert settings.hash_key.get_secret_value() == ""
    assert settings.zone == ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("NAMESPACE", "bank-a.test_1", "bank-a.test_1"),
        ("BOOTSTRAP_SERVERS", "k1:9092,k2:9092", "k1:9092,k2:9092"),
        ("BOOTSTRAP_SERVERS", "[::1]:9092", "[::1]:9092"),
        ("DB", "/data/tf.duckdb", Path("/data/tf.duckdb")),
        ("DB", "", None),
        ("TIMEZONE", "Asia/Urumqi", "Asia/Urumqi"),
        ("IP_TABLE", "ip.xdb", Path("ip.xdb")),
    ],
)
def test_each_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, value: object
) -> None:
    monkeypatch.setenv(f"TRUEFRIEND_{variable}", text)
    assert getattr(load_settings(), variable.lower()) == value


def test_options_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUEFRIEND_NAMESPACE", "env")
    assert load_settings(namespace="option").namespace == "option"
    assert load_settings(namespace=None).namespace == "env"


def test_the_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUEFRIEND_HASH_KEY", "s3cret")
    settings = load_settings()
    assert settings.hash_key.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)


def test_they_are_frozen() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.namespace = "other"


@pytest.mark.parametrize(
    ("variable", "text", "sentence"),
    [
        ("NAMESPACE", "a b", "must be 1 to 100 letters, digits, dots, hyphens and underscores"),
        ("BOOTSTRAP_SERVERS", "k1", "must be host:port, several of them separated by commas"),
        ("TIMEZONE", "Asia/Beijing", "must be the name of an IANA time zone, as Asia/Shanghai"),
    ],
)
def test_wrong_values(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, sentence: str
) -> None:
    monkeypatch.setenv(f"TRUEFRIEND_{variable}", text)
    with pytest.raises(WrongUse) as caught:
        load_settings()
    assert str(caught.value) == f"The setting TRUEFRIEND_{variable} {sentence}, not {text!r}."
    with pytest.raises(WrongUse, match=f"The setting {variable.lower()} must be"):
        load_settings(**{variable.lower(): text})
