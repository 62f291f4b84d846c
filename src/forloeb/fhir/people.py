"""FHIR R4 Patient and Organization: into the rows that the people room takes in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from forloeb.fhir.reading import Resource, identifier, parts, read_day, reference
from forloeb.kernel.identifiers import CPR, D_ECPR, SOR, X_ECPR, YDERNUMMER, CprNumber, NotACprNumber
from forloeb.people.intake import MembershipIn, OrganizationIn, PatientIn

LIST_MEMBERSHIP = "urn:forloeb:fhir:list-membership"
"""Our own extension: a stretch of time on a practice's list. Without it, `generalPractitioner` is today's."""


class BadResource(ValueError):
    """A resource that cannot be used; the text says why, without repeating what it says."""


def read_patient(resource: Resource, line: int) -> PatientIn:
    """Read a Patient. Raises BadResource."""
    number, replacement = _numbers(resource)
    birth_date = read_day(resource.get("birthDate"))
    if birth_date is None:
        raise BadResource("the patient has no birthDate")
    if number is None and replacement is None:
        raise BadResource("the patient has neither a CPR number nor a replacement number")
    if replacement is not None and len(replacement) > 64:
        raise BadResource("the replacement number is longer than 64 characters")
    given, family = _name(resource)
    gender = resource.get("gender")
    died = read_day(resource.get("deceasedDateTime"))
    if died is not None and died < birth_date:
        raise BadResource("the patient is said to have died before they were born")
    return PatientIn(
        line,
        _id(resource),
        number,
        replacement,
        given,
        family,
        birth_date,
        gender if gender in ("female", "male") else None,
        died,
        _is_protected(resource),
    )


_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


def _is_protected(resource: Resource) -> bool:
    """Whether name and address are protected in the CPR register: `meta.security` R (restricted) or V."""
    meta = resource.get("meta")
    marks = parts(meta.get("security")) if isinstance(meta, dict) else ()
    return any(mark.get("system") == _CONFIDENTIALITY and mark.get("code") in ("R", "V") for mark in marks)


def _id(resource: Resource) -> str:
    if not isinstance(resource.get("id"), str):
        raise BadResource("the resource has no id")
    return str(resource["id"])


def _numbers(resource: Resource) -> tuple[str | None, str | None]:
    cpr = identifier(resource, CPR)
    replacement = identifier(resource, X_ECPR) or identifier(resource, D_ECPR)
    if replacement is None:
        # D-eCPR numbers stand in a system of their own for each region, below one root.
        replacement = next(
            (
                str(one["value"])
                for one in parts(resource.get("identifier"))
                if str(one.get("system", "")).startswith(D_ECPR) and one.get("value")
            ),
            None,
        )
    if cpr is None:
        return None, replacement
    try:
        return CprNumber.read(cpr).digits, replacement
    except NotACprNumber:
        raise BadResource("the CPR number is not one: ten digits that begin with a day and a month") from None


def _name(resource: Resource) -> tuple[str, str]:
    names = list(parts(resource.get("name")))
    official = next((name for name in names if name.get("use") == "official"), names[0] if names else {})
    first = official.get("given")
    given, family = " ".join(map(str, first if isinstance(first, list) else ())), str(official.get("family") or "")
    if not family:
        words = str(official.get("text") or "").split()
        given, family = " ".join(words[:-1]), words[-1] if words else "?"
    return given[:120], family[:120]


def read_memberships(resource: Resource, ydernumre: dict[str, str]) -> Iterator[MembershipIn]:
    """Give a Patient's list memberships; `ydernumre` tells each organization's number by its reference."""
    told = False
    for extension in parts(resource.get("extension")):
        if extension.get("url") != LIST_MEMBERSHIP:
            continue
        told = True
        inner = {str(part.get("url")): part for part in parts(extension.get("extension"))}
        practice = ydernumre.get(reference(inner.get("organization", {}).get("valueReference")) or "")
        began, ended = _period(inner.get("period", {}))
        if practice and began:
            if ended is not None and ended <= began:
                raise BadResource("a stretch on a practice's list ends before it begins")
            yield MembershipIn(_id(resource), practice, began, ended)
    if told:
        return
    for practitioner in parts(resource.get("generalPractitioner")):
        number = _ydernummer_of(practitioner) or ydernumre.get(reference(practitioner) or "")
        if number:
            yield MembershipIn(_id(resource), number, _since(resource), None)
            return


def _period(holder: Resource) -> tuple[date | None, date | None]:
    period = holder.get("valuePeriod")
    return (read_day(period.get("start")), read_day(period.get("end"))) if isinstance(period, dict) else (None, None)


def _ydernummer_of(practitioner: Resource) -> str | None:
    one = practitioner.get("identifier")
    if isinstance(one, dict) and one.get("system") == YDERNUMMER:
        return str(one.get("value"))
    return None


def _since(resource: Resource) -> date:
    """A membership whose beginning is not told holds since birth: it hides nothing that was measured before."""
    return read_day(resource.get("birthDate")) or date(1900, 1, 1)


_KINDS = "urn:forloeb:organization-kind"
_PRACTICES = ("general-practice", "regional-clinic", "tender-clinic")
_OTHER_SECTORS = ("municipality", "hospital")
_TYPES = "urn:forloeb:practice-type"


def read_organization(resource: Resource, doctors: int | None) -> OrganizationIn:
    """Read an Organization: a practice with a ydernummer, a municipality or a hospital with a SOR code.

    Raises BadResource.
    """
    number, sor = identifier(resource, YDERNUMMER), identifier(resource, SOR)
    if sor is not None and len(sor) > 18:
        raise BadResource("the SOR number is longer than 18 characters")
    types = {
        str(coding.get("system")): str(coding.get("code"))
        for concept in parts(resource.get("type"))
        for coding in parts(concept.get("coding"))
    }
    kind = types.get(_KINDS, "general-practice")
    if kind not in _PRACTICES + _OTHER_SECTORS:
        raise BadResource(f"the organization's kind is none of {', '.join(_PRACTICES + _OTHER_SECTORS)}")
    if number is None and (kind in _PRACTICES or sor is None):
        raise BadResource("the organization has no ydernummer; a municipality or a hospital has a SOR code instead")
    address = next(parts(resource.get("address")), {})
    phone = next((str(t.get("value")) for t in parts(resource.get("telecom")) if t.get("system") == "phone"), "")
    return OrganizationIn(
        number[:6] if number else None,
        sor,
        str(resource.get("name") or "?")[:200],
        kind,
        types.get(_TYPES, "")[:4],
        str(address.get("state") or "")[:32],
        doctors,
        phone[:32],
        _closed_on(resource),
    )


def _closed_on(resource: Resource) -> date | None:
    for extension in parts(resource.get("extension")):
        if str(extension.get("url", "")).endswith("organization-period"):
            return _period(extension)[1]
    return None
