"""Giving people a way in, and writing down when they come and go."""

from __future__ import annotations

from forloeb.access.models import Login, LoginKind
from forloeb.access.queries import note
from forloeb.audit import actions as log
from forloeb.people.actions import LOADER
from forloeb.people.models import Patient, Practitioner
from forloeb.people.viewers import Viewer, looking


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


def note_signed_in(viewer: Viewer) -> None:
    """Write in the log that someone came in, and for whom they act."""
    with looking(viewer):
        note(viewer, event="sign-in")


def note_refused_code(issuer: str) -> None:
    """Write in the log that someone typed a code that nobody gave."""
    log.append(action="refused", event="proxy-code", viewer="nobody", detail={"issuer": issuer})


def note_signed_out(viewer: Viewer) -> None:
    """Write in the log that someone went out."""
    with looking(viewer):
        note(viewer, event="sign-out")
