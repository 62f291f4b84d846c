"""Speaking HTTP with a record system: one session for each system, short patience, and what an answer means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from forloeb.records.laboratory_card import CardRefused, NotNow

PATIENCE = (3.05, 15.0)
"""Seconds to connect, and to wait for each answer."""
_LATER = frozenset({401, 403, 408, 409, 412, 423, 425, 429})
"""Answers that another try, or a person at the record system, may change; with every 5xx."""


def ask(
    session: requests.Session,
    method: str,
    address: str,
    *,
    headers: Mapping[str, str] | None = None,
    gives_refusals: bool = False,
    **told: Any,
) -> requests.Response:
    """Ask once. Raises NotNow where there was no answer, or one that may be another later; CardRefused for a no.

    404 and 410 are given back: what they mean depends on what was asked for. With `gives_refusals` so is every no.
    """
    try:
        answer = session.request(method, address, headers=headers, timeout=PATIENCE, allow_redirects=False, **told)
    except requests.Timeout:
        raise NotNow("too-slow") from None
    except requests.RequestException:
        raise NotNow("unreachable") from None
    if answer.status_code >= 500 or answer.status_code in _LATER:
        raise NotNow(f"answered-{answer.status_code}")
    if answer.status_code >= 300 and answer.status_code not in (404, 410) and not gives_refusals:
        raise CardRefused(f"answered-{answer.status_code}")
    return answer


def read_json(answer: requests.Response) -> dict[str, Any]:
    """Read an answer's JSON object. Raises NotNow: a server that does not know what it says may know later."""
    try:
        found = answer.json()
    except ValueError:
        raise NotNow("unreadable") from None
    if not isinstance(found, dict):
        raise NotNow("unreadable")
    return found
