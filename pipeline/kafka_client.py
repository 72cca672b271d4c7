"""What kafka-python's consumers, producers and admins speak through, closed where it fails."""

from __future__ import annotations

from typing import Any

from kafka.net.compat import KafkaNetClient

__all__ = ["ClosingClient"]


class ClosingClient(KafkaNetClient):  # type: ignore[misc]
    """The library's own client, except that a first connection that fails leaves nothing behind.

    A constructor of kafka-python 3.0 that reaches no broker raises and keeps its thread and its
    sockets: a process that tries again until the broker is back would run out of them.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        bootstrap = self._manager.bootstrap

        def bootstrap_or_close(*args: Any, **named: Any) -> None:
            try:
                bootstrap(*args, **named)
            except BaseException:
                self.close()
                raise

        self._manager.bootstrap = bootstrap_or_close
