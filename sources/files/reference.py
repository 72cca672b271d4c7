"""Files of reference rows: customers, staff, branches and cases."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.core.errors import WrongUse
from sources.files.blocks import open_blocks
from sources.files.chunks import Damage
from sources.files.errors import InputDamaged
from sources.files.inputs import ENDINGS
from sources.files.parquet import read_parquet_rows

__all__ = ["find_reference", "read_rows"]


def find_reference(folder: Path, name: str, required: bool) -> Path | None:
    """The file of a reference, as `customers` in any of the four forms; None without one.

    Raises `WrongUse` where there is no folder, where a required one is missing, and where there
    are two: then nobody could say which row is the last.
    """
    if not folder.is_dir():
        raise WrongUse(f"{folder}: There is no such folder. Give the one with {name}.jsonl.")
    found = [path for ending in ENDINGS if (path := folder / f"{name}{ending}").is_file()]
    if len(found) > 1:
        raise WrongUse(
            f"{folder}: There is both {found[0].name} and {found[1].name}. Leave only one of them."
        )
    if required and not found:
        raise WrongUse(
            f"{folder}: The file {name}.jsonl is missing "
            f"(or {', '.join(name + ending for ending in ENDINGS[1:])}). Add it to the folder."
        )
    return found[0] if found else None


def read_rows(path: Path) -> Iterator[tuple[int, bytes]]:
    """(line from 1, JSON) of each line or Parquet row, but for lines of white space only.

    Raises `InputDamaged`, and `WrongUse` for a file that cannot be opened.
    """
    for line, row in _numbered(path):
        if row.strip():
            yield line, row


def _numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    if not path.name.endswith(".parquet"):
        for block in open_blocks(path):
            yield from enumerate(block.data.split(b"\n"), block.first_line)
        return
    line = 0
    try:
        for line, row in enumerate(read_parquet_rows(path), 1):
            yield line, row
    except Damage as damage:
        raise InputDamaged.at(str(path), line + 1, str(damage)) from damage
