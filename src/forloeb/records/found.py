"""What is on the record, one fact at a time and in every version, as other systems ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from forloeb.people.searching import Amount, Code, Condition, Day, Field, Link, Moment, Table, is_uuid


@dataclass(frozen=True, slots=True)
class Found:
    """One fact in one version: whose, where from, and since when it is known here. `is_current` until the next one."""

    id: UUID
    version: int
    patient: UUID
    patient_id: int
    source_system: str
    source_id: str
    code_system: str
    code: str
    recorded_at: datetime
    is_current: bool

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id}, version {self.version})"


@dataclass(frozen=True, slots=True, repr=False)
class FoundObservation(Found):
    """A value: a number in the measure's own unit, or a chosen answer. `measure` None: a code we do not know."""

    measure: str | None
    value: Decimal | None
    comparator: str | None
    unit: str | None
    answer: str | None
    setting: str
    measured_on: date
    measured_at: datetime | None
    performer_id: int | None
    status: str


@dataclass(frozen=True, slots=True, repr=False)
class FoundCondition(Found):
    """A diagnosis. `ended_on` is the first day it no longer holds."""

    clinical_status: str
    onset_on: date | None
    ended_on: date | None


@dataclass(frozen=True, slots=True, repr=False)
class FoundMedication(Found):
    """A medicine (`code` is its ATC code), from the first day to the day it stops."""

    started_on: date | None
    stopped_on: date | None


_FACT = (
    "f.logical_id, f.version, p.public_id, f.patient_id, f.source_system, f.source_id, f.code_system, f.code, "
    "f.recorded_at, f.superseded_at IS NULL"
)
_SHARED: dict[str, Field] = {
    "patient": Link("p.public_id", "Patient", is_uuid),
    "code": Code("f.code", "f.code_system"),
    "identifier": Code("f.source_id", "f.source_system"),
    "_lastUpdated": Moment("f.recorded_at"),
}


def _from(table: str) -> str:
    return f"{table} f JOIN people_patient p ON p.id = f.patient_id"


OBSERVATIONS = Table(
    source=_from("records_observation"),
    columns=f"{_FACT}, f.measure, f.value, f.comparator, f.unit, f.answer, f.setting, f.measured_on, f.measured_at, "
    "f.performer_id, f.status",
    read=FoundObservation,
    key="f.logical_id",
    order="f.measured_on DESC, f.recorded_at DESC, f.logical_id",
    updated="f.recorded_at",
    patient_id="f.patient_id",
    is_key=is_uuid,
    fields={
        **_SHARED,
        "date": Day("f.measured_on"),
        "value-quantity": Amount("f.value", "f.unit"),
        "setting": Code("f.setting"),
        "status": Code("f.status"),
    },
)
CONDITIONS = Table(
    source=_from("records_condition"),
    columns=f"{_FACT}, f.clinical_status, f.onset_on, f.ended_on",
    read=FoundCondition,
    key="f.logical_id",
    order="f.onset_on DESC NULLS LAST, f.logical_id",
    updated="f.recorded_at",
    patient_id="f.patient_id",
    is_key=is_uuid,
    fields={**_SHARED, "clinical-status": Code("f.clinical_status"), "onset-date": Day("f.onset_on")},
)
MEDICATION = Table(
    source=_from("records_medicationstatement"),
    columns=f"{_FACT}, f.started_on, f.stopped_on",
    read=FoundMedication,
    key="f.logical_id",
    order="f.started_on DESC NULLS LAST, f.logical_id",
    updated="f.recorded_at",
    patient_id="f.patient_id",
    is_key=is_uuid,
    fields={**_SHARED, "effective": Day("f.started_on")},
)
CURRENT = Condition("f.superseded_at IS NULL")
"""The version that holds; without it every version is found."""


def of_version(number: int) -> Condition:
    """Ask for one version of a fact."""
    return Condition("f.version = %s", (number,))


@dataclass(frozen=True, slots=True, repr=False)
class FoundResponse:
    """What a patient answered before a control, as the FHIR QuestionnaireResponse that is kept (`content`)."""

    id: int
    patient: UUID
    patient_id: int
    guideline: str
    authored_at: datetime
    content: Mapping[str, Any]

    @classmethod
    def read(cls, *row: Any) -> FoundResponse:
        """Read a row: PostgreSQL gives the content as text."""
        return cls(*[*row[:-1], orjson.loads(row[-1])])

    def __repr__(self) -> str:
        return f"FoundResponse({self.id})"


RESPONSES = Table(
    source="records_questionnaireresponse q JOIN people_patient p ON p.id = q.patient_id",
    columns="q.id, p.public_id, q.patient_id, q.questionnaire, q.authored_at, q.content",
    read=FoundResponse.read,
    key="q.id",
    order="q.authored_at DESC, q.id",
    updated="q.authored_at",
    patient_id="q.patient_id",
    fields={
        "patient": Link("p.public_id", "Patient", is_uuid),
        "authored": Moment("q.authored_at"),
        "_lastUpdated": Moment("q.authored_at"),
    },
)
ANSWERS_IN_FORCE = Condition("q.superseded_at IS NULL")
"""What was answered last for each control; a changed answer stands instead of the one before."""
