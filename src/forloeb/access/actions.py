"""Giving people a way in."""

from __future__ import annotations

from forloeb.access.models import Login, LoginKind
from forloeb.people.actions import LOADER
from forloeb.people.models import Patient, Practitioner


def give_login(
    *, issuer: str, subject: str, practitioner: Practitioner | None = None, patient: Patient | None = None
) -> Login:
    """Tie an identity at an OpenID provider to a practitioner or a patient; an identity is one person's for good."""
    login, _ = Login.objects.using(LOADER).get_or_create(
        issuer=issuer,
        subject=subject,
        defaults={
            "kind": LoginKind.PATIENT if patient else LoginKind.PRACTITIONER,
            "practitioner": practitioner,
            "patient": patient,
        },
    )
    return login
