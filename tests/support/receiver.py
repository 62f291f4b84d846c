"""A subscriber's server, as a process of its own: keeps what it is sent, and says no when it is told to.

Run as a script with a folder: writes its port to `port`, each request to a line of `heard`, and answers what `status`
says.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Receiver:
    """The running server, as a test sees it."""

    folder: Path

    @property
    def host(self) -> str:
        """Where it is."""
        return f"127.0.0.1:{(self.folder / 'port').read_text()}"

    def say(self, status: int) -> None:
        """Answer with that from now on."""
        (self.folder / "status").write_text(str(status))

    def heard(self) -> list[dict[str, Any]]:
        """Give all that came: headers and body."""
        return [json.loads(line) for line in (self.folder / "heard").read_text().splitlines()]


@contextmanager
def receiver(folder: Path) -> Iterator[Receiver]:
    """Start one that takes everything."""
    (folder / "status").write_text("200")
    (folder / "heard").write_text("")
    process = subprocess.Popen([sys.executable, __file__, str(folder)])
    try:
        for _ in range(200):
            if (folder / "port").exists() and (folder / "port").read_text():
                break
            time.sleep(0.05)
        yield Receiver(folder)
    finally:
        process.terminate()
        process.wait(10)


def serve(folder: Path) -> None:
    """Serve until ended."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status = int((folder / "status").read_text())
            with (folder / "heard").open("a") as file:
                file.write(json.dumps({"headers": dict(self.headers), "body": body, "status": status}) + "\n")
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        do_GET = do_POST  # noqa: N815  the name that http.server asks for

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    (folder / "port").write_text(str(server.server_port))
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
