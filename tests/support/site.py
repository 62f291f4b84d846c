"""The whole application on a port of its own, in this process: what a browser in a test talks to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.db import connections


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a test that fails shows what it saw."""


def _closing(application: Callable[..., Any]) -> Callable[..., Any]:
    """Close a thread's database connections once its answer is made: the thread will not come back for them."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        try:
            response = application(environ, start_response)
            yield from response
            if hasattr(response, "close"):
                response.close()
        finally:
            connections.close_all()

    return answer


@contextmanager
def served(port: int = 0) -> Iterator[str]:
    """Serve the application as the settings stand now; give its address."""
    from forloeb.config.wsgi import application  # Django is ready by now

    server = make_server("127.0.0.1", port, _closing(application), _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
