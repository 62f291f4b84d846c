"""The shared medication card through a gateway, all of a citizen's medicine: see docs/how-to/connect-nationally.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from forloeb.adapters.national.gateway import Gateway, Silence
from forloeb.records.medication_card import Card, Medicine, NoAnswer

_ATC = re.compile(r"[A-Z]\d{2}[A-Z]{2}\d{2}")
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class HttpMedicationCard:
    """A card behind a gateway."""

    gateway: Gateway

    def medicines_of(self, cpr_number: str) -> Card:
        """Ask for all that is ordained, with the CPR number in the body. Raises NoAnswer for all but a list."""
        try:
            said = self.gateway.ask({"cpr_number": cpr_number})
        except Silence as silence:
            raise NoAnswer(silence.fault) from None
        given = said.get("medicines")
        # Somebody else's card would do more harm than none.
        if said.get("cpr_number") != cpr_number or not isinstance(given, list):
            raise NoAnswer("not-understood")
        medicines = [found for one in given if (found := _medicine(one)) is not None]
        return Card(tuple(medicines), len(given) - len(medicines), orjson.dumps(said))


def _medicine(one: Any) -> Medicine | None:
    """Read one medicine; None for one without a code, or with a day that is none."""
    if not isinstance(one, dict) or not isinstance(one.get("id"), str) or not 0 < len(one["id"]) <= _LONGEST_ID:
        return None
    if not isinstance(one.get("atc"), str) or not _ATC.fullmatch(one["atc"]):
        return None
    try:
        days = [
            None if one.get(name) is None else date.fromisoformat(one[name]) for name in ("started_on", "stopped_on")
        ]
    except (ValueError, TypeError):
        return None
    return Medicine(one["id"], one["atc"], *days)
