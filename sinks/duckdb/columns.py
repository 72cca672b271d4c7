"""State rows as Arrow columns: built row by row in a shard, inserted as a whole."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from pipeline.core.records import StateRow

__all__ = ["STATE", "StateColumns", "from_ipc", "to_ipc"]

_BATCH = 50_000
STATE = pa.schema(
    [
        ("stage", pa.string()),
        ("key", pa.string()),
        ("kind", pa.string()),
        ("sub", pa.string()),
        ("value", pa.binary()),
    ]
)


class StateColumns:
    """Gathers rows (stage, key, kind, sub, value); columns take less memory than rows."""

    def __init__(self) -> None:
        self._rows: list[StateRow] = []
        self._batches: list[pa.RecordBatch] = []

    def extend(self, rows: Iterable[StateRow]) -> None:
        self._rows.extend(rows)
        if len(self._rows) >= _BATCH:
            self._pack()

    def append(self, row: StateRow) -> None:
        self._rows.append(row)

    def to_ipc(self) -> bytes:
        """All rows in the schema STATE, as an Arrow stream."""
        self._pack()
        return to_ipc(pa.Table.from_batches(self._batches, schema=STATE))

    def _pack(self) -> None:
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [pa.array(c, f.type) for c, f in zip(columns, STATE, strict=True)]
            self._batches.append(pa.RecordBatch.from_arrays(arrays, schema=STATE))
            self._rows = []


def to_ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def from_ipc(data: bytes) -> pa.Table:
    return pa.ipc.open_stream(data).read_all()
