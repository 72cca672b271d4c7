"""Parquet files: the text column `event` as lines, and rows of reference data as JSON.

pyarrow is imported where it is used: it takes longer to load than most commands to run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import Any

import msgspec

from pipeline.core.errors import WrongUse
from sources.files.chunks import Chunk, Damage, open_file

__all__ = ["read_event_column", "read_parquet_rows"]


def read_event_column(path: Path, chunk_bytes: int) -> Iterator[Chunk]:
    """The column `event` as lines; a newline inside a row becomes a tab, a null an empty line.

    Raises `Damage`, and `WrongUse` without such a column.
    """
    import pyarrow.types as pat

    with _opened(path) as file:
        if file is None:
            return
        schema = file.schema_arrow
        if "event" not in schema.names or not _is_text(schema.field("event").type, pat):
            names = ", ".join(schema.names)
            raise WrongUse(
                f"{path}: The Parquet file has no text column `event`; it has: {names}. "
                "Write one JSON event a row into a column of this name."
            )
        yield from _event_lines(file, path.stat().st_size, chunk_bytes)


def read_parquet_rows(path: Path) -> Iterator[bytes]:
    """Each row as JSON: its fields without the nulls, or the one text column that holds JSON.

    Days become YYYY-MM-DD, instants RFC 3339. A column named as a key (…_id) holds no JSON.
    """
    import pyarrow.types as pat

    with _opened(path) as file:
        if file is None:
            return
        schema = file.schema_arrow
        alone = schema.names[0] if len(schema.names) == 1 else "_id"
        if not alone.endswith("_id") and _is_text(schema.field(alone).type, pat):
            for batch in file.iter_batches(batch_size=1024):
                yield from (_joined(batch.column(0)) + b"\n").split(b"\n")[:-1]
        else:
            for batch in file.iter_batches(batch_size=1024):
                yield from map(_row_json, _plain_types(batch, pat).to_pylist())


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file, or None where it is empty; pyarrow's errors become `Damage`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with open_file(path) as raw:
        if path.stat().st_size == 0:
            yield None
            return
        try:
            yield pq.ParquetFile(raw, page_checksum_verification=True)
        except (pa.ArrowException, OSError) as error:
            first = (str(error).splitlines() or [""])[0].rstrip(". ")
            raise Damage(f"its Parquet data are not valid ({first})") from error


def _event_lines(file: Any, size: int, chunk_bytes: int) -> Iterator[Chunk]:
    total = file.metadata.num_rows
    groups = range(file.metadata.num_row_groups)
    weight = sum(file.metadata.row_group(group).total_byte_size for group in groups)
    rows = max(1, min(chunk_bytes * total // max(weight, 1), 1 << 16))
    done = 0
    for batch in file.iter_batches(batch_size=rows, columns=["event"]):
        done += batch.num_rows
        yield _joined(batch.column(0)) + b"\n", size * done // total


def _joined(column: Any) -> bytes:
    """The texts of an Arrow array, with newlines between them and none in them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    texts = pc.replace_substring(column.cast(pa.binary()).fill_null(b""), "\n", "\t")
    joined: bytes = pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], texts), b"\n")[
        0
    ].as_py()
    return joined


def _is_text(kind: Any, pat: Any) -> bool:
    if pat.is_dictionary(kind):
        kind = kind.value_type
    checks = (pat.is_string, pat.is_large_string, pat.is_string_view)
    return any(check(kind) for check in checks) or _is_bytes(kind, pat)


def _is_bytes(kind: Any, pat: Any) -> bool:
    checks = (pat.is_binary, pat.is_large_binary, pat.is_binary_view)
    return any(check(kind) for check in checks)


def _plain_types(batch: Any, pat: Any) -> Any:
    """Binary columns as text, and instants in microseconds, which is what Python can hold."""
    import pyarrow as pa

    columns = []
    for column in batch.columns:
        if _is_bytes(column.type, pat):
            column = column.cast(pa.string())
        elif pat.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _row_json(row: dict[str, Any]) -> bytes:
    fields = {name: _day(value) for name, value in row.items() if value is not None}
    return msgspec.json.encode(fields)


def _day(value: Any) -> Any:
    """pandas has no days, only midnights without a zone."""
    if isinstance(value, datetime) and value.tzinfo is None and value.time() == time():
        return value.date()
    return value
