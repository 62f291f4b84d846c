"""National services over HTTP: what stands behind the rooms' ports to them. None where the settings name no gateway."""

from __future__ import annotations

from django.conf import settings

from forloeb.adapters.national.blocks import HttpBlocks
from forloeb.adapters.national.gateway import WORKERS_PATIENCE, Gateway
from forloeb.adapters.national.medication import HttpMedicationCard
from forloeb.adapters.national.persons import HttpPersonRegister
from forloeb.adapters.national.registrations import HttpRegistrations
from forloeb.adapters.national.relations import HttpTreatmentRelations


def open_relations() -> HttpTreatmentRelations | None:
    """Open the register of treatment relations (BRS)."""
    if not settings.BRS_URL:
        return None
    return HttpTreatmentRelations(Gateway(settings.BRS_URL, settings.BRS_TOKEN))


def open_blocks() -> HttpBlocks | None:
    """Open the register of citizens' blocks (MinSpærring)."""
    if not settings.MINSPAERRING_URL:
        return None
    return HttpBlocks(Gateway(settings.MINSPAERRING_URL, settings.MINSPAERRING_TOKEN))


def open_log() -> HttpRegistrations | None:
    """Open the log that citizens read (MinLog)."""
    if not settings.MINLOG_URL:
        return None
    return HttpRegistrations(Gateway(settings.MINLOG_URL, settings.MINLOG_TOKEN, WORKERS_PATIENCE))


def open_person_register() -> HttpPersonRegister | None:
    """Open the person register (CPR)."""
    if not settings.CPR_URL:
        return None
    return HttpPersonRegister(Gateway(settings.CPR_URL, settings.CPR_TOKEN, WORKERS_PATIENCE))


def open_medication_card() -> HttpMedicationCard | None:
    """Open the shared medication card (FMK)."""
    if not settings.FMK_URL:
        return None
    return HttpMedicationCard(Gateway(settings.FMK_URL, settings.FMK_TOKEN, WORKERS_PATIENCE))
