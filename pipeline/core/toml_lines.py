"""On which line of a TOML text a key stands: `tomllib` does not tell.

Works on texts that `tomllib` has accepted, so it need not check anything itself.
"""

import re
import tomllib
from collections.abc import Iterator

__all__ = ["KeyPath", "key_lines", "line_of"]

KeyPath = tuple[str, ...]

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|\#[^\n]*"
    r"|[A-Za-z0-9_-]+"
    r"|\s+?"
    r"|.",
    re.DOTALL,
)


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every key and table header of a valid TOML text, by full path."""
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, tokens in _statements(text):
        if tokens[0] == "[":
            table = _names(tokens)
            lines.setdefault(table, line)
        else:
            path = table + _names(tokens[: tokens.index("=")])
            for end in range(len(table) + 1, len(path) + 1):
                lines.setdefault(path[:end], line)
    return lines


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """The line of `path`, or of the nearest thing around it (an inline table, say), or 1."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each header or key-value pair as (its first line, its tokens)."""
    line, start, depth = 1, 1, 0
    tokens: list[str] = []
    for token in _TOKEN.findall(text):
        if token == "\n" and depth == 0:
            if tokens:
                yield start, tokens
            tokens = []
        elif not token.isspace() and not token.startswith("#"):
            start = start if tokens else line
            tokens.append(token)
            depth += (token in "[{") - (token in "]}")
        line += token.count("\n")
    if tokens:
        yield start, tokens


def _names(tokens: list[str]) -> KeyPath:
    return tuple(_unquote(token) for token in tokens if token not in (".", "[", "]"))


def _unquote(token: str) -> str:
    return str(tomllib.loads(f"name = {token}")["name"]) if token[0] in "\"'" else token
