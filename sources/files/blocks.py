"""The lines of a file, as blocks of whole lines.

Nothing here looks at a single line: blocks are cut at the last newline of what was read, and
newlines are counted, so that reading costs little beside decoding.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sources.files.chunks import Chunk, Damage, read_chunks
from sources.files.errors import InputDamaged
from sources.files.parquet import read_event_column

__all__ = ["Block", "open_blocks"]

_BOM = b"\xef\xbb\xbf"
_CHUNK_BYTES = 1 << 20  # at most; smaller than a block, which ends only where a chunk does


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, each with its newline; only a file's last line may have none.

    first_line counts from 1, lines are all in data; done_bytes is how much of the file, as it
    lies on the disk, has been read so far.
    """

    first_line: int
    lines: int
    data: bytes
    done_bytes: int

    @property
    def numbers(self) -> range:
        """The number of each line."""
        return range(self.first_line, self.first_line + self.lines)


def open_blocks(
    path: Path | None, block_bytes: int = 4 << 20, given: str | None = None
) -> Iterator[Block]:
    """The lines of a .jsonl, .jsonl.gz, .jsonl.zst or .parquet file, or of standard input (None).

    A block is about `block_bytes` long, more where a line is. An empty file gives no block. A BOM
    at the start is left out. `given` is the name for messages. The blocks before a damage are
    given first; then `InputDamaged` is raised. `WrongUse` for a file that cannot be opened and
    for a Parquet file without a text column `event`.

    Rows of Parquet are lines too, a null an empty one. A newline inside a row becomes a tab: like
    it, a tab is white space between JSON's tokens and an error inside a text.
    """
    name = given or ("standard input" if path is None else str(path))
    line = 1
    try:
        for data, done in _cut(_chunks(path, min(block_bytes, _CHUNK_BYTES)), block_bytes):
            text = data.removeprefix(_BOM) if line == 1 else data
            ends = data.count(b"\n")
            if text:
                yield Block(line, ends + (not text.endswith(b"\n")), text, done)
            line += ends
    except Damage as damage:
        raise InputDamaged.at(name, line, str(damage)) from damage


def _chunks(path: Path | None, chunk_bytes: int) -> Iterator[Chunk]:
    if path is not None and path.name.endswith(".parquet"):
        return read_event_column(path, chunk_bytes)
    return read_chunks(path, chunk_bytes)


def _cut(chunks: Iterable[Chunk], block_bytes: int) -> Iterator[Chunk]:
    """The same bytes in chunks that end with a line, about `block_bytes` each."""
    lines: list[bytes] = []  # whole lines
    rest: list[bytes] = []  # the start of the next
    size = done = 0
    try:
        for chunk, done in chunks:
            cut = chunk.rfind(b"\n") + 1
            if not cut:
                rest.append(chunk)
                continue
            lines += [*rest, chunk[:cut]]
            rest = [chunk[cut:]]
            size += cut
            if size >= block_bytes:
                yield b"".join(lines), done
                lines, size = [], 0
    except Damage:
        # What was whole before the damage counts; the line that it cuts does not.
        if lines:
            yield b"".join(lines), done
        raise
    yield b"".join([*lines, *rest]), done
