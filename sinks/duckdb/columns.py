"""Rows as Arrow columns: built row by row in a shard, inserted as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

__all__ = ["STATE", "IpcRows", "from_ipc"]

_BATCH = 4096
STATE = pa.schema(
    [
        ("stage", pa.string()),
        ("key", pa.string()),
        ("kind", pa.string()),
        ("sub", pa.string()),
        ("value", pa.binary()),
    ]
)


class IpcRows:
    """Writes rows into an Arrow stream, some thousands at a time, so that few are held as objects.

    A row is a tuple in the order of the schema.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._sink = pa.BufferOutputStream()
        self._writer = pa.ipc.new_stream(self._sink, schema)
        self._rows: list[tuple[Any, ...]] = []

    def append(self, row: tuple[Any, ...]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self._write()

    def extend(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._rows.extend(rows)
        if len(self._rows) >= _BATCH:
            self._write()

    def to_ipc(self) -> bytes:
        """Ends the stream."""
        if self._rows:
            self._write()
        self._writer.close()
        return bytes(self._sink.getvalue())

    def _write(self) -> None:
        columns = zip(*self._rows, strict=True)
        arrays = [pa.array(c, f.type) for c, f in zip(columns, self._schema, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._rows = []


def from_ipc(data: bytes) -> pa.Table:
    return pa.ipc.open_stream(data).read_all()
