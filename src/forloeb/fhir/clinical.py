"""FHIR R4 Observation, Condition and MedicationStatement: into measurements, diagnoses and medicines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeGuard

from forloeb.fhir.reading import Finding, Resource, codings, named, parts, read_day, read_moment, reference, status_code
from forloeb.guidelines.record import Condition, Measurement, Medication
from forloeb.kernel.codes import ATC, LOINC, Coding
from forloeb.kernel.periods import months_after
from forloeb.kernel.quantities import Comparator
from forloeb.terminology import Refusal, find_measure, read_value
from forloeb.terminology.measures import goal_codes

IGNORED = frozenset({"entered-in-error", "cancelled", "unknown"})
_NOT_TAKEN = frozenset({"entered-in-error", "not-taken", "cancelled", "draft", "intended"})
_NOT_SO = frozenset({"refuted", "entered-in-error"})
_BLOOD_PRESSURE_PANEL = Coding(LOINC, "85354-9")
_AT_HOME = {"sbp_clinic": "sbp_home", "dbp_clinic": "dbp_home"}


@dataclass(frozen=True, slots=True)
class ReadObservation:
    """One value of an Observation: what it measures, or, with `measure` None, a code kept as received."""

    source: str
    subject: str | None
    coding: Coding
    measurement: Measurement | None
    setting: str
    measured_on: date
    measured_at: datetime | None
    status: str


def is_taken_back(resource: Resource) -> bool:
    """Whether the source says that this never held: entered in error, cancelled, refuted."""
    return (
        str(resource.get("status")) in IGNORED | _NOT_TAKEN
        or status_code(resource.get("verificationStatus")) in _NOT_SO
    )


def read_observation(resource: Resource, findings: list[Finding]) -> Iterator[ReadObservation]:
    """Read an Observation: its own value, or that of each component. What cannot be used becomes a finding."""
    where = named(resource)
    status = str(resource.get("status"))
    if status in IGNORED:
        findings.append(Finding(where, f"status is {status}: not used", is_fault=False))
        return
    when = (
        resource.get("effectiveDateTime") or resource.get("effectiveInstant") or _end(resource.get("effectivePeriod"))
    )
    day = read_day(when)
    if day is None:
        findings.append(Finding(where, "has no day on which it was measured"))
        return
    components = list(parts(resource.get("component")))
    found = False
    for part in (resource, *components):
        if part is resource and components and not _has_value(resource):
            continue
        read = _read_part(part, resource, where, findings)
        if read is not None:
            found = True
            coding, measurement_of = read
            measurement, setting = measurement_of(day) if measurement_of else (None, "laboratory")
            yield ReadObservation(
                where,
                reference(resource.get("subject")),
                coding,
                measurement,
                setting,
                day,
                read_moment(when),
                status,
            )
    if not found and not findings:
        findings.append(Finding(where, "holds nothing that can be used"))


def _end(period: object) -> object:
    return (period.get("end") or period.get("start")) if isinstance(period, dict) else None


def _has_value(part: Resource) -> bool:
    return any(key.startswith("value") for key in part)


def _read_part(part: Resource, whole: Resource, where: str, findings: list[Finding]):  # type: ignore[no-untyped-def]
    coding = _coding(list(codings(part.get("code"))))
    if coding is None:
        findings.append(Finding(where, "has no code with a system"))
        return None
    if not _has_value(part):
        findings.append(Finding(where, "has no value"))
        return None
    try:
        read = read_value(coding, **_value(part))
    except (InvalidOperation, ValueError):
        findings.append(Finding(where, "has a value that cannot be read"))
        return None
    if isinstance(read, Refusal):
        findings.append(Finding(where, f"{coding.code}: {read.reason.en}", is_fault=not read.is_unknown_code))
        return (coding, None) if read.is_unknown_code else None
    findings += [Finding(where, f"{coding.code}: {note.en}", is_fault=read.is_implausible) for note in read.notes]
    at_home = _is_home(part) or _is_home(whole)
    measure = _AT_HOME.get(read.measure.id, read.measure.id) if at_home else read.measure.id
    setting = "home" if at_home and measure != read.measure.id else read.measure.setting

    def measurement(day: date) -> tuple[Measurement, str]:
        return Measurement(measure, day, read.quantity, read.answer, coding, where), setting

    return coding, measurement


def _coding(every: list[Coding]) -> Coding | None:
    """Choose the coding that says most: a goal's, for it is no measurement; then a Danish one, which knows home
    from clinic; then an international one; then whatever there is."""
    for goal in every:
        if goal in goal_codes():
            return goal
    known = [coding for coding in every if find_measure(coding)]
    return next((c for c in known if c.system != LOINC), next(iter(known or every), None))


def _is_home(part: Resource) -> bool:
    """Whether a device or method says that the value was measured at home."""
    words = [part.get("method"), part.get("bodySite")]
    for concept in words:
        if isinstance(concept, dict):
            said = [
                concept.get("text"),
                *(coding.get("display") for coding in parts(concept.get("coding"))),
            ]
            if any(isinstance(text, str) and ("hjemme" in text.lower() or "home" in text.lower()) for text in said):
                return True
    return False


def _value(part: Resource) -> dict[str, Any]:
    quantity = part.get("valueQuantity")
    if isinstance(quantity, dict):
        comparator = quantity.get("comparator")
        number = quantity.get("value")
        return {
            "value": None if number is None else Decimal(str(number)),
            "unit": _text(quantity.get("code")) or _text(quantity.get("unit")),
            "comparator": Comparator(comparator) if comparator else None,
        }
    if isinstance(part.get("valueInteger"), int):
        return {"value": Decimal(part["valueInteger"])}
    if isinstance(part.get("valueBoolean"), bool):
        return {"text": "ja" if part["valueBoolean"] else "nej"}
    concept = part.get("valueCodeableConcept")
    if isinstance(concept, dict):
        said = (_text(c.get("display")) or _text(c.get("code")) for c in parts(concept.get("coding")))
        return {"text": _text(concept.get("text")) or next(said, None)}
    return {"text": _text(part.get("valueString"))}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def read_condition(resource: Resource, birth_date: date | None, findings: list[Finding]) -> Iterator[Condition]:
    """Read a Condition: one for each coding. Refuted, erroneous and ended ones are noted and not used."""
    where = named(resource)
    verification, clinical = (
        status_code(resource.get("verificationStatus")),
        status_code(resource.get("clinicalStatus")),
    )
    if verification in _NOT_SO:
        findings.append(Finding(where, f"verification is {verification}: not used", is_fault=False))
        return
    found = list(codings(resource.get("code")))
    if not found:
        findings.append(Finding(where, "has no code with a system"))
    onset = _onset(resource, birth_date)
    ended = read_day(resource.get("abatementDateTime") or _end(resource.get("abatementPeriod")))
    if clinical in {"inactive", "remission", "resolved"} and ended is None:
        ended = read_day(resource.get("recordedDate")) or onset or date.min
    for coding in found:
        yield Condition(coding, onset, ended, where)


def _onset(resource: Resource, birth_date: date | None) -> date | None:
    period = resource.get("onsetPeriod")
    day = read_day(resource.get("onsetDateTime") or (period.get("start") if isinstance(period, dict) else None))
    age = resource.get("onsetAge")
    if day is None and isinstance(age, dict) and birth_date and _is_age(age.get("value")):
        months = {"mo": 1, "wk": 0.23, "d": 0.033}.get(str(age.get("code") or age.get("unit")), 12)
        day = months_after(birth_date, round(age["value"] * months))
    return day or read_day(resource.get("recordedDate"))


def _is_age(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and 0 <= value <= 1500


def read_medication(
    resource: Resource, contained: Mapping[str, Resource], findings: list[Finding]
) -> Medication | None:
    """Read a MedicationStatement or MedicationRequest with an ATC code; `contained` holds Medications by reference."""
    where = named(resource)
    status = str(resource.get("status"))
    if status in _NOT_TAKEN:
        findings.append(Finding(where, f"status is {status}: not used", is_fault=False))
        return None
    concept = resource.get("medicationCodeableConcept")
    if concept is None:
        held = contained.get(reference(resource.get("medicationReference")) or "")
        concept = held.get("code") if held else None
    atc = next((c.code for c in codings(concept) if c.system == ATC), None)
    if atc is None:
        findings.append(Finding(where, "has no ATC code"))
        return None
    period = resource.get("effectivePeriod")
    start = period.get("start") if isinstance(period, dict) else None
    started = read_day(start or resource.get("effectiveDateTime") or resource.get("authoredOn"))
    stopped = read_day(period.get("end")) if isinstance(period, dict) else None
    if status in {"completed", "stopped"} and stopped is None:
        stopped = read_day(resource.get("dateAsserted")) or started or date.min
    return Medication(atc, started, stopped, where)
