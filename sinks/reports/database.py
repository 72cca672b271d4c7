"""Opens truefriend's DuckDB file for reading, and says in one sentence when that cannot be."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.core.errors import TruefriendError, WrongUse
from sinks.cores import cores
from sinks.duckdb.database import file_name, interruptible, is_duckdb

__all__ = ["reading"]

MEMORY_LIMIT = "1200MB"


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection; what does not fit into memory is spilled to a temporary folder.

    WrongUse: no such file, or not one that truefriend wrote. TruefriendError: another process
    writes to it, or it is damaged (also when that is found inside the `with`).
    """
    if not path.is_file():
        raise WrongUse(
            f"There is no database {path}: give the file that --db of replay or run names."
        )
    _check_duckdb(path)
    with tempfile.TemporaryDirectory(prefix="truefriend-report-") as spill:
        try:
            connection = duckdb.connect(file_name(path), read_only=True, config=_config(spill))
        except duckdb.Error as error:
            raise _sentence(path, error) from error
        try:
            # It would stand in the middle of a report on standard output.
            connection.execute("SET enable_progress_bar = false")
            with interruptible(connection):
                _check_ours(path, connection)
                yield connection
        except duckdb.Error as error:
            raise _sentence(path, error) from error
        finally:
            connection.close()


def _config(spill: str) -> dict[str, str | bool | int | float | list[str]]:
    # By default DuckDB spills beside the database, where a reader may not write.
    threads = min(4, cores())
    return {"memory_limit": MEMORY_LIMIT, "threads": threads, "temp_directory": spill}


def _check_duckdb(path: Path) -> None:
    try:
        ours = is_duckdb(path)
    except PermissionError as error:
        raise TruefriendError(
            f"{path} may not be read by this user: ask for leave to read it."
        ) from error
    if not ours:
        raise WrongUse(
            f"{path} is not a DuckDB database: give the file that --db of replay or run names."
        )


def _check_ours(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(
        "SELECT count(*) FROM information_schema.tables"
        " WHERE table_schema = 'main' AND table_name IN ('report_state', 'adds', 'staff_daily')"
    ).fetchone()
    if found != (3,):
        raise WrongUse(
            f"{path} is a DuckDB database, but not one of truefriend's: it has no report_state."
            " Give the file that --db of replay or run names."
        )


def _sentence(path: Path, error: duckdb.Error) -> TruefriendError:
    text = str(error)
    if "Could not set lock" in text:
        return TruefriendError(
            f"{path} is being written by another process: stop that one,"
            " or report from a copy of the file."
        )
    first = text.splitlines()[0] if text else type(error).__name__
    return TruefriendError(
        f"{path} cannot be read; it may be damaged, or of another version. DuckDB says: {first}"
    )
