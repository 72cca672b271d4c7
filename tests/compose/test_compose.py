"""docker-compose.yml without a Docker engine: its schema, its promises, and what it calls.

compose-spec.json is the Compose Specification's own schema (Apache-2.0).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from jsonschema import Draft7Validator

from pipeline.cli.main import cli
from pipeline.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
STACK = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("truefriend:")]
JOBS = ["topics"]  # they end, so nobody asks how they are


def test_it_is_as_the_compose_specification_says() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    assert [error.message for error in Draft7Validator(schema).iter_errors(STACK)] == []


def test_its_services() -> None:
    assert list(SERVICES) == ["kafka", "topics", "worker", "sink", "prometheus"]
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_pinned_limited_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?", service["image"])
    assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert service["logging"]["options"]["max-size"]
    assert ("healthcheck" in service) != (name in JOBS)
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_and_mounts_is_there(name: str) -> None:
    service = SERVICES[name]
    for other, how in service.get("depends_on", {}).items():
        ends = how["condition"] == "service_completed_successfully"
        assert (other in JOBS) == ends
        assert ends or "healthcheck" in SERVICES[other]
    for volume in service.get("volumes", ()):
        source = volume.split(":")[0]
        assert (ROOT / source).is_file() if source.startswith(".") else source in STACK["volumes"]


@pytest.mark.parametrize("name", OURS)
def test_our_services_call_commands_that_there_are(name: str) -> None:
    words = [re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in SERVICES[name]["command"]]
    command = _parse(cli, words)
    assert not isinstance(command, click.Group)
    known = {f"TRUEFRIEND_{field.upper()}" for field in Settings.model_fields} | {
        str(one.envvar) for one in command.params if one.envvar
    }
    assert set(SERVICES[name]["environment"]) <= known
    assert all(isinstance(value, str) for value in SERVICES[name]["environment"].values())


def test_the_topics_have_the_catalogues_number_by_default() -> None:
    from topics.catalog import DEFAULT_PARTITIONS

    assert f"${{TRUEFRIEND_PARTITIONS:-{DEFAULT_PARTITIONS}}}" in SERVICES["topics"]["command"]


def test_kafka_is_the_version_that_tests_run() -> None:
    pom = (ROOT / "ops" / "kafka" / "pom.xml").read_text(encoding="utf-8")
    found = re.search(r"<artifactId>kafka_2.13</artifactId>\s*<version>(.*)</version>", pom)
    assert found is not None
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{found[1]}"


def test_prometheus_asks_those_that_answer() -> None:
    path = ROOT / "ops" / "prometheus" / "prometheus.yml"
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["scrape_configs"]
    port = int(SERVICES["worker"]["environment"]["TRUEFRIEND_HEALTH_PORT"])
    by_name = {job["job_name"]: job for job in jobs}
    assert set(by_name) == {"worker", "sink", "prometheus"}
    [discovered] = by_name["worker"]["dns_sd_configs"]
    assert (discovered["names"], discovered["port"]) == (["worker"], port)
    assert by_name["sink"]["static_configs"] == [{"targets": [f"sink:{port}"]}]


def test_the_image_has_all_packages() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {line.split()[1] for line in lines if re.fullmatch(r"COPY (\w+) \1", line)}
    assert copied == {"topics", "pipeline", "sources", "sinks"}
    bases = {line.split()[1] for line in lines if line.startswith("FROM ")}
    assert all(re.search(r":\d+\.\d+\.\d+", base) for base in bases)
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            assert {f"!{name}" for name in line.split()[1:-1]} <= set(kept)


def _parse(group: click.Group, words: list[str]) -> click.Command:
    """The command that the words name; UsageError where it has not all the options in them."""
    context = click.Context(group)
    command: click.Command | None = group
    rest = words
    while isinstance(command, click.Group):
        command = command.get_command(context, rest[0])
        rest = rest[1:]
    assert command is not None
    _, left, _ = command.make_parser(click.Context(command)).parse_args(rest)
    assert left == []
    return command
