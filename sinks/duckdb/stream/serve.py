"""Lets others read the database while the sink runs: DuckDB's Quack protocol, read-only.

Quack lets a client write unless it is told otherwise, and the database cannot be opened read-only
beside the sink. So each statement is judged before it runs: may_read.sql. (DuckDB's own
``enable_external_access = false`` would also keep the sink from its Arrow tables.)
"""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb

from pipeline.core.errors import TruefriendError, WrongUse

__all__ = ["Readers", "ServeError", "extension", "serving"]

_SHORTEST_TOKEN = 16
_ADDRESS = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})")
_PATIENCE_S = 5.0  # so long a reader's query may go on when the sink stops
_RELEASE_S = 2.0  # Quack lets go of a port a moment after it has stopped
_EXTENSIONS = ("httpfs", "quack")  # Quack takes its random numbers from httpfs
_log = logging.getLogger(__name__)


class ServeError(TruefriendError):
    """Nobody can be served: the address is taken or not this machine's, an extension is amiss."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Where readers are served and the token they must show; WrongUse for what can be neither."""

    address: str
    token: str

    def __post_init__(self) -> None:
        found = _ADDRESS.fullmatch(self.address)
        if found is None or not 0 < int(found[2]) < 65_536:
            raise WrongUse(
                f"--serve {self.address} is no address. Give host:port, as 127.0.0.1:9494."
            )
        if len(self.token) < _SHORTEST_TOKEN:
            raise WrongUse(
                "--serve needs a token that readers must show: put one of at least "
                f"{_SHORTEST_TOKEN} characters in TRUEFRIEND_SERVE_TOKEN."
            )


@contextmanager
def serving(connection: duckdb.DuckDBPyConnection, readers: Readers | None) -> Iterator[None]:
    """Serves until the block ends; then readers are cut off, so that the file is free again.

    ServeError where it cannot begin.
    """
    if readers is None:
        yield
        return
    uri = f"quack:{readers.address}"
    _check_free(readers.address)
    try:
        alone = _connections(connection)
        _prepare(connection)
        connection.execute(
            "CALL quack_serve(?, token => ?, allow_other_hostname => true, disable_ssl => true)",
            [uri, readers.token],
        )
    except duckdb.Error as error:
        raise ServeError(
            f"Readers cannot be served at {readers.address}. DuckDB says: "
            f"{str(error).splitlines()[0]}"
        ) from error
    _log.info("readers are served", extra={"address": readers.address})
    code = 1
    try:
        yield
        code = 0
    finally:
        if not _stopped(connection, uri, alone):
            _cut_off(code)


def _stopped(connection: duckdb.DuckDBPyConnection, uri: str, alone: int) -> bool:
    """Whether all readers' connections were closed in time; Quack closes those at rest at once."""
    deadline = time.monotonic() + _PATIENCE_S
    try:
        connection.execute("CALL quack_stop(?)", [uri])
        while _connections(connection) > alone:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
    except duckdb.Error as error:  # of a database that is of no use any more
        _log.error("readers were not cut off", extra={"cause": type(error).__name__})
    return True


def _connections(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT count FROM duckdb_connection_count()").fetchone()
    return 0 if row is None else int(row[0])


def _cut_off(code: int) -> None:
    """Ends the process: nothing can interrupt a reader's query, and while it runs the file can be
    neither closed nor opened anew. What was committed is in the write-ahead log.
    """
    _log.warning("a reader's query is cut off", extra={"pause_seconds": _PATIENCE_S})
    logging.shutdown()
    os._exit(code)


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Loads what is needed, and nothing by itself, and sets the rules."""
    connection.execute(
        "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"
    )
    for name in _EXTENSIONS:
        connection.execute(f"LOAD '{_quoted(extension(name))}'")
    rules = files("sinks.duckdb.stream").joinpath("may_read.sql")
    connection.execute(rules.read_text(encoding="utf-8"))
    connection.execute("SET GLOBAL quack_authorization_function = 'readers.main.may_read'")


def extension(name: str) -> Path:
    """The file in the wheel. DuckDB checks its signature, and that it is of its own version."""
    package = files(f"duckdb_extension_{name}")
    inside = package / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    return Path(str(inside))


def _check_free(address: str) -> None:
    """Quack shares a port that another process listens on, and then either may get a reader."""
    deadline = time.monotonic() + _RELEASE_S
    while (trouble := _taken(address)) is not None:
        if time.monotonic() > deadline:
            raise ServeError(
                f"Readers cannot be served at {address} ({trouble}). Give another --serve."
            )
        time.sleep(0.05)


def _taken(address: str) -> str | None:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))
    except OSError as error:
        return str(error.strerror)
    return None


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
