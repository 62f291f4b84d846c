"""Entries of the laboratory card, as the outbox hands them to an adapter."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from forloeb.kernel.codes import MCS, NPU, Coding
from forloeb.kernel.identifiers import CPR
from forloeb.kernel.quantities import Comparator, Quantity
from forloeb.records.laboratory_card import CardEntry, CardPatient, CardValue
from forloeb.terminology import measures

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def value(
    measure: str, number: str | None = None, answer: str | None = None, sign: Comparator | None = None
) -> CardValue:
    known = measures()[measure]
    code = known.write
    assert code is not None
    quantity = Quantity(Decimal(number), known.unit, sign) if number is not None else None
    return CardValue(known, Coding(NPU if code.system == "NPU" else MCS, code.code), quantity, answer, "final")


def entry(*values: CardValue, **more: Any) -> CardEntry:
    told: dict[str, Any] = {
        "card_id": UUID("6a1c9a3e-55c0-4c0e-9d6d-2f6a0d9b7a11"),
        "delivery_id": 17,
        "remote_id": "",
        "patient": CardPatient(CPR, "1212778221", "Søren", "Ærø"),
        "practice_name": "Lægerne ved Åen i den lange gade bag kirken",
        "ydernummer": "999901",
        "values": values,
        "measured_on": date(2026, 3, 1),
        "measured_at": None,
        "issued_at": NOW,
        "at_home": False,
    }
    return CardEntry(**{**told, **more})
