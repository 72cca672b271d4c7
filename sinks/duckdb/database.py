"""Opens truefriend's DuckDB file for writing; makes it where there is none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

import duckdb

from pipeline.core.errors import TruefriendError, WrongUse
from sinks.cores import cores

__all__ = [
    "SCHEMA_VERSION",
    "DatabaseError",
    "file_name",
    "interruptible",
    "is_duckdb",
    "is_fresh",
    "writing",
]

SCHEMA_VERSION = 2
_log = logging.getLogger(__name__)
_MAGIC = slice(8, 12)  # where a DuckDB file says b"DUCK"


class DatabaseError(TruefriendError):
    """The database cannot be used: locked, foreign, damaged, newer, or the disk is full.

    ``path`` is the file, ``what`` a word for the case.
    """

    def __init__(self, message: str, *, path: str = "", what: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.what = what


def file_name(path: Path) -> str:
    """The path as DuckDB is to be given it: whole, for it takes md:x or postgres:x for a service
    and asks the network for an extension.
    """
    return str(path.absolute())


def is_duckdb(path: Path) -> bool:
    """Whether a file says that it is DuckDB's; DuckDB opens text and tables as databases too."""
    with path.open("rb") as file:
        return file.read(_MAGIC.stop)[_MAGIC] == b"DUCK"


