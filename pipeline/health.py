"""How a process is, by HTTP: /metrics for Prometheus, /healthz and /readyz for whoever runs it.

A check returns None where all is well, else a sentence; the answer is then 503 with it. /healthz
asks whether the process should be ended and started anew, /readyz whether it does its work now.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder

from pipeline.core.errors import TruefriendError

__all__ = ["Check", "serving_health"]

Check = Callable[[], str | None]


def _well() -> None:
    return None


@contextmanager
def serving_health(
    host: str,
    port: int | None,
    *,
    alive: Check = _well,
    ready: Check = _well,
    registry: CollectorRegistry = REGISTRY,
) -> Iterator[int | None]:
    """Answers in a thread while the block runs; gives the port (0 asks for any free one).

    ``port`` None: answers nowhere. TruefriendError where the port is taken.
    """
    if port is None:
        yield None
        return
    server = _listen(host, port, _handler(alive, ready, registry))
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), daemon=True, name="health")
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _listen(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise TruefriendError(
            f"Nobody can listen on {host}:{port} ({error.strerror}). Give another --health-port."
        ) from error


def _handler(
    alive: Check, ready: Check, registry: CollectorRegistry
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                encode, kind = choose_encoder(self.headers.get("Accept", ""))
                self._answer(200, encode(registry), kind)
            elif path in ("/healthz", "/readyz"):
                trouble = alive() if path == "/healthz" else ready()
                code = 200 if trouble is None else 503
                self._answer(code, f"{trouble or 'ok'}\n".encode(), "text/plain; charset=utf-8")
            else:
                self._answer(404, b"not found\n", "text/plain; charset=utf-8")

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: a line for every scrape would bury the others."""

        def _answer(self, code: int, body: bytes, kind: str) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
