"""Kafka's jars: fetched once from Maven Central into the user's cache."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from pipeline.core.errors import TruefriendError

__all__ = ["OPS", "find_jars", "find_java", "locked"]

OPS = Path(__file__).resolve().parents[2] / "ops" / "kafka"
"""The pom and the templates; only a checkout has them."""

JAVA = 17
_INSTALL = "Install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless)"


def find_java() -> str:
    """The java program; TruefriendError where there is none or an old one."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if java is None:
        raise TruefriendError(f"Kafka needs Java and there is none here. {_INSTALL}.")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < JAVA:
        version = found[1] if found else "of an unknown version"
        raise TruefriendError(f"Kafka needs Java {JAVA} and {java} is Java {version}. {_INSTALL}.")
    return java


def find_jars() -> Path:
    """The folder with the jars, fetched if need be (about 10 s); TruefriendError where it fails."""
    pom = OPS / "pom.xml"
    if not pom.is_file():
        raise TruefriendError(
            f"There is no {pom}: a broker can be started only from a checkout of truefriend. "
            "Run it there, or give the address of a broker with --bootstrap-servers."
        )
    cache = _cache()
    jars = cache / f"kafka-{sha256(pom.read_bytes()).hexdigest()[:12]}"
    if not jars.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with locked(cache / "kafka.lock"):
            if not jars.is_dir():
                _fetch(pom, jars)
    return jars


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the file's lock: of all processes one at a time is inside."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "truefriend"


def _fetch(pom: Path, jars: Path) -> None:
    mvn = shutil.which("mvn")
    if mvn is None:
        raise TruefriendError(
            "Kafka's jars are fetched with Maven and there is none here. "
            "Install Maven (Debian: apt-get install maven) and start again."
        )
    # A folder with the final name is whole: an interrupted fetch leaves only the other.
    with tempfile.TemporaryDirectory(dir=jars.parent, prefix="fetch-") as part:
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"]
        command = [mvn, "-q", "-B", "-f", str(pom), *goal, f"-DoutputDirectory={part}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = next((line for line in done.stdout.splitlines() if "ERROR" in line), "nothing")
            raise TruefriendError(
                f"Kafka's jars could not be fetched. Maven says: {said.removeprefix('[ERROR] ')}. "
                "See to the network or Maven's settings and start again."
            )
        Path(part).chmod(0o755)
        Path(part).rename(jars)
        Path(part).mkdir()  # what the end of the block removes
