"""A reader as a process of its own: statements come in as JSON, answers go out as JSON.

``python -m tests.stream.reader HOST:PORT TOKEN``. A statement that begins with ``@`` goes to the
server as it is; the others are run here, where the server's database is attached as ``bank``.
"""

from __future__ import annotations

import json
import subprocess
import sys

import duckdb

from sinks.duckdb.stream.serve import extension

__all__ = ["ask"]


def ask(address: str, token: str, *statements: str) -> list[str]:
    """An answer for each: its rows or its error, as text."""
    command = [sys.executable, "-m", "tests.stream.reader", address, token]
    done = subprocess.run(
        command, input=json.dumps(statements), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    answers: list[str] = json.loads(done.stdout)
    return answers


def _answer(connection: duckdb.DuckDBPyConnection, address: str, token: str, said: str) -> str:
    try:
        if said.startswith("@"):
            given = [f"quack:{address}", said[1:], token]
            connection.execute("FROM quack_query(?, ?, token := ?)", given)
        else:
            connection.execute(said)
        return str(connection.fetchall())
    except duckdb.Error as error:
        return str(error).splitlines()[0]


def _main(address: str, token: str) -> None:
    connection = duckdb.connect()
    for name in ("httpfs", "quack"):
        connection.execute(f"LOAD '{extension(name)}'")
    attached = _answer(
        connection, address, token, f"ATTACH 'quack:{address}' AS bank (TOKEN '{token}')"
    )
    said = json.loads(sys.stdin.read())
    if attached == "[]":
        answers = [_answer(connection, address, token, one) for one in said]
    else:
        answers = [attached for _ in said]
    print(json.dumps(answers))


if __name__ == "__main__":
    _main(*sys.argv[1:])
