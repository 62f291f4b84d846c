"""A FHIR R4 Bundle of one patient: into the record that the engine evaluates, with a finding for all not used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from forloeb.fhir.clinical import read_condition, read_medication, read_observation
from forloeb.fhir.reading import Finding, NotFhir, Resource, named, parts, read_day, reference
from forloeb.guidelines.record import PatientRecord
from forloeb.kernel.identifiers import Sex

READ = frozenset({"Patient", "Observation", "Condition", "MedicationStatement", "MedicationRequest", "Medication"})


@dataclass(frozen=True, slots=True)
class ReadBundle:
    """The one patient's record, and what was found on the way."""

    record: PatientRecord
    findings: tuple[Finding, ...]


def read_bundle(bundle: object) -> ReadBundle:
    """Read a Bundle of one patient. Raises NotFhir when it is none, or holds no or several patients."""
    resources = list(resources_of(bundle))
    patients = [resource for _, resource in resources if resource.get("resourceType") == "Patient"]
    names = {
        name
        for address, resource in resources
        if resource.get("resourceType") == "Patient"
        for name in (named(resource), reference({"reference": address}))
    }
    if len(patients) != 1:
        raise NotFhir(f"the Bundle holds {len(patients)} patients; give one patient at a time")
    birth_date, sex = read_person(patients[0])
    if birth_date is None:
        raise NotFhir("the Patient has no birthDate")
    findings: list[Finding] = []
    held = _held(resources)
    measurements, conditions, medications = [], [], []
    for _, resource in resources:
        # A reference to an inner or a logical patient tells nothing; one to somebody else tells enough.
        subject = reference(resource.get("subject"))
        if subject is not None and not subject.startswith("#") and subject not in names:
            findings.append(Finding(named(resource), "is about somebody else than the Bundle's patient: not used"))
            continue
        match resource.get("resourceType"):
            case "Observation":
                read = read_observation(resource, findings)
                measurements += [one.measurement for one in read if one.measurement is not None]
            case "Condition":
                conditions += list(read_condition(resource, birth_date, findings))
            case "MedicationStatement" | "MedicationRequest":
                medication = read_medication(resource, held, findings)
                medications += [medication] if medication else []
            case kind if kind not in READ:
                findings.append(Finding(named(resource), f"{kind} is not looked at", is_fault=False))
    record = PatientRecord(birth_date, sex, tuple(measurements), tuple(conditions), tuple(medications))
    return ReadBundle(record, tuple(findings))


def resources_of(bundle: object) -> Iterator[tuple[str, Resource]]:
    """Give each resource of a Bundle with its full address. Raises NotFhir."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise NotFhir("not a FHIR Bundle: 'resourceType' is not 'Bundle'")
    entries = bundle.get("entry") or []
    if not isinstance(entries, list):
        raise NotFhir("Bundle.entry is not a list")
    for place, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise NotFhir(f"Bundle.entry[{place}] holds no resource")
        yield str(entry.get("fullUrl") or named(resource)), resource


def read_person(resource: Resource) -> tuple[date | None, Sex | None]:
    """Give a Patient's day of birth and administrative sex."""
    gender = resource.get("gender")
    return read_day(resource.get("birthDate")), Sex(gender) if gender in ("female", "male") else None


def _held(resources: list[tuple[str, Resource]]) -> dict[str, Resource]:
    """Find Medications by every way a statement may refer to them."""
    held = {}
    for address, resource in resources:
        if resource.get("resourceType") == "Medication":
            held[address] = held[named(resource)] = resource
        for inner in parts(resource.get("contained")):
            if "id" in inner:
                held[f"#{inner['id']}"] = inner
    return held
