"""Which files the INPUT arguments of a command stand for."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import WrongUse

__all__ = ["ENDINGS", "InputFile", "expand_inputs"]

ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read. `given` is its name in messages and dead letters; path and size (in
    bytes) are None for standard input.
    """

    given: str
    path: Path | None
    size: int | None


def expand_inputs(inputs: Sequence[str]) -> list[InputFile]:
    """The files of all inputs, in the order given; those of a folder by name.

    Raises `WrongUse` for a missing path, another ending, an empty folder, and "-" given twice.
    """
    if sum(given == "-" for given in inputs) > 1:
        raise WrongUse('Standard input can be read only once: give "-" a single time.')
    return [file for given in inputs for file in _expand(given)]


def _expand(given: str) -> list[InputFile]:
    if given == "-":
        return [InputFile("-", None, None)]
    path = Path(given)
    if not given:
        raise WrongUse("An INPUT is an empty text: give a file, a folder, or - .")
    if path.is_dir():
        return _folder(given)
    if not path.exists():
        raise WrongUse(f"{given}: There is no such file or folder. Check the path.")
    if not given.endswith(ENDINGS):
        raise WrongUse(
            f"{given}: The name must end in {', '.join(ENDINGS)}. "
            'Rename the file, or give "-" and send it to standard input.'
        )
    return [_file(given)]


def _folder(given: str) -> list[InputFile]:
    names = sorted(entry.name for entry in os.scandir(given) if entry.is_file())
    files = [_file(os.path.join(given, name)) for name in names if name.endswith(ENDINGS)]  # noqa: PTH118 (Path would change the text given)
    if not files:
        raise WrongUse(f"{given}: No file in the folder ends in {', '.join(ENDINGS)}.")
    return files


def _file(given: str) -> InputFile:
    path = Path(given)
    return InputFile(given, path, path.stat().st_size)
