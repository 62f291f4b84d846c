"""Asks the FHIR face as another system does, with somebody's session."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson
from django.test import Client
from django.test.client import RequestFactory

from forloeb.config.wsgi import application


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def resource(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    @property
    def found(self) -> list[dict[str, Any]]:
        """The resources of a Bundle that were searched for."""
        return [e["resource"] for e in self.resource.get("entry", []) if e.get("search", {}).get("mode") != "include"]


@dataclass(frozen=True, slots=True)
class FhirClient:
    """Somebody who asks; nobody where there is no session."""

    session: Client | None = None

    def ask(self, path: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        """Ask for `/fhir/…` and give what comes back, read to its end."""
        where, _, query = path.partition("?")
        environ = RequestFactory(SERVER_NAME="localhost").generic(method, where, QUERY_STRING=query).environ  # type: ignore[attr-defined]
        cookies = self.session.cookies if self.session else {}
        environ |= {
            "HTTP_COOKIE": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items()),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        if "CONTENT_TYPE" in headers:
            environ["CONTENT_TYPE"] = headers["CONTENT_TYPE"]
        said: list[Any] = []
        read = b"".join(application(environ, lambda status, headers, *_: said.append((status, headers))))
        status, given = said[0]
        return Answer(int(status.split()[0]), dict(given), read)

    def post_search(self, kind: str, **asked: str) -> Answer:
        """Search by POST, as what tells of a person must be."""
        return self.ask(f"/fhir/{kind}/_search", method="POST", body=urlencode(asked).encode())
