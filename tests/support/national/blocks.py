"""A gateway to a register of blocks, as a process of its own. Run as a script with a folder.

Blocks who stands in `blocked` (a CPR number a line). `mood` makes it `slow`, `failing`, `silent` or `odd`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "an-invented-token"
_MAY_BE_SAID = {"cpr_number", "authorization_id", "sor_code", "ydernummer"}


@dataclass(frozen=True, slots=True)
class Register:
    """The running gateway, as a test sees it."""

    folder: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{(self.folder / 'port').read_text()}/check"

    def block(self, *numbers: str) -> None:
        """Let these citizens have said no, and nobody else."""
        (self.folder / "blocked").write_text("\n".join(numbers))

    def be(self, mood: str) -> None:
        """Answer well (``) or badly from now on."""
        (self.folder / "mood").write_text(mood)

    def heard(self) -> list[dict[str, Any]]:
        """Give every question that was well asked."""
        return [json.loads(line) for line in (self.folder / "heard").read_text().splitlines()]


@contextmanager
def register(folder: Path) -> Iterator[Register]:
    """Start one where nobody has said no."""
    for name in ("blocked", "mood", "heard"):
        (folder / name).write_text("")
    process = subprocess.Popen([sys.executable, __file__, str(folder)])
    try:
        for _ in range(200):
            if (folder / "port").exists() and (folder / "port").read_text():
                break
            time.sleep(0.05)
        yield Register(folder)
    finally:
        process.terminate()
        process.wait(10)


def serve(folder: Path) -> None:
    """Serve until ended."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self.answer(401, b"{}")
            try:
                question = json.loads(asked)
                known = set(question) <= _MAY_BE_SAID and {"sor_code", "ydernummer"} & set(question)
                number = question["cpr_number"]
            except (ValueError, KeyError, TypeError):
                return self.answer(400, b"{}")
            if not known or len(number) != 10:
                return self.answer(400, b"{}")
            with (folder / "heard").open("a") as file:
                file.write(json.dumps(question) + "\n")
            blocked = number in (folder / "blocked").read_text().split()
            mood = (folder / "mood").read_text()
            if mood == "slow":
                time.sleep(6)
            status = 500 if mood == "failing" else 200
            said = {"odd": b'{"blocked": "no"}', "silent": b""}.get(mood)
            return self.answer(status, json.dumps({"blocked": blocked}).encode() if said is None else said)

        def answer(self, status: int, body: bytes) -> None:
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


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
