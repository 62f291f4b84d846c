"""Who is signing in, and whose eyes they can look with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from forloeb.access import models, policies
from forloeb.people.models import OrganizationKind, Patient
from forloeb.people.viewers import Viewer, ViewerKind

OTHER_SECTORS = frozenset({OrganizationKind.MUNICIPALITY.value, OrganizationKind.HOSPITAL.value})
"""Whose staff have no patient list: they read a plan by a referral or a stated reason."""
NATIONAL_ROLE = "nspSundAssistR2"
"""Stands in for an authorization: a health worker who acts on an authorized person's responsibility."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """An organization that a practitioner can act for today."""

    organization_id: int
    name: str
    role: str
    kind: str = OrganizationKind.GENERAL_PRACTICE.value
    is_authorized: bool = False


@dataclass(frozen=True, slots=True)
class ReadsFor:
    """A patient whose plan this person reads by proxy."""

    patient_id: int
    name: str

    def __repr__(self) -> str:
        return f"ReadsFor({self.patient_id})"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom an identity belongs to, and for whom they may act."""

    login_id: int
    kind: models.LoginKind
    name: str
    practitioner_id: int | None
    patient_id: int | None
    workplaces: tuple[Workplace, ...]
    reads_for: tuple[ReadsFor, ...] = ()

    @property
    def ways(self) -> int:
        """How many ways there are to look: workplaces, the own plan, and each plan read by proxy."""
        return len(self.workplaces) + (self.patient_id is not None) + len(self.reads_for)

    def viewer(self, organization_id: int | None = None, reads_for: int | None = None) -> Viewer:
        """Give the viewer: a practitioner at a workplace, the patient, or whom they read for.

        Without a choice the first workplace, else the own plan, else the first proxy. Raises NotForThisViewer when
        they do not work there, or have no proxy for that patient.
        """
        if self.kind == models.LoginKind.PRACTITIONER:
            return self._at_work(organization_id)
        if self.patient_id is not None and reads_for in (None, self.patient_id):
            return Viewer(ViewerKind.PATIENT, self.login_id, self.name, patient_id=self.patient_id)
        chosen = [one for one in self.reads_for if reads_for in (None, one.patient_id)]
        if not chosen:
            raise policies.NotForThisViewer
        return Viewer(ViewerKind.PROXY, self.login_id, self.name, patient_id=chosen[0].patient_id)

    def _at_work(self, organization_id: int | None) -> Viewer:
        chosen = [w for w in self.workplaces if organization_id in (None, w.organization_id)]
        if not chosen:
            raise policies.NotForThisViewer
        place = chosen[0]
        return Viewer(
            ViewerKind.PROFESSIONAL if place.kind in OTHER_SECTORS else ViewerKind.PRACTICE,
            self.login_id,
            self.name,
            organization_id=place.organization_id,
            practitioner_id=self.practitioner_id,
            role=place.role,
            organization_name=place.name,
            is_authorized=place.is_authorized,
        )


_WORKPLACES = """
SELECT o.id, o.name, r.role, o.kind, p.authorization_id IS NOT NULL OR r.national_role = %s
FROM people_practitionerrole r
JOIN people_organization o ON o.id = r.organization_id
JOIN people_practitioner p ON p.id = r.practitioner_id
WHERE r.practitioner_id = %s AND r.valid_from <= %s AND (r.valid_until IS NULL OR r.valid_until > %s)
  AND (o.closed_on IS NULL OR o.closed_on > %s)
ORDER BY r.valid_from, o.id
"""
_PROXIES = """
SELECT x.patient_id FROM access_proxy x
WHERE x.holder_id = %s AND x.withdrawn_at IS NULL AND x.valid_from <= %s AND x.valid_until > %s
ORDER BY x.id
"""


def find_login(issuer: str, subject: str, *, as_of: date) -> SignedIn | None:
    """Find whom an identity at an OpenID provider belongs to; None when we do not know it."""
    with transaction.atomic(), connection.cursor() as cursor:
        _tell(cursor, signing_in_issuer=issuer, signing_in_subject=subject)
        login = models.Login.objects.filter(issuer=issuer, subject=subject).select_related("practitioner").first()
        if login is None:
            return None
        if login.practitioner is not None:
            cursor.execute(_WORKPLACES, [NATIONAL_ROLE, login.practitioner_id, as_of, as_of, as_of])
            places = tuple(Workplace(*row) for row in cursor.fetchall())
            return SignedIn(
                login.pk, models.LoginKind.PRACTITIONER, login.practitioner.name, login.practitioner_id, None, places
            )
        _tell(cursor, login_id=str(login.pk), patient_id=str(login.patient_id or ""))
        # The dead are nobody here: the second lock shows them nothing, not even themselves.
        patient = Patient.objects.filter(pk=login.patient_id).first() if login.patient_id else None
        if login.patient_id and patient is None:
            return None
        name = patient.name if patient else login.name
        reads_for = _reads_for(cursor, login.pk, as_of)
        return SignedIn(login.pk, models.LoginKind(login.kind), name, None, login.patient_id, (), reads_for)


def _reads_for(cursor: Any, login_id: int, as_of: date) -> tuple[ReadsFor, ...]:
    """Give those whose plans a person reads by proxy today. The names come through the second lock, one by one."""
    found = []
    cursor.execute(_PROXIES, [login_id, as_of, as_of])
    for (patient_id,) in cursor.fetchall():
        _tell(cursor, viewer=ViewerKind.PROXY.value, proxied_patient_id=str(patient_id))
        cursor.execute("SELECT given_name || ' ' || family_name FROM people_patient WHERE id = %s", [patient_id])
        if row := cursor.fetchone():
            found.append(ReadsFor(patient_id, row[0]))
    return tuple(dict.fromkeys(found))


def _tell(cursor: Any, **settings: str) -> None:
    for name, text in settings.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [f"forloeb.{name}", text])
