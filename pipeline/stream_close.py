"""Has the sink of a running stream seal a month, and waits for it."""

from __future__ import annotations

import time

import msgspec

from pipeline.clients import Clients, broker_errors
from pipeline.core.calendar import Calendar, parse_month
from pipeline.kafka_client import send_record
from pipeline.stream_places import WORKERS, Places
from sinks.duckdb.seal import SealError, SealRefused, check_ended, check_order, parse_sealable
from topics.between import MonthControl

__all__ = ["close_in_stream"]

_PAUSE_S = 0.3


def close_in_stream(
    clients: Clients, keyed: int, month: str, seconds: float
) -> MonthControl | None:
    """Writes the wish and returns the sink's record of the seal; None: it was sealed before.

    SealRefused where the month (2026-11) cannot be sealed, SealError where it is not sealed within
    ``seconds``; the wish stands then.
    """
    number = parse_sealable(month)
    places, deadline = Places(clients, keyed, ()), time.monotonic() + seconds
    try:
        if _check_when_read(places, number, clients.settings.timezone, deadline):
            return None
        _wish(clients, month)
        return _wait(places, month, seconds, deadline)
    finally:
        places.close()


def _check_when_read(places: Places, number: int, timezone: str, deadline: float) -> bool:
    """``_check``; what the workers have not read yet may still move *as of* past the month."""
    while True:
        try:
            return _check(places, number, timezone)
        except SealRefused:
            behind = places.unread(
                place
                for place in places.look(places.ends(), {})
                if (place.reader, place.topic) == (WORKERS, "interactions")
            )
            if not behind or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE_S)


def _check(places: Places, number: int, timezone: str) -> bool:
    """Whether the month is sealed; SealRefused where it cannot be yet."""
    known = places.months()
    sealed = [parse_month(one) for one, said in known.items() if said.sealed_as_of is not None]
    sealed_through = max(sealed, default=-1)
    if number <= sealed_through:
        return True
    said = places.progress().values()
    as_of = max((one.latest for one in said if one.latest is not None), default=None)
    check_ended(number, as_of, Calendar(timezone))
    check_order(number, {month for one in said for month in one.months}, sealed_through)
    return False


def _wish(clients: Clients, month: str) -> None:
    with broker_errors(clients.settings):
        send_record(clients, "months", month, msgspec.json.encode(MonthControl(month=month)))


def _wait(places: Places, month: str, seconds: float, deadline: float) -> MonthControl:
    while time.monotonic() < deadline:
        said = places.months().get(month)
        if said is not None and said.refused is not None:
            raise SealRefused(said.refused, month=month)
        if said is not None and said.sealed_as_of is not None:
            return said
        time.sleep(_PAUSE_S)
    raise SealError(
        f"{month} is not sealed after {seconds:g} s: the sink or a worker has not come so far. The "
        "wish stands and is done once they have; see truefriend status.",
        month=month,
    )
