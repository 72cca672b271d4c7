"""Structured logs: one JSON object a line on standard error, nothing personal in them.

Messages are fixed texts; what varies stands in fields of its own (``extra=``): counts, topics,
partitions, offsets, seconds. Never an identifier of a customer or staff member, never a record.
What is tried again and again while a broker is away is said now and then.
"""

from __future__ import annotations

import logging
import re
import sys
import threading

from pythonjsonlogger.json import JsonFormatter

__all__ = ["Seldom", "start_logging"]

_LOUD = ("kafka", "aiokafka", "faust", "mode")  # they log addresses and keys at INFO
_TRYING = (*_LOUD, "pipeline.stream.runner")  # a partition tries again each second
_EVERY_S = 10.0
_PREFIXES = tuple(f"{name}." for name in _TRYING)
_NUMBER = re.compile(r"\d+")


class Seldom(logging.Filter):
    """Lets what those who try again say through once in ``seconds``, by its text without numbers.

    The next one through says how many were ``left_out`` before it.
    """

    def __init__(self, seconds: float = _EVERY_S) -> None:
        super().__init__()
        self._seconds = seconds
        self._lock = threading.Lock()
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not f"{record.name}.".startswith(_PREFIXES):
            return True
        key = record.name, _NUMBER.sub("0", str(record.msg))
        with self._lock:
            said_at, left_out = self._said.get(key, (0.0, 0))
            is_due = not 0 <= record.created - said_at < self._seconds  # clocks are set back, too
            self._said[key] = (record.created, 0) if is_due else (said_at, left_out + 1)
        if is_due and left_out:
            record.__dict__["left_out"] = left_out
        return is_due


def start_logging(process: str, level: int = logging.INFO) -> None:
    """Sets the root logger up for a process ("worker", "sink", …) that runs for long."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            static_fields={"process": process},
            datefmt="%Y-%m-%dT%H:%M:%S%z",
            json_ensure_ascii=False,
        )
    )
    handler.addFilter(Seldom())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
