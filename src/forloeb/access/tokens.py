"""A bearer token becomes somebody: whose eyes it looks with, and what its scopes let be done through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, connections

from forloeb.access.grants import digest_of
from forloeb.access.scopes import Context, Granted, Permission, read_scopes
from forloeb.people.actions import LOADER
from forloeb.people.viewers import Viewer, ViewerKind

_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a token: the eyes it looks with, the app, and what the app was given.

    Everything is asked through `viewer`, so that a token never opens more than its person may see. A patient's token
    names the patient it is about, `patient_public_id`; a practitioner's and a system's do not.
    """

    viewer: Viewer
    granted: Granted
    client_id: str
    consent_id: int
    is_system: bool
    patient_public_id: UUID | None

    @property
    def contexts(self) -> frozenset[Context]:
        """The contexts that mean something for this holder."""
        if self.is_system:
            return frozenset({Context.SYSTEM})
        return frozenset({Context.PATIENT} if self.viewer.kind is ViewerKind.PATIENT else {Context.USER})

    def may(self, letter: str, resource_type: str) -> Permission:
        """Say whether one of `cruds` may be done to a type of resource, and to which of them."""
        return self.granted.may(letter, resource_type)

    def __repr__(self) -> str:
        return f"Holder({self.viewer!r}, consent {self.consent_id})"


_HOLDER = """
SELECT consent_id, client_id, app_kind, scope, viewer, login_id, name, organization_id, practitioner_id, role,
       patient_id, organization_name, is_authorized, patient_public_id
"""
_BY_TOKEN = _HOLDER + "FROM forloeb_token_holder(%s)"
_BY_CONSENT = _HOLDER + "FROM forloeb_consent_holder(%s)"


def find_holder(token: str) -> Holder | None:
    """Find who holds a token now; None once the token, its consent, its app or its person's work has ended."""
    if not token or len(token) > _LONGEST:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_BY_TOKEN, [digest_of(token)])
        row = cursor.fetchone()
    return _read(row) if row else None


def find_holder_by_consent(consent_id: int) -> Holder | None:
    """Find who an app would be now that works on while nobody asks; for the outbox's worker, with its own login."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute(_BY_CONSENT, [consent_id])
        row = cursor.fetchone()
    return _read(row) if row else None


def _read(row: tuple[Any, ...]) -> Holder:
    consent_id, client_id, app_kind, scope, kind, login_id, name, *rest = row
    organization_id, practitioner_id, role, patient_id, organization_name, is_authorized, public_id = rest
    viewer = Viewer(
        ViewerKind(kind),
        login_id,
        name,
        organization_id=organization_id,
        practitioner_id=practitioner_id,
        role=role,
        patient_id=patient_id,
        organization_name=organization_name,
        is_authorized=is_authorized,
    )
    return Holder(viewer, read_scopes(scope), client_id, consent_id, app_kind == "system", public_id)


def bearer_of(header: str) -> str:
    """Give the token of an Authorization header; empty where it is none."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
