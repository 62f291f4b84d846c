"""MinLog through a gateway: registrations in, a receipt for each, as docs/how-to/connect-nationally.md lays down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forloeb.adapters.national.gateway import Gateway, Silence
from forloeb.audit.registrations import NotReceived, NotUnderstood, Registration

_REFUSED_AS_A_WHOLE = {"answered-400", "answered-413", "answered-422"}
_CODE = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class HttpRegistrations:
    """A log behind a gateway."""

    gateway: Gateway

    def send(self, registrations: Sequence[Registration]) -> Mapping[str, str]:
        """Post a batch, and read the receipt, which tells of every registration. Raises NotReceived, NotUnderstood."""
        try:
            said = self.gateway.ask({"registrations": list(registrations)})
        except Silence as silence:
            if silence.fault in _REFUSED_AS_A_WHOLE:
                raise NotUnderstood from None
            raise NotReceived(silence.fault) from None
        received, refused = _receipt(said)
        if received | refused.keys() != {str(registration["id"]) for registration in registrations}:
            raise NotReceived("not-understood")
        return refused


def _receipt(said: dict[str, Any]) -> tuple[set[str], dict[str, str]]:
    """Read which ids were received, and why others were not. Raises NotReceived."""
    try:
        received = {str(name) for name in said["received"]}
        refused = {str(one["id"]): _code(one["reason"]) for one in said["refused"]}
    except (KeyError, TypeError):
        raise NotReceived("not-understood") from None
    return received - refused.keys(), refused


def _code(reason: object) -> str:
    """Keep a reason that is a code; what is written in words might name somebody."""
    return reason if isinstance(reason, str) and _CODE.fullmatch(reason) else "refused"
