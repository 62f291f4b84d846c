"""The port to the national log that citizens read (MinLog): who takes our registrations, and what they may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Registration = Mapping[str, Any]
"""One look-up as a FHIR R4 AuditEvent; `id` is `chain-position`, by which one that comes twice is known."""


class NotReceived(Exception):
    """Nobody knows whether anything was received: send it again later. `fault` is a code of ours."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class NotUnderstood(Exception):
    """What was sent is refused as a whole, and nothing of it was received."""


class Registrations(Protocol):
    """A log that takes registrations, each by its id once."""

    def send(self, registrations: Sequence[Registration]) -> Mapping[str, str]:
        """Send some, in order. Gives those that will never be taken as they are: the reason's code by id.

        Raises NotReceived, NotUnderstood.
        """
