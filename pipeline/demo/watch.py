"""What the demo's screen shows: metrics of worker and sink, and the status of the whole."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from pipeline.clients import Clients
from pipeline.core.errors import TruefriendError
from pipeline.status import Status, read_status

__all__ = ["Look", "Seen", "Watcher", "parse_metrics"]

Metrics = Counter[tuple[str, str]]
"""(a sample's name, the value of its first label or "") to its value"""

_BACK_S = 3.0  # a rate is that of the last seconds
_PAUSE_S = 0.3
_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. ``lines`` are those of the files, ``events`` those that workers have done with.

    ``lag`` is in offsets: interactions before the workers, all else before them, and all before
    the sink. ``verdicts`` and ``reasons`` count rows written, revisions included; ``reasons`` by
    the first reason, ``dead`` by code. ``rate`` is events/s of the last seconds, ``best`` the
    greatest so far.
    """

    seconds: float
    lines: int
    sent: bool
    events: int = 0
    rate: float = 0.0
    best: float = 0.0
    lag: tuple[int, int, int] | None = None
    as_of: str | None = None
    verdicts: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    dead: Mapping[str, int] = field(default_factory=dict)


class Watcher:
    """Reads the status in a thread, again and again: it takes longer than a picture may.

    ``rest`` says how often all was at rest in a row.
    """

    def __init__(self, clients: Clients, keyed: int) -> None:
        self.status: Status | None = None
        self.rest = 0
        self._error: TruefriendError | None = None
        self._stopping = threading.Event()
        self._clients = clients
        self._keyed = keyed
        self._thread = threading.Thread(target=self._run, daemon=True, name="status")

    def start(self) -> None:
        self._thread.start()

    def check(self) -> None:
        """Raises what ended the reading."""
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(10)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(_PAUSE_S):
                status = read_status(self._clients, self._keyed)
                self.status, self.rest = status, self.rest + 1 if status.at_rest else 0
        except TruefriendError as error:
            self._error = error


class Look:
    """Puts the sources together; remembers the last looks for the rate.

    ``ports`` are those of the processes' metrics, ``lines`` how many they are to work through.
    """

    def __init__(self, ports: Sequence[int], lines: int) -> None:
        self._ports = ports
        self._lines = lines
        self._began = time.monotonic()
        self._past: deque[tuple[float, int]] = deque()
        self._best = 0.0

    def __call__(self, status: Status | None, sent: bool) -> Seen:
        found: Metrics = Counter()
        for port in self._ports:
            found.update(_fetch(port))
        now = time.monotonic()
        events = sum(_by_label(found, "truefriend_events_total").values())
        events += sum(
            number
            for code, number in _by_label(found, "truefriend_worker_dead_letters_total").items()
            if code != "bad_reference"
        )
        rate = self._rate(now, events)
        self._best = max(self._best, rate)
        return Seen(
            seconds=now - self._began,
            lines=self._lines,
            sent=sent,
            events=events,
            rate=rate,
            best=self._best,
            lag=None if status is None else _lag(status),
            as_of=None if status is None else status.as_of,
            verdicts=_by_label(found, "truefriend_verdicts_total"),
            reasons=_by_label(found, "truefriend_reason_codes_total"),
            dead=_by_label(found, "truefriend_dead_letters_total"),
        )

    def _rate(self, now: float, events: int) -> float:
        self._past.append((now, events))
        while len(self._past) > 2 and now - self._past[1][0] > _BACK_S:
            self._past.popleft()
        then, before = self._past[0]
        return max(0, events - before) / (now - then) if now > then else 0.0


def parse_metrics(text: str) -> Metrics:
    """Prometheus' text format; samples of one name and first label are added up."""
    found: Metrics = Counter()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, next(iter(sample.labels.values()), "")] += int(sample.value)
    return found


def _fetch(port: int) -> Metrics:
    """A process's metrics; none where it is not there yet, or is started again just now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/metrics")
        return parse_metrics(connection.getresponse().read().decode())
    except (OSError, http.client.HTTPException):
        return Counter()
    finally:
        connection.close()


def _by_label(found: Metrics, name: str) -> dict[str, int]:
    return {label: number for (one, label), number in found.items() if one == name and number}


def _lag(status: Status) -> tuple[int, int, int]:
    lags: Counter[str] = Counter()
    for one in status.topics:
        part = "events" if one.topic == "interactions" else "between"
        lags["sink" if one.reader == "sink" else part] += one.lag
    return lags["events"], lags["between"], lags["sink"]
