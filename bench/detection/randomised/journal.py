"""The events of a bank, and its files as they stand on the disk."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.detection.randomised.people import digest

__all__ = ["Journal", "write_rows"]

_ZONE = dt.timezone(dt.timedelta(hours=8))
_SOURCES = {
    "identity.verified": "h5/forms",
    "link.opened": "h5/links",
    "sale.completed": "core/sales",
    "app.activated": "app/mobile",
    "customer.active": "app/mobile",
}


class Journal:
    """Takes events in any order; those outside the window are left out."""

    def __init__(self, seed: int, first: dt.date, days: int) -> None:
        self._seed = seed
        self._start = dt.datetime.combine(first, dt.time(), _ZONE)
        self._end = days * 86_400.0
        self._corp = f"wecom/ww{digest(seed, 'corp')}"
        self._events: list[tuple[int, int, str, dict[str, Any]]] = []

    def note(self, time: float, kind: str, /, **data: Any) -> bool:
        """Whether it lies in the window; ``time`` is in seconds, a None is left out."""
        inside = 0 <= time < self._end
        if inside:
            kept = {name: value for name, value in data.items() if value is not None}
            self._events.append((int(time * 1000), len(self._events), kind, kept))
        return inside

    def write(self, path: Path) -> None:
        """In order of time."""
        with path.open("wb") as file, gzip.GzipFile("", "wb", 5, file, mtime=0) as packed:
            for time, number, kind, data in sorted(self._events, key=lambda one: one[:2]):
                event = {
                    "specversion": "1.0",
                    "id": digest(self._seed, "event", number, digits=24),
                    "source": _SOURCES.get(kind, self._corp),
                    "type": kind,
                    "time": self._written(time),
                    "data": data,
                }
                packed.write(_line(event))

    def _written(self, milliseconds: int) -> str:
        time = self._start + dt.timedelta(milliseconds=milliseconds)
        return time.isoformat(timespec="milliseconds")


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """One row a line."""
    path.write_bytes(b"".join(map(_line, rows)))


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
