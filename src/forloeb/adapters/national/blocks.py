"""MinSpærring through a gateway: one question, one answer, as docs/how-to/connect-nationally.md lays down."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import requests

from forloeb.access.national_blocks import NoAnswer, Question

PATIENCE = (2.0, 3.0)
"""Seconds to connect, and to wait for the answer: a clinician waits with a patient."""


@dataclass(frozen=True, slots=True)
class HttpBlocks:
    """A gateway at an address, which lets in whoever has the token."""

    address: str
    token: str = field(repr=False)

    def is_blocked(self, question: Question) -> bool:
        """Ask once, with the CPR number in the body. Raises NoAnswer for all but a plain yes or no."""
        asked = {name: value for name, value in asdict(question).items() if value is not None}
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            answer = requests.post(self.address, json=asked, headers=headers, timeout=PATIENCE, allow_redirects=False)
            said = answer.json() if answer.status_code == 200 else None
        except (requests.RequestException, ValueError):
            raise NoAnswer from None
        blocked = said.get("blocked") if isinstance(said, dict) else None
        if not isinstance(blocked, bool):
            raise NoAnswer
        return blocked
