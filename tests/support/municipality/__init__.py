"""A municipality's own system, as a process of its own: takes referrals, gives receipts, answers. See `server.py`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Municipality:
    """The running system, as a test sees it."""

    folder: Path
    url: str

    def switch(self, **switches: Any) -> None:
        """Set how it behaves: `receipt` now, later, never or negative; `fail_after_saving`; `refuse`; `down`."""
        self._post("/switch", switches)

    def held(self) -> dict[str, dict[str, Any]]:
        """Give what it has, by the referral's name: how many times it was created, its text, its status."""
        with urllib.request.urlopen(f"{self.url}/held") as said:
            return dict(json.load(said))

    def answer(self, name: UUID, status: str, text: str = "") -> int:
        """Let it say something of a referral; gives what we answered, or 0 where nothing was posted."""
        return int(self._post("/answer", {"name": str(name), "status": status, "text": text})["answered"])

    def send_receipts(self) -> list[int]:
        """Let it send the receipts it has put off."""
        return list(self._post("/receipts", {})["answered"])

    def _post(self, path: str, told: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(told).encode(), method="POST")
        with urllib.request.urlopen(request) as said:
            return dict(json.load(said))


@contextmanager
def municipality(folder: Path) -> Iterator[Municipality]:
    """Start one that takes everything and says so at once."""
    script = Path(__file__).with_name("server.py")
    process = subprocess.Popen([sys.executable, str(script), str(folder)])
    try:
        port = folder / "municipality-port"
        for _ in range(200):
            if port.exists() and port.read_text():
                break
            time.sleep(0.05)
        yield Municipality(folder, f"http://127.0.0.1:{port.read_text()}")
    finally:
        process.terminate()
        process.wait(10)
