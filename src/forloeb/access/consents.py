"""Saying yes to an app, seeing what was said yes to, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from oauth2_provider.models import Application

from forloeb.access import grants, policies
from forloeb.access.models import AppRegistration, Consent
from forloeb.access.queries import note
from forloeb.access.scopes import Context, Granted, read_scopes
from forloeb.people.viewers import STAFF, Viewer, ViewerKind


class AsksForNothing(Exception):
    """Nothing that the app asks for can be given by this person."""

    def __init__(self) -> None:
        super().__init__("nothing that the app asks for can be given by this person")


class NoSuchConsent(LookupError):
    """The person has no such consent, or has taken it back already."""

    def __init__(self) -> None:
        super().__init__("no such consent of this person")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app asks a person for: who makes the app, what it may do, and until when."""

    client_id: str
    name: str
    publisher: str
    granted: Granted
    given_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """An app that a person has said yes to."""

    id: int
    name: str
    publisher: str
    granted: Granted
    given_at: datetime
    ends_at: datetime


_ONE_VISIT = timedelta(minutes=10)
"""How long a yes lasts for an app that does not ask to come back: as long as its one token."""


def ask(client_id: str, scopes: str, *, of: Viewer, at: datetime) -> Asked:
    """Say what an app asks this person for, less what is not theirs to give. Raises AsksForNothing.

    Raises NotForThisViewer for a relative: only the patient decides which apps see the plan.
    """
    if of.kind is ViewerKind.PROXY:
        raise policies.NotForThisViewer
    held = AppRegistration.objects.select_related("application").get(application__client_id=client_id)
    wanted = read_scopes(scopes).within(read_scopes(held.scopes)).for_contexts(_contexts(of))
    if not wanted.scopes:
        raise AsksForNothing
    ends_at = at + (timedelta(days=held.days) if wanted.is_lasting else _ONE_VISIT)
    return Asked(client_id, held.application.name, held.publisher, wanted, at, ends_at)


def _contexts(viewer: Viewer) -> tuple[Context, ...]:
    return (Context.USER,) if viewer.kind in STAFF else (Context.PATIENT,)


def say_yes(asked: Asked, code: str, *, by: Viewer) -> int:
    """Keep a person's yes, handed over with a code; gives its id. Raises NotForThisViewer."""
    is_patient = by.kind is ViewerKind.PATIENT
    if not is_patient and by.kind not in STAFF:
        raise policies.NotForThisViewer
    made = Consent.objects.create(
        application_id=Application.objects.values_list("pk", flat=True).get(client_id=asked.client_id),
        login_id=by.login_id,
        viewer=by.kind.value,
        patient_id=by.patient_id if is_patient else None,
        organization_id=None if is_patient else by.acts_for,
        scopes=str(asked.granted),
        code_digest=grants.digest_of(code),
        given_at=asked.given_at,
        ends_at=asked.ends_at,
    )
    _note(by, "app-consent", made.pk, asked.client_id)
    return int(made.pk)


def say_no(client_id: str, *, by: Viewer) -> None:
    """Write down that a person said no to an app."""
    note(by, event="app-consent", action="refused", patient_id=by.patient_id, detail={"client": client_id})


def consents_of(viewer: Viewer, *, at: datetime) -> list[Given]:
    """Give the apps that a person has said yes to, the newest first."""
    found = Consent.objects.filter(login_id=viewer.login_id, viewer=viewer.kind.value, withdrawn_at=None)
    rows = found.filter(ends_at__gt=at).select_related("application__appregistration").order_by("-given_at", "-pk")
    if viewer.kind in STAFF:
        rows = rows.filter(organization_id=viewer.acts_for)
    return [
        Given(
            row.pk,
            row.application.name,
            row.application.appregistration.publisher,
            read_scopes(row.scopes),
            row.given_at,
            row.ends_at,
        )
        for row in rows
        if row.application.appregistration.removed_at is None
    ]


def withdraw(consent_id: int, *, by: Viewer, at: datetime) -> None:
    """Take a yes back: every token of it is useless at once. Raises NoSuchConsent."""
    found = Consent.objects.filter(pk=consent_id, login_id=by.login_id, viewer=by.kind.value, withdrawn_at=None).first()
    if found is None:
        raise NoSuchConsent
    Consent.objects.filter(pk=found.pk).update(withdrawn_at=at)
    grants.drop_tokens(found.pk, at=at)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM oauth2_provider_grant WHERE code = %s", [found.code_digest])
    _note(by, "app-withdrawn", found.pk, "")


def _note(by: Viewer, event: str, consent_id: int, client_id: str) -> None:
    detail: dict[str, object] = {"consent": consent_id, "client": client_id} if client_id else {"consent": consent_id}
    rule = policies.OWN_PLAN if by.kind is ViewerKind.PATIENT else None
    note(by, event=event, action="write", patient_id=by.patient_id, rule=rule, detail=detail)
