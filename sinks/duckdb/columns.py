"""State rows as Arrow columns: built row by row in a shard, inserted as a whole."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from pipeline.core.records import StateRow

__all__ = ["STATE", "StateColumns", "from_ipc", "to_ipc"]

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
    """Gathers rows (stage, key, kind, sub, value)."""

    def __init__(self) -> None:
        self._rows: list[StateRow] = []

    def extend(self, rows: Iterable[StateRow]) -> None:
        self._rows.extend(rows)

    def append(self, row: StateRow) -> None:
        self._rows.append(row)

    def to_ipc(self) -> bytes:
        """All rows in the schema STATE, as an Arrow stream."""
        if not self._rows:
            return to_ipc(STATE.empty_table())
        columns = zip(*self._rows, strict=True)
        arrays = [pa.array(c, f.type) for c, f in zip(columns, STATE, strict=True)]
        return to_ipc(pa.Table.from_arrays(arrays, schema=STATE))


def to_ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def from_ipc(data: bytes) -> pa.Table:
    return pa.ipc.open_stream(data).read_all()
