"""What is known of a patient, as the engine and the pages ask for it. Plain SQL: this is on the hot path."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connections

from forloeb.guidelines.record import Condition, Measurement, Medication, PatientRecord
from forloeb.kernel.codes import Coding
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.quantities import Comparator, Quantity
from forloeb.people import prepared

_OBSERVATIONS = """
SELECT patient_id, measure, measured_on, trim_scale(value), unit, comparator, answer, code_system, code, id
FROM records_observation
WHERE patient_id = ANY(%s) AND superseded_at IS NULL AND status <> 'entered-in-error' AND measure IS NOT NULL
  AND measured_on <= %s
ORDER BY patient_id, measured_on, id
"""
_CONDITIONS = """
SELECT patient_id, code_system, code, onset_on, ended_on, id
FROM records_condition
WHERE patient_id = ANY(%s) AND superseded_at IS NULL AND clinical_status = 'active'
"""
_MEDICATION = """
SELECT patient_id, code, started_on, stopped_on, id
FROM records_medicationstatement
WHERE patient_id = ANY(%s) AND superseded_at IS NULL
"""

_COMPARATORS = {None: None} | {c.value: c for c in Comparator}


def get_record(patient_id: int, *, birth_date: date, sex: Sex | None, as_of: date) -> PatientRecord:
    """Give all that is known of one patient up to and including a day."""
    return get_records([(patient_id, birth_date, sex)], as_of=as_of)[patient_id]


def get_records(patients: Sequence[tuple[int, date, Sex | None]], *, as_of: date) -> dict[int, PatientRecord]:
    """Give the records of several patients (id, birth date, sex) in three questions."""
    ids = [patient_id for patient_id, _, _ in patients]
    measurements = _by_patient(_OBSERVATIONS, [ids, as_of], _measurement)
    conditions = _by_patient(_CONDITIONS, [ids], _condition)
    medications = _by_patient(_MEDICATION, [ids], _medication)
    return {
        patient_id: PatientRecord(
            birth_date, sex, measurements[patient_id], conditions[patient_id], medications[patient_id]
        )
        for patient_id, birth_date, sex in patients
    }


def _by_patient(sql: str, parameters: list[Any], read: Any) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in prepared.rows(sql, parameters):
        found[row[0]].append(read(row))
    return found


def _measurement(row: tuple[Any, ...]) -> Measurement:
    _, measure, measured_on, value, unit, comparator, answer, system, code, pk = row
    quantity = None if value is None else Quantity(value, unit, _COMPARATORS[comparator])
    return Measurement(measure, measured_on, quantity, answer, Coding(system, code), f"Observation/{pk}")


def _condition(row: tuple[Any, ...]) -> Condition:
    _, system, code, onset_on, ended_on, pk = row
    return Condition(Coding(system, code), onset_on, ended_on, f"Condition/{pk}")


def _medication(row: tuple[Any, ...]) -> Medication:
    _, code, started_on, stopped_on, pk = row
    return Medication(code, started_on, stopped_on, f"MedicationStatement/{pk}")


def latest_number(record: PatientRecord, measure: str) -> Decimal | None:
    """Give the newest exact number of a measure; None where there is none."""
    found = [
        (m.measured_on, m.quantity.value)
        for m in record.measurements
        if m.measure == measure and m.quantity is not None and m.quantity.comparator is None
    ]
    return max(found)[1] if found else None


def series(record: PatientRecord, measures: Iterable[str]) -> dict[str, list[Measurement]]:
    """Give each measure's numbers in the order of time, for graphs."""
    wanted: dict[str, list[Measurement]] = {measure: [] for measure in measures}
    for measurement in record.measurements:
        if measurement.measure in wanted and measurement.quantity is not None:
            wanted[measurement.measure].append(measurement)
    return wanted


class HeldCondition(NamedTuple):
    """A diagnosis on the record, and until when we held it for true."""

    coding: Coding
    onset_on: date | None
    ended_on: date | None
    superseded_at: datetime | None


_HELD_CONDITIONS = """
SELECT code_system, code, onset_on, ended_on, superseded_at FROM records_condition
WHERE patient_id = %s AND clinical_status = 'active' ORDER BY onset_on NULLS FIRST, id
"""


def held_conditions(patient_id: int, *, using: str = "default") -> list[HeldCondition]:
    """Give every diagnosis that was ever on a patient's record, the oldest first, also those corrected since."""
    with connections[using].cursor() as cursor:
        cursor.execute(_HELD_CONDITIONS, [patient_id])
        return [HeldCondition(Coding(row[0], row[1]), *row[2:]) for row in cursor.fetchall()]


def get_received(received_id: int, *, using: str = "default") -> bytes:
    """Give what was received as it came. Raises LookupError for what the viewer may not see."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT body FROM records_received WHERE id = %s", [received_id])
        row = cursor.fetchone()
    if row is None:
        raise LookupError(received_id)
    return zlib.decompress(row[0])
