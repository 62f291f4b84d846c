"""A record system (LPS) of our own, started as a process: the counterpart of tests. The demo ships the same one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.support.ports import free_port


@dataclass
class Lps:
    """A running record system: stop it, start it again with what it had saved, and turn its switches."""

    store: Path
    port: int = field(default_factory=free_port)
    arguments: tuple[str, ...] = ()
    _process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def fhir(self) -> str:
        return f"{self.url}/fhir"

    def start(self) -> None:
        told = ("--port", str(self.port), "--store", str(self.store), *self.arguments)
        command = [sys.executable, "-m", "forloeb.jobs.demo.lps", *told]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "READY"

    def stop(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def switch(self, **switches: object) -> None:
        requests.post(f"{self.url}/switches", json=switches, timeout=10).raise_for_status()

    def post(self, resource: dict[str, Any]) -> dict[str, Any]:
        """Save a resource as the laboratory or a secretary would; gives it with its id."""
        answer = requests.post(f"{self.fhir}/{resource['resourceType']}", json=resource, timeout=10)
        answer.raise_for_status()
        return dict(answer.json())

    def search(self, kind: str, **wanted: str) -> list[dict[str, Any]]:
        """Give every resource that a search finds."""
        answer = requests.post(f"{self.fhir}/{kind}/_search", data={**wanted, "_count": "1000"}, timeout=30)
        answer.raise_for_status()
        return [entry["resource"] for entry in answer.json()["entry"]]

    def counts(self) -> dict[str, int]:
        return dict(requests.get(f"{self.url}/counts", timeout=10).json())


@contextmanager
def lps(folder: Path, *arguments: str) -> Iterator[Lps]:
    """Run a record system with an empty store in a folder."""
    system = Lps(folder / "lps.sqlite3", arguments=arguments)
    system.start()
    try:
        yield system
    finally:
        system.stop()
