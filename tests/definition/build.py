"""Short ways to write a test's events and reference files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def line(type_: str, time: str, id_: str, *, source: str = "wecom/ww1", **data: Any) -> bytes:
    """An event as a line of a file, without its end."""
    event = {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": type_,
        "time": time,
        "data": data,
    }
    return dump(event)


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def write_reference(folder: Path, tables: Mapping[str, Iterable[Any]]) -> Path:
    """Writes DIR of --reference, a file for each table; a row may be given as raw bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        raw = [row if isinstance(row, bytes) else dump(row) for row in rows]
        (folder / f"{table}.jsonl").write_bytes(b"".join(row + b"\n" for row in raw))
    return folder
