"""What the invented gateways have in common: a process of their own, a folder to be told things in, and moods.

`mood` in the folder makes a gateway `slow`, `failing`, `refusing` (503 before it has done anything), `silent` (no body)
or `odd` (an answer nobody understands).
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "an-invented-token"
Answer = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Running:
    """A running gateway, as a test sees it."""

    folder: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{(self.folder / 'port').read_text()}/"

    def be(self, mood: str) -> None:
        """Answer well (``) or badly from now on."""
        (self.folder / "mood").write_text(mood)

    def heard(self) -> list[dict[str, Any]]:
        """Give every question that was well asked."""
        return [json.loads(line) for line in (self.folder / "heard").read_text().splitlines()]


@contextmanager
def running(script: str, folder: Path) -> Iterator[Path]:
    """Start a gateway's script, and give its folder when it listens."""
    for name in ("mood", "heard"):
        (folder / name).write_text("")
    process = subprocess.Popen([sys.executable, "-m", script, str(folder)])
    try:
        for _ in range(200):
            if (folder / "port").exists() and (folder / "port").read_text():
                break
            time.sleep(0.05)
        yield folder
    finally:
        process.terminate()
        process.wait(10)


def serve(folder: Path, answer: Callable[[dict[str, Any]], Answer], odd: object) -> None:
    """Serve until ended: `answer` gives status and body for a body that is a JSON object."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            mood = (folder / "mood").read_text()
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self.say(401, {})
            try:
                asked = json.loads(body)
            except ValueError:
                asked = None
            if mood == "refusing" or not isinstance(asked, dict):
                return self.say(503 if mood == "refusing" else 400, {})
            status, said = answer(asked)
            if status == 200:
                with (folder / "heard").open("a") as file:
                    file.write(json.dumps(asked) + "\n")
            if mood == "slow":
                time.sleep(6)
            if mood == "silent":
                return self.say(200, None)
            return self.say(*{"failing": (500, {}), "odd": (200, odd)}.get(mood, (status, said)))

        def say(self, status: int, said: object) -> None:
            body = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    (folder / "port").write_text(str(server.server_port))
    server.serve_forever()
