"""Values that another system writes, one at a time and at once, named by that system's own identifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from forloeb.guidelines.record import Measurement
from forloeb.kernel.codes import Coding
from forloeb.people import prepared
from forloeb.records.models import OURS, Observation, ObservationStatus


class NotTheirs(ValueError):
    """The identifier is of our own: what is typed here is changed here. `place` tells which of several values."""

    def __init__(self, place: int = 0) -> None:
        super().__init__(place)
        self.place = place


class SaysOtherwise(ValueError):
    """There is a value of that identifier, and it says something else: a correction is an update of it."""

    def __init__(self, place: int = 0) -> None:
        super().__init__(place)
        self.place = place


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


@dataclass(frozen=True, slots=True)
class Recorded:
    """A value's id outside, and whether it is new: the same again is found, not made twice."""

    logical_id: str
    is_new: bool


_RECORD = """
INSERT INTO records_observation
    (patient_id, source_system, source_id, code_system, code, measure, value, comparator, unit, answer, setting,
     measured_on, measured_at, status, version, performer_id, recorded_at, recorded_by)
SELECT sent.*, 1, %s, %s, %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::numeric[], %s::text[],
            %s::text[], %s::text[], %s::text[], %s::date[], %s::timestamptz[], %s::text[]) sent
ON CONFLICT DO NOTHING
RETURNING source_system, source_id, logical_id
"""


def record_sent(
    values: Sequence[tuple[int, Sent]], *, organization_id: int | None, by: int, at: datetime
) -> list[Recorded]:
    """Record values, each about a patient (by our own id), each once; one statement, however many they are.

    Raises NotTheirs and SaysOtherwise, which name the value that is meant; nothing is to be kept then.
    """
    for place, (_, sent) in enumerate(values):
        if sent.source_system.startswith(OURS):
            raise NotTheirs(place)
    rows = [_row(sent, 1, patient_id, organization_id, by, at) for patient_id, sent in values]
    # In one order, so that two who send the same values wait for each other, and never both.
    ordered = sorted(rows, key=lambda row: (row.source_system, row.source_id))
    columns = list(zip(*(_column_values(row) for row in ordered), strict=True))
    made = prepared.rows(_RECORD, [organization_id, at, by, *map(list, columns)]) if rows else []
    new = {(system, name): str(logical_id) for system, name, logical_id in made}
    found = []
    for place, row in enumerate(rows):
        logical_id = new.pop((row.source_system, row.source_id), None)
        found.append(Recorded(logical_id, True) if logical_id else _recorded_before(row, place))
    return found


def _recorded_before(row: Observation, place: int) -> Recorded:
    held = _held(row.source_system, row.source_id, row.patient_id)
    if held is None or _content(held) != _content(row):
        raise SaysOtherwise(place)
    return Recorded(str(held.logical_id), False)


def _column_values(row: Observation) -> tuple[object, ...]:
    return (
        row.patient_id, row.source_system, row.source_id, row.code_system, row.code, row.measure, row.value,
        row.comparator, row.unit, row.answer, row.setting, row.measured_on, row.measured_at, row.status,
    )  # fmt: skip


def correct_sent(
    sent: Sent, *, version: int, patient_id: int, organization_id: int | None, by: int, at: datetime
) -> bool:
    """Put a value's next version in place of the one that was corrected. Gives whether it says something new.

    Raises NotTheirs, HasChanged.
    """
    if sent.source_system.startswith(OURS):
        raise NotTheirs
    held = _held(sent.source_system, sent.source_id, patient_id)
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


def _held(system: str, name: str, patient_id: int) -> Observation | None:
    return Observation.objects.filter(
        source_system=system, source_id=name, patient_id=patient_id, superseded_at=None
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
