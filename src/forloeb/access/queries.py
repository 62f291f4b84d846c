"""Who is asking, and whom they may ask about. Each question about a patient leaves an entry in the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from forloeb.access import models, policies
from forloeb.audit import actions as log
from forloeb.audit.actions import Action
from forloeb.kernel.identifiers import Sex
from forloeb.people.viewers import Viewer, ViewerKind


@dataclass(frozen=True, slots=True)
class Workplace:
    """An organization that a practitioner can act for today."""

    organization_id: int
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom an identity belongs to, and for whom they may act."""

    login_id: int
    kind: models.LoginKind
    name: str
    practitioner_id: int | None
    patient_id: int | None
    workplaces: tuple[Workplace, ...]

    def viewer(self, organization_id: int | None = None) -> Viewer:
        """Give the viewer: the patient, or the practitioner at one of their workplaces (the first unless named).

        Raises NotForThisViewer when they do not work there.
        """
        if self.kind == models.LoginKind.PATIENT:
            return Viewer(ViewerKind.PATIENT, self.login_id, self.name, patient_id=self.patient_id)
        chosen = [w for w in self.workplaces if organization_id in (None, w.organization_id)]
        if not chosen:
            raise policies.NotForThisViewer
        return Viewer(
            ViewerKind.PRACTICE,
            self.login_id,
            self.name,
            organization_id=chosen[0].organization_id,
            practitioner_id=self.practitioner_id,
            role=chosen[0].role,
        )


_WORKPLACES = """
SELECT o.id, o.name, r.role
FROM people_practitionerrole r JOIN people_organization o ON o.id = r.organization_id
WHERE r.practitioner_id = %s AND r.valid_from <= %s AND (r.valid_until IS NULL OR r.valid_until > %s)
  AND (o.closed_on IS NULL OR o.closed_on > %s)
ORDER BY r.valid_from, o.id
"""


def find_login(issuer: str, subject: str, *, as_of: date) -> SignedIn | None:
    """Find whom an identity at an OpenID provider belongs to; None when we do not know it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """SELECT set_config('forloeb.signing_in_issuer', %s, true),
                      set_config('forloeb.signing_in_subject', %s, true)""",
            [issuer, subject],
        )
        login = models.Login.objects.filter(issuer=issuer, subject=subject).select_related("practitioner").first()
        if login is None:
            return None
        if login.patient_id is not None:
            cursor.execute("SELECT set_config('forloeb.patient_id', %s, true)", [str(login.patient_id)])
            patient = login.patient
            assert patient is not None
            return SignedIn(login.pk, models.LoginKind.PATIENT, patient.name, None, patient.pk, ())
        cursor.execute(_WORKPLACES, [login.practitioner_id, as_of, as_of, as_of])
        workplaces = tuple(Workplace(*row) for row in cursor.fetchall())
        assert login.practitioner is not None
        return SignedIn(
            login.pk,
            models.LoginKind.PRACTITIONER,
            login.practitioner.name,
            login.practitioner_id,
            None,
            workplaces,
        )


@dataclass(frozen=True, slots=True)
class OpenPatient:
    """A patient whom the viewer may see, and why."""

    id: int
    public_id: UUID
    cpr_number: str | None
    given_name: str
    family_name: str
    birth_date: date
    sex: Sex | None
    deceased_on: date | None
    rule: str

    @property
    def name(self) -> str:
        """The full name, as it is spoken."""
        return f"{self.given_name} {self.family_name}"

    def __repr__(self) -> str:
        return f"OpenPatient({self.id})"


_PATIENT = """
SELECT p.id, p.public_id, p.cpr_number, p.given_name, p.family_name, p.birth_date, p.sex, p.deceased_on
FROM people_patient p
WHERE {identity} AND (
    p.id = %s OR EXISTS (
        SELECT FROM people_practicemembership m
        WHERE m.patient_id = p.id AND m.organization_id = %s
          AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s)))
"""


def open_patient(public_id: UUID, *, seen_by: Viewer, as_of: date, event: str, action: Action = "read") -> OpenPatient:
    """Get a patient the viewer may see today, and write down that they looked. Raises NoCareRelation."""
    return _open("p.public_id = %s", public_id, seen_by=seen_by, as_of=as_of, event=event, action=action)


def open_own(*, seen_by: Viewer, as_of: date, event: str, action: Action = "read") -> OpenPatient:
    """Get the patient who is looking. Raises NotForThisViewer for everybody else."""
    policies.check_is_patient(seen_by)
    assert seen_by.patient_id is not None
    return _open("p.id = %s", seen_by.patient_id, seen_by=seen_by, as_of=as_of, event=event, action=action)


def find_by_cpr(cpr_number: str, *, seen_by: Viewer, as_of: date) -> OpenPatient | None:
    """Find a patient on the viewer's list by CPR number (ten digits); None when not on the list."""
    try:
        return _open("p.cpr_number = %s", cpr_number, seen_by=seen_by, as_of=as_of, event="search", action="read")
    except policies.NoCareRelation:
        return None


def _open(
    identity: str, value: UUID | int | str, *, seen_by: Viewer, as_of: date, event: str, action: Action
) -> OpenPatient:
    own = seen_by.patient_id if seen_by.kind is ViewerKind.PATIENT else None
    ours = seen_by.organization_id if seen_by.kind is ViewerKind.PRACTICE else None
    with connection.cursor() as cursor:
        cursor.execute(_PATIENT.format(identity=identity), [value, own, ours, as_of, as_of])
        row = cursor.fetchone()
    if row is None:
        raise policies.NoCareRelation
    rule = policies.rule_for(seen_by)
    note(seen_by, event=event, action=action, patient_id=row[0], rule=rule)
    patient_id, public_id, cpr_number, given, family, born, sex, died = row
    return OpenPatient(patient_id, public_id, cpr_number, given, family, born, Sex(sex) if sex else None, died, rule)


def note(
    viewer: Viewer,
    *,
    event: str,
    action: Action = "read",
    patient_id: int | None = None,
    rule: str | None = None,
    reason: str | None = None,
    data: str | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write in the log what the viewer did; whom a rule let in has come for treatment, or for their own sake."""
    log.append(
        action=action,
        event=event,
        viewer=viewer.kind.value,
        login_id=viewer.login_id,
        organization_id=viewer.organization_id,
        role=viewer.role,
        practitioner_id=viewer.practitioner_id,
        patient_id=patient_id,
        rule=rule,
        reason=reason or (_reason_for(viewer) if rule else None),
        data=data,
        detail=detail,
    )


def _reason_for(viewer: Viewer) -> str:
    if viewer.kind is ViewerKind.PATIENT:
        return "own"
    return "treatment" if viewer.practitioner_id is not None else "operation"
