"""What is served: for each type of resource where it comes from, how it is searched and how it is written.

The CapabilityStatement is made from this, so that it is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from forloeb.access import found as access
from forloeb.api.fhir.asked import Parameter
from forloeb.careplans import found as careplans
from forloeb.careplans.origins import ORIGINS
from forloeb.fhir.answers import response
from forloeb.fhir.served import people as people_as
from forloeb.fhir.served import plans as plans_as
from forloeb.fhir.served import records as records_as
from forloeb.fhir.served.consents import consent
from forloeb.fhir.served.origins import provenance
from forloeb.fhir.served.parts import DK_CORE, JsonObject
from forloeb.people import found as people
from forloeb.people.searching import Condition, Link, Table, find
from forloeb.records import found as records


@dataclass(frozen=True, slots=True)
class Served:
    """One type of resource. `write` makes the resource of a row; `links` give what an include may follow.

    `holds` asks for what there is now; without it, a table with versions gives them all. `of_version` asks for one.
    `is_whole`: a row is all that the resource is made of.
    """

    kind: str
    table: Table
    write: Callable[[Any], JsonObject]
    parameters: Mapping[str, Parameter]
    links: Mapping[str, Callable[[Any], tuple[str, object] | None]] = field(default_factory=dict)
    holds: tuple[Condition, ...] = ()
    of_version: Callable[[int], Condition] | None = None
    profile: str = ""
    is_whole: bool = True

    def points_at(self, name: str, kind: str) -> bool:
        """Whether a parameter asks for what refers to resources of a kind."""
        parameter = self.parameters.get(name)
        return parameter is not None and any(isinstance(f, Link) and f.kind == kind for f in parameter.fields)

    @property
    def is_about_patients(self) -> bool:
        """Whether a patient must be opened first."""
        return bool(self.table.patient_id)


def _parameter(kind: Any, table: Table, *names: str, is_personal: bool = False) -> Parameter:
    return Parameter(kind, tuple(table.fields[name] for name in names), is_personal)


def _patient_of(row: Any) -> tuple[str, object]:
    return "Patient", row.patient


def _organization_of(name: str) -> Callable[[Any], tuple[str, object] | None]:
    def organization(row: Any) -> tuple[str, object] | None:
        found = getattr(row, name)
        return ("Organization", found) if found else None

    return organization


def _about_patient(table: Table, *names: str) -> dict[str, Parameter]:
    found = {name: _parameter("reference", table, "patient") for name in names or ("patient", "subject")}
    if "_lastUpdated" in table.fields:
        found["_lastUpdated"] = _parameter("date", table, "_lastUpdated")
    return found


_SUBJECT = {"patient": _patient_of, "subject": _patient_of}


def _fact(kind: str, table: Table, write: Callable[[Any], JsonObject], **parameters: Parameter) -> Served:
    return Served(
        kind,
        table,
        write,
        {
            **_about_patient(table),
            "code": _parameter("token", table, "code"),
            "identifier": _parameter("token", table, "identifier"),
            **{name.replace("_", "-"): one for name, one in parameters.items()},
        },
        links=_SUBJECT,
        holds=(records.CURRENT,),
        of_version=records.of_version,
        profile="" if kind == "MedicationStatement" else f"{DK_CORE}dk-core-{kind.lower()}",
    )


def _care_plan(row: Any) -> JsonObject:
    about = Condition("p.public_id = %s", (row.patient,))
    goals = find(careplans.GOALS, [about, Condition("g.ended_at IS NULL")])
    activities = find(careplans.ACTIVITIES, [about, Condition("a.ended_at IS NULL")])
    return plans_as.care_plan(row, goals, activities)


_OBSERVATION = _fact(
    "Observation",
    records.OBSERVATIONS,
    records_as.observation,
    date=_parameter("date", records.OBSERVATIONS, "date"),
    value_quantity=_parameter("quantity", records.OBSERVATIONS, "value-quantity"),
    status=_parameter("token", records.OBSERVATIONS, "status"),
)


def _origin_of(row: Any) -> tuple[str, object]:
    return ("Goal", row.goal) if row.plan is None else ("CarePlan", row.plan)


_PRACTICE_OF_PATIENT = {"general-practitioner": _organization_of("practice_id")}

EVERY = (
    Served(
        "Patient",
        people.PATIENTS,
        people_as.patient,
        {
            "identifier": _parameter("token", people.PATIENTS, "identifier", is_personal=True),
            "family": _parameter("string", people.PATIENTS, "family", is_personal=True),
            "given": _parameter("string", people.PATIENTS, "given", is_personal=True),
            "name": _parameter("string", people.PATIENTS, "name", is_personal=True),
            "birthdate": _parameter("date", people.PATIENTS, "birthdate", is_personal=True),
            "gender": _parameter("token", people.PATIENTS, "gender"),
        },
        links=_PRACTICE_OF_PATIENT,
        profile=f"{DK_CORE}dk-core-patient",
    ),
    _OBSERVATION,
    _fact(
        "Condition",
        records.CONDITIONS,
        records_as.condition,
        clinical_status=_parameter("token", records.CONDITIONS, "clinical-status"),
        onset_date=_parameter("date", records.CONDITIONS, "onset-date"),
    ),
    _fact(
        "MedicationStatement",
        records.MEDICATION,
        records_as.medication_statement,
        effective=_parameter("date", records.MEDICATION, "effective"),
    ),
    Served(
        "CarePlan",
        careplans.PLANS,
        _care_plan,
        {
            **_about_patient(careplans.PLANS),
            "status": _parameter("token", careplans.PLANS, "status"),
            "category": _parameter("token", careplans.PLANS, "category"),
            "date": _parameter("date", careplans.PLANS, "date"),
        },
        links=_SUBJECT,
        holds=(careplans.NEWEST,),
        of_version=careplans.of_version,
        is_whole=False,
    ),
    Served(
        "Goal",
        careplans.GOALS,
        plans_as.goal,
        {
            **_about_patient(careplans.GOALS),
            "lifecycle-status": _parameter("token", careplans.GOALS, "lifecycle-status"),
            "start-date": _parameter("date", careplans.GOALS, "start-date"),
        },
        links=_SUBJECT,
    ),
    Served(
        "Task",
        careplans.ACTIVITIES,
        plans_as.task,
        {
            **_about_patient(careplans.ACTIVITIES),
            "status": _parameter("token", careplans.ACTIVITIES, "status"),
            "authored-on": _parameter("date", careplans.ACTIVITIES, "authored-on"),
        },
        links=_SUBJECT,
        holds=(careplans.AGREEMENTS,),
    ),
    Served(
        "CommunicationRequest",
        careplans.ACTIVITIES,
        plans_as.communication_request,
        {
            **_about_patient(careplans.ACTIVITIES),
            "status": _parameter("token", careplans.ACTIVITIES, "status"),
            "authored": _parameter("date", careplans.ACTIVITIES, "authored-on"),
        },
        links=_SUBJECT,
        holds=(careplans.REMINDERS,),
    ),
    Served(
        "ServiceRequest",
        access.REFERRALS,
        plans_as.service_request,
        {
            **_about_patient(access.REFERRALS),
            "status": _parameter("token", access.REFERRALS, "status"),
            "performer": _parameter("reference", access.REFERRALS, "performer"),
            "requester": _parameter("reference", access.REFERRALS, "requester"),
            "authored": _parameter("date", access.REFERRALS, "authored"),
        },
        links={
            **_SUBJECT,
            "performer": _organization_of("organization_id"),
            "requester": _organization_of("from_organization_id"),
        },
    ),
    Served(
        "QuestionnaireResponse",
        records.RESPONSES,
        response,
        {**_about_patient(records.RESPONSES), "authored": _parameter("date", records.RESPONSES, "authored")},
        links=_SUBJECT,
        holds=(records.ANSWERS_IN_FORCE,),
    ),
    Served(
        "Provenance",
        ORIGINS,
        provenance,
        {
            **_about_patient(ORIGINS, "patient"),
            "target": _parameter("reference", ORIGINS, "plan", "goal"),
            "recorded": _parameter("date", ORIGINS, "recorded"),
        },
        links={"patient": _patient_of, "target": _origin_of},
    ),
    Served(
        "Consent",
        access.CONSENTS,
        consent,
        {
            **_about_patient(access.CONSENTS, "patient"),
            "status": _parameter("token", access.CONSENTS, "status"),
            "date": _parameter("date", access.CONSENTS, "date"),
        },
        links={"patient": _patient_of},
    ),
    Served(
        "Organization",
        people.ORGANIZATIONS,
        people_as.organization,
        {
            "name": _parameter("string", people.ORGANIZATIONS, "name"),
            "identifier": _parameter("token", people.ORGANIZATIONS, "sor", "yder"),
        },
        profile=f"{DK_CORE}dk-core-organization",
    ),
    Served(
        "Practitioner",
        people.PRACTITIONERS,
        people_as.practitioner,
        {
            "name": _parameter("string", people.PRACTITIONERS, "name"),
            "identifier": _parameter("token", people.PRACTITIONERS, "identifier"),
        },
        profile=f"{DK_CORE}dk-core-practitioner",
    ),
    Served(
        "PractitionerRole",
        people.ROLES,
        people_as.role,
        {
            "practitioner": _parameter("reference", people.ROLES, "practitioner"),
            "organization": _parameter("reference", people.ROLES, "organization"),
        },
        links={
            "practitioner": lambda row: ("Practitioner", row.practitioner_id),
            "organization": _organization_of("organization_id"),
        },
        profile=f"{DK_CORE}dk-core-practitioner-role",
    ),
)
SERVED: Mapping[str, Served] = {one.kind: one for one in EVERY}
