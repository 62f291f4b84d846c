"""`forloeb export cpd`: every saved version of a patient's plans as a CPD-DK document, in a folder."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from uuid import UUID

from forloeb.audit.actions import append
from forloeb.careplans.documents import SavedPlan, SavedVersion, plans_of, received_document
from forloeb.cda.export import plan_document
from forloeb.cda.reading import read
from forloeb.cda.writing import write
from forloeb.people.actions import LOADER


class CannotExport(Exception):
    """Nothing was written, or not all; the text says why."""


def run(
    public_id: UUID, folder: Path, *, as_of: date, recommends: bool = False, repeats_direct_entries: bool = False
) -> int:
    """Write the documents. Gives how many. Raises CannotExport."""
    found = plans_of(public_id)
    if found is None:
        raise CannotExport(f"no patient here has the public id {public_id}")
    patient, plans = found
    if not plans:
        raise CannotExport(f"the patient {public_id} has no saved plan")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotExport(f"{folder}: cannot be made ({error.strerror})") from None
    versions = [(plan, version) for plan in plans for version in plan.versions]
    _note(patient.id, len(versions), as_of)
    for plan, version in versions:
        received = received_document(version, using=LOADER)
        document = read(received)[0] if received else plan_document(patient, plan, version, recommends=recommends)
        _keep(folder / file_name(plan, version), write(document, repeats_direct_entries=repeats_direct_entries))
    return len(versions)


def file_name(plan: SavedPlan, version: SavedVersion) -> str:
    """Name a document by its plan and version; no name tells of the patient."""
    return f"{plan.guideline}-{plan.public_id.hex[:8]}-{version.number}.xml"


def _keep(file: Path, body: bytes) -> None:
    """Write a file that is ours alone to read, and there whole or not at all."""
    half = file.with_name(f"{file.name}.half")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(body)
        half.replace(file)
    except OSError as error:
        raise CannotExport(f"{file}: cannot be written ({error.strerror})") from None
    finally:
        half.unlink(missing_ok=True)


def _note(patient_id: int, versions: int, as_of: date) -> None:
    """Write in the log that a patient's plans are taken out, before any of them is."""
    append(
        action="read",
        event="plan-exported",
        viewer="operator",
        role="operator",
        patient_id=patient_id,
        reason="operation",
        detail={"format": "cpd-dk", "versions": versions, "as_of": as_of.isoformat()},
        using=LOADER,
    )
