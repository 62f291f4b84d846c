"""The services that are offered, and what each asks to be sent with the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from forloeb.api.cds.calls import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW

PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "observations": "Observation?patient={{context.patientId}}",
    "medications": "MedicationStatement?patient={{context.patientId}}",
}


@dataclass(frozen=True, slots=True)
class Service:
    """One service, which answers one hook."""

    name: str
    hook: str


SERVICES: Mapping[str, Service] = {
    service.name: service
    for service in (
        Service("forloeb-patient-view", PATIENT_VIEW),
        Service("forloeb-order-select", ORDER_SELECT),
        Service("forloeb-order-sign", ORDER_SIGN),
    )
}


def discovery() -> dict[str, Any]:
    """Tell of all services."""
    words = {
        PATIENT_VIEW: (
            _("Care plans: what matters now"),
            _("Says that a care plan is missing, a control overdue, a value off its goal, or what is not known."),
        ),
        ORDER_SELECT: (
            _("Medicine that is chosen"),
            _("Says what the guidelines say of the medicine, such as metformin with reduced kidney function."),
        ),
        ORDER_SIGN: (
            _("Medicine that is signed"),
            _("Says what the guidelines say of the medicine, such as metformin with reduced kidney function."),
        ),
    }
    return {
        "services": [
            {
                "id": service.name,
                "hook": service.hook,
                "title": words[service.hook][0],
                "description": words[service.hook][1],
                "prefetch": PREFETCH,
            }
            for service in SERVICES.values()
        ]
    }
