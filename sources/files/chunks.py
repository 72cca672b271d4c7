"""The decompressed bytes of a file, in chunks of any size and regardless of lines."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard
from isal import isal_zlib

from pipeline.core.errors import WrongUse

__all__ = ["Chunk", "Damage", "open_file", "read_chunks"]

#: Bytes of content, and how many bytes of the file were read for all content up to here.
Chunk = tuple[bytes, int]

# 128 KiB of gzip can become 135 MB at most, so decompressed chunks need no other bound.
_COMPRESSED_BYTES = 128 << 10


class Damage(Exception):  # noqa: N818  (an internal signal: the reader of lines adds the line)
    """The bytes are not what they should be; says in a few words what was found."""


def read_chunks(path: Path | None, chunk_bytes: int) -> Iterator[Chunk]:
    """Chunks of a file, or of standard input (None), decompressed as the file's name says.

    Raises `Damage`, and `WrongUse` for a file that cannot be opened.
    """
    if path is None:
        yield from _plain(sys.stdin.buffer, chunk_bytes)
        return
    compressed = min(chunk_bytes, _COMPRESSED_BYTES)
    with open_file(path) as file:
        if path.name.endswith(".gz"):
            yield from _inflate(_plain(file, compressed), _new_gzip, "gzip")
        elif path.name.endswith(".zst"):
            yield from _inflate(_plain(file, compressed), _new_zstd, "zstd")
        else:
            yield from _plain(file, chunk_bytes)


def open_file(path: Path) -> BinaryIO:
    """The file for reading; raises `WrongUse` where it cannot be opened."""
    try:
        return path.open("rb")
    except OSError as error:
        raise WrongUse(
            f"{path}: The file cannot be opened ({error.strerror}). Check the path."
        ) from error


def _plain(file: BinaryIO, chunk_bytes: int) -> Iterator[Chunk]:
    done = 0
    while chunk := _read(file, chunk_bytes):
        done += len(chunk)
        yield chunk, done


def _read(file: BinaryIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise Damage(f"it cannot be read on ({error.strerror})") from error


class _Inflater(Protocol):
    """What zlib's and zstandard's decompressobj have in common; one reads one member or frame."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _new_gzip() -> _Inflater:
    return isal_zlib.decompressobj(wbits=isal_zlib.MAX_WBITS | 16)


def _new_zstd() -> _Inflater:
    # Up to the window of `zstd --ultra --long=31`.
    return zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()


def _inflate(raw: Iterator[Chunk], new: Callable[[], _Inflater], kind: str) -> Iterator[Chunk]:
    """Decompresses members or frames, one after the other."""
    inflater: _Inflater | None = None
    for data, done in raw:
        while data:
            if inflater is None:
                # gzip files on tape and some others are padded with zeros.
                data = data.lstrip(b"\0") if kind == "gzip" else data
                inflater = new() if data else None
            if inflater is not None:
                yield _decompress(inflater, data, kind), done
                data = inflater.unused_data
                inflater = None if inflater.eof else inflater
    if inflater is not None:
        raise Damage(f"its {kind} data end too early")


def _decompress(inflater: _Inflater, data: bytes, kind: str) -> bytes:
    try:
        return inflater.decompress(data)
    except (isal_zlib.error, zstandard.ZstdError) as error:  # type: ignore[misc]  # isal's stub
        raise Damage(f"its {kind} data are not valid ({error})") from error
