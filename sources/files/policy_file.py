"""Reads a policy from a file."""

from pathlib import Path

from pipeline.core.errors import PolicyError, WrongUse
from pipeline.core.policy import Policy, parse_policy

__all__ = ["read_policy"]


def read_policy(path: Path) -> Policy:
    """The policy in `path`; raises `PolicyError` with file and line, `WrongUse` without a file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WrongUse(
            f"{path}: The policy cannot be read ({error.strerror}). Check the path."
        ) from error
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyError(
            f"{path}:{line}: This is not UTF-8 text. Save the file as UTF-8.",
            file=str(path),
            line=line,
        ) from None
    return parse_policy(text, str(path))
