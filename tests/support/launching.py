"""The site with the demo's record system beside it, and somebody who opens plans from there without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

from django.test import override_settings
from requests import Response, Session

from forloeb.access.client_keys import make_client_key
from forloeb.jobs.demo.record_system import Running, free_ports, record_system
from tests.support.personas import Cast
from tests.support.ports import free_port
from tests.support.site import served


@dataclass(frozen=True)
class Beside:
    """The site, and the record system that opens plans in it."""

    site: str
    system: Running


@contextmanager
def site_beside_record_system(cast: Cast, folder: Path) -> Iterator[Beside]:
    """Serve the site with a key of its own, and run the record system of the cast's practice."""
    port, key = free_port(), folder / "client-key.pem"
    make_client_key(key)
    site = f"http://127.0.0.1:{port}"
    with (
        override_settings(CLIENT_KEY_FILE=str(key)),
        served(port),
        record_system(
            forloeb=site, ports=free_ports(free_port()), folder=folder, at=cast.at, as_of=cast.as_of
        ) as running,
    ):
        yield Beside(site, running)


class Doctor:
    """Somebody at the record system, step by step, so that a test can do something else at any of them."""

    def __init__(self, beside: Beside) -> None:
        self.beside = beside
        self.browser = Session()

    def opens(self, patient: str, how: str) -> Response:
        """Open a patient's plan all the way; gives the page it ends on."""
        if how == "smart":
            return self.follow(self.get(f"{self.beside.system.address}/patient/{patient}/open?how=smart"))
        return self.follow(self.post_token(self.token(patient)))

    def token(self, patient: str) -> str:
        """Give the token that the record system's page would post."""
        page = self.get(f"{self.beside.system.address}/patient/{patient}/open?how=signed")
        found = re.search(r'name="token" value="([^"]+)"', page.text)
        assert found, page.text
        return unescape(found[1])

    def post_token(self, token: str) -> Response:
        return self.browser.post(f"{self.beside.site}/launch/context", {"token": token}, allow_redirects=False)

    def get(self, address: str) -> Response:
        return self.browser.get(address, allow_redirects=False)

    def follow(self, answer: Response, *, until: str = "\0") -> Response:
        """Follow redirects, up to an address that begins as told."""
        while (to := answer.headers.get("Location")) and not urljoin(answer.url, to).startswith(until):
            answer = self.get(urljoin(answer.url, to))
        return answer
