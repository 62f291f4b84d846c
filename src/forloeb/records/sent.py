"""Values that another system writes, one at a time and at once, named by that system's own identifier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from forloeb.guidelines.record import Measurement
from forloeb.kernel.codes import Coding
from forloeb.records.models import OURS, Observation, ObservationStatus


class NotTheirs(ValueError):
    """The identifier is of our own: what is typed here is changed here."""


class SaysOtherwise(ValueError):
    """There is a value of that identifier, and it says something else: a correction is an update of it."""


class HasChanged(ValueError):
    """The value is not the version that was corrected: somebody else has changed it since."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One value as it was sent. `measurement` None: a code we do not know, which is kept without a value."""

    source_system: str
    source_id: str
    coding: Coding
    measurement: Measurement
    setting: str
    measured_on: date
    measured_at: datetime | None
    status: str

    def __repr__(self) -> str:
        return "Sent(…)"


def record_sent(sent: Sent, *, patient_id: int, organization_id: int | None, by: int, at: datetime) -> tuple[str, bool]:
    """Record a value once. Gives its id outside, and whether it is new. Raises NotTheirs, SaysOtherwise."""
    if sent.source_system.startswith(OURS):
        raise NotTheirs
    row = _row(sent, 1, patient_id, organization_id, by, at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        held = _held(sent, patient_id)
        if held is None or _content(held) != _content(row):
            raise SaysOtherwise from None
        return str(held.logical_id), False
    return str(row.logical_id), True


def correct_sent(
    sent: Sent, *, version: int, patient_id: int, organization_id: int | None, by: int, at: datetime
) -> bool:
    """Put a value's next version in place of the one that was corrected. Gives whether it says something new.

    Raises NotTheirs, HasChanged.
    """
    if sent.source_system.startswith(OURS):
        raise NotTheirs
    held = _held(sent, patient_id)
    if held is None or held.version != version:
        raise HasChanged
    row = _row(sent, version + 1, patient_id, organization_id, by, at)
    if _content(row) == _content(held):
        return False
    if not Observation.objects.filter(pk=held.pk, superseded_at=None).update(superseded_at=at):
        raise HasChanged
    if sent.status != ObservationStatus.ENTERED_IN_ERROR:
        row.save(force_insert=True)
    return True


def _held(sent: Sent, patient_id: int) -> Observation | None:
    return Observation.objects.filter(
        source_system=sent.source_system, source_id=sent.source_id, patient_id=patient_id, superseded_at=None
    ).first()


def _row(sent: Sent, version: int, patient_id: int, organization_id: int | None, by: int, at: datetime) -> Observation:
    measured = sent.measurement
    quantity = measured.quantity
    return Observation(
        patient_id=patient_id,
        source_system=sent.source_system,
        source_id=sent.source_id,
        version=version,
        code_system=sent.coding.system,
        code=sent.coding.code,
        measure=measured.measure,
        value=quantity.value if quantity else None,
        comparator=quantity.comparator.value if quantity and quantity.comparator else None,
        unit=quantity.unit if quantity else None,
        answer=measured.answer,
        setting=sent.setting,
        measured_on=sent.measured_on,
        measured_at=sent.measured_at,
        performer_id=organization_id,
        status=sent.status,
        recorded_at=at,
        recorded_by=by,
    )


def _content(row: Observation) -> tuple[object, ...]:
    return (
        row.code_system, row.code, row.measure, row.value, row.comparator, row.unit, row.answer, row.setting,
        row.measured_on, row.measured_at, row.status,
    )  # fmt: skip
