"""Structured logs: one JSON object a line on standard error, nothing personal in them.

Messages are fixed texts; what varies stands in fields of its own (``extra=``): counts, topics,
partitions, offsets, seconds. Never an identifier of a customer or staff member, never a record.
"""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

__all__ = ["start_logging"]

_LOUD = ("kafka", "aiokafka", "faust", "mode")  # they log addresses and keys at INFO


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
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
