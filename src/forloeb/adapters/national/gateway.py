"""What all gateways to national services have in common: JSON is posted with a token, and JSON comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

PATIENCE = (2.0, 3.0)
"""Seconds to connect, and to wait for the answer, where a person waits."""
WORKERS_PATIENCE = (3.05, 30.0)
"""The same where nobody does."""


class Silence(Exception):
    """No answer: `unreachable`, `too-slow`, `answered-<status>` or `not-understood`. Nothing of it is repeated."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway at an address, which lets in whoever has the token."""

    address: str
    token: str = field(repr=False)
    patience: tuple[float, float] = PATIENCE

    def ask(self, body: object) -> dict[str, Any]:
        """Post once, with all that is personal in the body, and give the JSON object of a 200. Raises Silence."""
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            answer = requests.post(
                self.address, json=body, headers=headers, timeout=self.patience, allow_redirects=False
            )
        except requests.Timeout:
            raise Silence("too-slow") from None
        except requests.RequestException:
            raise Silence("unreachable") from None
        if answer.status_code != 200:
            raise Silence(f"answered-{answer.status_code}")
        try:
            said = answer.json()
        except ValueError:
            raise Silence("not-understood") from None
        if not isinstance(said, dict):
            raise Silence("not-understood")
        return said