@contextmanager
def writing(path: Path, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write, its schema in place; DatabaseError with a sentence if not.

    A file that did not exist is removed again where nothing was committed to it. ``timezone`` is
    that of a new database. WrongUse for a path that can be no database. What was committed when
    the block ends stays, also where the disk has no room to tidy up after it.
    """
    fresh = is_fresh(path)
    if fresh:
        _create(path, timezone)
    connection = _connect(path, path)
    try:
        with interruptible(connection):
            _check(path, connection)
            yield connection
    except _NOT_OURS as error:
        raise _sentence(path, error) from error
    else:
        _checkpoint(path, connection)
    finally:
        keep = not fresh or _holds_anything(path, connection)
        connection.close()
        if not keep:
            _remove(path)


@contextmanager
def interruptible(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Ctrl-C within a query is a KeyboardInterrupt, as anywhere else.

    DuckDB makes a RuntimeError of it and goes on with the query, which the next statement, and the
    end of the process, would wait for.
    """
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        connection.interrupt()
        raise KeyboardInterrupt from error


_NOT_OURS = (
    duckdb.OperationalError,
    duckdb.InternalError,
    duckdb.DataError,
    duckdb.FatalException,
    duckdb.PermissionException,
)
"""Errors of disk, memory and file; the others would be mistakes in our SQL."""


def _checkpoint(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Moves what is committed from the log into the file; where that fails, the log keeps it.

    It is no failure of the work: that must not be done again.
    """
    try:
        connection.execute("CHECKPOINT")
    except _NOT_OURS as error:
        _log.warning(
            "All is stored, but it could not be moved from the database's log (.wal) into its file "
            "(%s). Keep both and make room on the disk; the next run does it.",
            _sentence(path, error).what,
        )


def is_fresh(path: Path) -> bool:
    """Whether the database is still to be made.

    WrongUse for a path that can be no database, DatabaseError for a file that is none.
    """
    if not path.parent.is_dir():
        raise WrongUse(f"There is no folder {path.parent}. Make it first, or give another --db.")
    if path.is_dir():
        raise WrongUse(f"{path} is a folder. Give the name of a file as --db.")
    if not path.exists():
        return True
    if not is_duckdb(path):
        raise _foreign(path)
    return False


def _connect(path: Path, file: Path) -> duckdb.DuckDBPyConnection:
    """Opens ``file``; errors speak of ``path``, the database that it is or will be."""
    try:
        connection = duckdb.connect(file_name(file))
        connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        # It heeds a container's share of the machine, but not which cores a process may use:
        # threads that must share one wait for each other.
        connection.execute(f"SET threads = {min(cores(), _threads(connection))}")
    except duckdb.Error as error:
        raise _sentence(path, error) from error
    return connection


def _threads(connection: duckdb.DuckDBPyConnection) -> int:
    found = connection.execute("SELECT current_setting('threads')").fetchone()
    assert found is not None
    return int(found[0])


def _create(path: Path, timezone: str) -> None:
    """Made beside its place and moved there whole: a kill leaves all of it or nothing.

    What an earlier kill left beside it is overwritten. Where two processes make it at once, the
    one that comes last finds its file moved by the other.
    """
    beside = Path(f"{path}.new")
    _remove(beside)
    connection = _connect(path, beside)
    try:
        _fill(connection, timezone)
        connection.close()
        with suppress(FileNotFoundError):
            beside.replace(path)
    except _NOT_OURS as error:
        raise _sentence(path, error) from error
    finally:
        connection.close()
        _remove(beside)


def _fill(connection: duckdb.DuckDBPyConnection, timezone: str) -> None:
    folder = files("sinks.duckdb")
    connection.execute("BEGIN")
    connection.execute(folder.joinpath("schema.sql").read_text(encoding="utf-8"))
    connection.execute(folder.joinpath("views.sql").read_text(encoding="utf-8"))
    connection.execute("INSERT INTO report_state VALUES (NULL, ?, ?)", [timezone, SCHEMA_VERSION])
    connection.execute("COMMIT")
    connection.execute("CHECKPOINT")  # the log stays behind when the file is moved


def _remove(path: Path) -> None:
    for file in (path, Path(f"{path}.wal")):
        if file.exists():  # on a disk that may only be read not even nothing can be removed
            file.unlink()


def _check(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    try:
        row = connection.execute("SELECT schema_version FROM main.report_state").fetchone()
    except (duckdb.CatalogException, duckdb.BinderException):
        row = None
    if row is None or not isinstance(row[0], int):
        raise _error(
            path,
            "foreign",
            f"{path} is a DuckDB database, but not one of truefriend's. "
            "Give another file; one that does not exist yet is made.",
        )
    if row[0] > SCHEMA_VERSION:
        raise _error(
            path,
            "newer",
            f"{path} was written by a newer truefriend (its schema is version {row[0]}, this one "
            f"knows {SCHEMA_VERSION}). Use the newer one.",
        )
    if row[0] < SCHEMA_VERSION:
        raise _error(
            path,
            "older",
            f"{path} was written by an older truefriend (its schema is version {row[0]}, this one "
            f"writes {SCHEMA_VERSION}). Replay the events into a new file; the old one stays as "
            "it is and can still be read.",
        )


def _holds_anything(path: Path, connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether anything was committed; asked anew where a full disk made the connection useless.

    Only there: to open a file whose connection was interrupted can wait for ever.
    """
    try:
        with suppress(duckdb.TransactionException):  # there was none
            connection.rollback()
        return _has_meta(connection)
    except duckdb.Error:
        connection.close()
    try:
        with duckdb.connect(file_name(path), read_only=True) as anew:
            return _has_meta(anew)
    except duckdb.Error:
        return True


def _has_meta(connection: duckdb.DuckDBPyConnection) -> bool:
    return connection.execute("SELECT count(*) FROM internal.meta").fetchone() != (0,)


def _foreign(path: Path) -> DatabaseError:
    message = (
        f"{path} is not a DuckDB database. Give another file; one that does not exist yet is made."
    )
    return _error(path, "foreign", message)


def _error(path: Path, what: str, message: str) -> DatabaseError:
    return DatabaseError(message, path=str(path), what=what)


def _sentence(path: Path, error: duckdb.Error) -> DatabaseError:
    text = str(error)
    if "Could not set lock" in text or "Conflicting lock" in text:
        message = f"{path} is in use by another process. Wait for it, or stop it."
        return _error(path, "locked", message)
    if "not a valid DuckDB database" in text:
        return _foreign(path)
    if "Cannot open file" in text:
        reason = text.splitlines()[0].rpartition(": ")[2]
        message = f"{path} cannot be opened for writing ({reason}). Give a place that can."
        return _error(path, "read-only", message)
    if isinstance(error, duckdb.OutOfMemoryException):
        message = (
            f"The memory is full: {path} is as the last whole batch left it. "
            "Make room and run the same command again."
        )
        return _error(path, "memory", message)
    if "No space left" in text or "File too large" in text or "Could not write" in text:
        message = (
            f"The disk is full: {path} could not be written. It is as the last whole batch left "
            "it; make room and run the same command again."
        )
        return _error(path, "full", message)
    first = text.splitlines()[0] if text else type(error).__name__
    message = (
        f"{path} cannot be used: it is damaged or of another version. Put back a copy of it, or "
        f"give a new file as --db and replay all inputs into it. DuckDB says: {first}"
    )
    return _error(path, "damaged", message)
