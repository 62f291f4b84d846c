"""Whom a call is about: what was sent with it, read as `forloeb evaluate` reads it, and what we know ourselves.

What was sent suffices when it is whole; then it is the record. Where it is not, our own record is used for a patient on
the practice's list. What is left is not known, and a card says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forloeb.access.queries import OpenPatient, find_on_list
from forloeb.api.cds.calls import BadCall, Call
from forloeb.careplans.control import Control
from forloeb.careplans.engine import library_on
from forloeb.careplans.queries import build_control, record_of
from forloeb.fhir.bundle import read_bundle
from forloeb.fhir.people import BadResource, read_patient
from forloeb.fhir.reading import NotFhir
from forloeb.guidelines.record import PatientRecord
from forloeb.guidelines.results import Evaluation
from forloeb.people.viewers import Viewer

EVENT = "decision-support"


@dataclass(frozen=True, slots=True)
class Subject:
    """The patient of a call, as far as they are known."""

    as_of: date
    patient: OpenPatient | None
    """Our own patient, where they are on the practice's list."""
    record: PatientRecord | None
    """What is known of them; None where too little was sent and they are not ours."""
    lacks: tuple[str, ...]
    """What was not sent, or not wholly, and our own record did not make up for."""
    unread: int
    """How many of the things that were sent could not be used."""

    @property
    def is_ours(self) -> bool:
        """Whether the patient is on the practice's list."""
        return self.patient is not None

    def control(self) -> Control | None:
        """Give what the control page would show; None for somebody who is not ours."""
        if self.patient is None or self.record is None:
            return None
        return build_control(self.patient, as_of=self.as_of, record=self.record)

    def evaluation(self) -> Evaluation | None:
        """Give what the guidelines say; None where too little is known."""
        return None if self.record is None else library_on(self.as_of).evaluate(self.record, self.as_of)


def subject_of(call: Call, *, seen_by: Viewer, as_of: date) -> Subject:
    """Find out whom a call is about. Raises BadCall where what was sent is not what it should be."""
    patient = find_on_list(number, seen_by=seen_by, as_of=as_of, event=EVENT) if (number := _number(call)) else None
    if not call.lacks:
        try:
            read = read_bundle(call.bundle())
        except NotFhir as fault:
            raise BadCall("prefetch", str(fault)) from None
        return Subject(as_of, patient, read.record, (), sum(1 for one in read.findings if one.is_fault))
    record = record_of(patient, as_of=as_of) if patient else None
    return Subject(as_of, patient, record, () if patient else call.lacks, 0)


def _number(call: Call) -> str | None:
    """Give the patient's CPR or replacement number, as their record system has it."""
    if call.patient is None:
        return None
    try:
        found = read_patient(call.patient, 0)
    except BadResource:
        return None
    return found.cpr_number or found.replacement_id
