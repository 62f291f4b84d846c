"""Adding facts, and correcting them by newer ones."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from forloeb.kernel.codes import MCS, NPU
from forloeb.kernel.measures import Measure
from forloeb.kernel.quantities import Quantity
from forloeb.records.models import OURS, Observation


@dataclass(frozen=True, slots=True)
class TypedValue:
    """One value typed at a control: a quantity in the measure's own unit, or a chosen answer."""

    measure: Measure
    quantity: Quantity | None = None
    answer: str | None = None


_SYSTEMS = {"NPU": NPU, "MCS": MCS}


def record_typed(
    values: Sequence[TypedValue],
    *,
    patient_id: int,
    measured_on: date,
    organization_id: int,
    by: int,
    at: datetime,
) -> list[int]:
    """Record values typed at a control, each under the code the measure is written with. Gives their ids.

    A value typed earlier the same day for the same measure is corrected: the new one is its next version.
    """
    rows = [_observation(value, patient_id, measured_on, organization_id, by, at) for value in values]
    for row in rows:
        earlier = Observation.objects.filter(
            patient_id=patient_id,
            source_system=OURS,
            measure=row.measure,
            measured_on=measured_on,
            superseded_at=None,
        )
        if before := earlier.order_by("-pk").first():
            row.source_id, row.version = before.source_id, before.version + 1
        earlier.update(superseded_at=at)
    return [observation.pk for observation in Observation.objects.bulk_create(rows)]


def _observation(
    typed: TypedValue, patient_id: int, measured_on: date, organization_id: int, by: int, at: datetime
) -> Observation:
    measure, quantity = typed.measure, typed.quantity
    code = measure.write or measure.read[0]
    return Observation(
        patient_id=patient_id,
        source_system=OURS,
        source_id=str(uuid.uuid4()),
        code_system=_SYSTEMS[code.system],
        code=code.code,
        measure=measure.id,
        value=quantity.value if quantity else None,
        comparator=quantity.comparator.value if quantity and quantity.comparator else None,
        unit=quantity.unit if quantity else None,
        answer=typed.answer,
        setting=measure.setting,
        measured_on=measured_on,
        performer_id=organization_id,
        recorded_at=at,
        recorded_by=by,
    )
