"""Which apps of others are known here. The operator registers them from a file; nobody can register by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from django.db import transaction
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from oauth2_provider.models import Application
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forloeb.access.grants import drop_tokens
from forloeb.access.models import AppRegistration, Consent, Login, LoginKind
from forloeb.access.scopes import BadScope, Context, read_scopes
from forloeb.audit import actions as log
from forloeb.people.actions import LOADER
from forloeb.people.models import Organization

SYSTEMS = "urn:forloeb:systems"
"""The issuer of the logins that systems have: no provider's, so that nobody signs in with one."""
_FOR_EVER = timedelta(days=36_500)


class BadApp(ValueError):
    """The file does not describe an app; a line for each fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class NoSuchApp(LookupError):
    """No app of that client_id is registered."""

    def __init__(self, client_id: str) -> None:
        super().__init__(f"no app is registered as {client_id!r}; `forloeb apps list` has them")


class AppFile(BaseModel):
    """What the file says of an app (docs/how-to/register-an-app.md)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    client_id: str = Field(pattern=r"^[A-Za-z0-9._-]{3,64}$")
    name: str = Field(min_length=1, max_length=120)
    publisher: str = Field(min_length=1, max_length=200)
    kind: Literal["public", "keyed", "system"]
    scopes: list[str] = Field(min_length=1)
    redirect_uris: list[str] = []
    keys: dict[str, Any] | None = None
    organization: str | None = Field(default=None, description="ydernummer or SOR code")
    hook_hosts: list[str] = []
    days: int = Field(default=90, ge=1, le=365)


@dataclass(frozen=True, slots=True)
class Registered:
    """An app as it is registered."""

    client_id: str
    name: str
    kind: str
    scopes: str
    organization: str


def read_app(said: Mapping[str, Any], *, allows_loopback: bool) -> AppFile:
    """Read what a file says of an app. Raises BadApp with everything that is wrong.

    `allows_loopback` lets an app on this machine be registered by http, in demonstrations and tests.
    """
    try:
        app = AppFile.model_validate(dict(said))
    except ValidationError as wrong:
        raise BadApp([f"{'.'.join(map(str, e['loc'])) or 'app'}: {e['msg']}" for e in wrong.errors()]) from None
    faults = [*_faults_of_kind(app), *_faults_of_scopes(app)]
    faults += [
        f"redirect_uris: {uri!r} {w}" for uri in app.redirect_uris if (w := _address_fault(uri, allows_loopback))
    ]
    faults += [
        f"hook_hosts: {host!r} is a host name, with a port if need be" for host in app.hook_hosts if not _is_host(host)
    ]
    if faults:
        raise BadApp(faults)
    return app


def _faults_of_kind(app: AppFile) -> list[str]:
    is_system, faults = app.kind == "system", []
    if (app.kind == "public") != (app.keys is None):
        faults.append("keys: a keyed app or a system has its public keys as a JWK Set; a public app has none")
    if is_system != (app.organization is not None):
        faults.append("organization: a system, and nothing else, acts for one: its ydernummer or SOR code")
    if is_system == bool(app.redirect_uris):
        faults.append("redirect_uris: an app that people sign in to has at least one; a system has none")
    if app.keys is not None:
        faults += _faults_of_keys(app.keys)
    return faults


def _faults_of_keys(keys: dict[str, Any]) -> list[str]:
    try:
        known = KeySet.import_key_set(keys)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError):
        return ["keys: not a JWK Set"]
    if not known.keys or any(key.is_private or key.key_type not in ("RSA", "EC") or not key.kid for key in known.keys):
        return ["keys: public RSA or EC keys, each with its kid; private ones stay with the app"]
    return []


def _faults_of_scopes(app: AppFile) -> list[str]:
    try:
        asked = read_scopes(" ".join(app.scopes))
    except BadScope as wrong:
        return [f"scopes: {wrong}"]
    is_system = app.kind == "system"
    if not asked.scopes or any((scope.context is Context.SYSTEM) != is_system for scope in asked.scopes):
        return [
            "scopes: a system has system/ scopes and no others; an app that people sign in to has patient/ or user/"
        ]
    return []


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine itself."""
    return host in {"127.0.0.1", "::1", "localhost"}


def _address_fault(uri: str, allows_loopback: bool) -> str:
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return "is no address"
    if not host or parts.fragment or "*" in uri or parts.username or set(uri) & set(" \n\t\\"):
        return "is a whole address, without # or *"
    if parts.scheme == "https" or (parts.scheme == "http" and allows_loopback and is_loopback(host)):
        return ""
    return "begins with https://"


def _is_host(text: str) -> bool:
    try:
        parts = urlsplit(f"https://{text}")
        return bool(parts.hostname) and parts.netloc == text and (parts.port or 1) > 0 and "@" not in text
    except ValueError:
        return False


def register(app: AppFile, *, at: datetime) -> None:
    """Register an app, or bring what we know of it up to date. Raises BadApp for an organization we do not know."""
    with transaction.atomic(using=LOADER):
        organization = _organization(app.organization)
        application, _ = Application.objects.using(LOADER).update_or_create(
            client_id=app.client_id,
            defaults={
                "name": app.name,
                "redirect_uris": " ".join(app.redirect_uris),
                "client_type": "public" if app.kind == "public" else "confidential",
                "authorization_grant_type": "client-credentials" if app.kind == "system" else "authorization-code",
                "client_secret": "",
            },
        )
        AppRegistration.objects.using(LOADER).update_or_create(
            application=application,
            defaults={
                "kind": app.kind,
                "publisher": app.publisher,
                "scopes": str(read_scopes(" ".join(app.scopes))),
                "keys": app.keys,
                "organization": organization,
                "hook_hosts": app.hook_hosts,
                "days": app.days,
                "registered_at": at,
                "removed_at": None,
            },
        )
        if organization is not None:
            _end_consents(application, at)
            _let_system_in(application, organization, at)
        log.append(
            action="write", event="app-registered", viewer="operator", detail={"client": app.client_id}, using=LOADER
        )


def _organization(number: str | None) -> Organization | None:
    if number is None:
        return None
    known = Organization.objects.using(LOADER)
    found = known.filter(ydernummer=number).first() or known.filter(sor_code=number).first()
    if found is None:
        raise BadApp([f"organization: no organization has the number {number!r}"])
    return found


def _let_system_in(application: Application, organization: Organization, at: datetime) -> None:
    login, _ = Login.objects.using(LOADER).get_or_create(
        issuer=SYSTEMS, subject=application.client_id, defaults={"kind": LoginKind.SYSTEM, "name": application.name}
    )
    Consent.objects.using(LOADER).create(
        application=application,
        login=login,
        viewer="practice" if organization.kind not in ("municipality", "hospital") else "professional",
        organization=organization,
        scopes=AppRegistration.objects.using(LOADER).get(application=application).scopes,
        given_at=at,
        ends_at=at + _FOR_EVER,
    )


def apps() -> list[Registered]:
    """Give every app that is registered now."""
    rows = AppRegistration.objects.using(LOADER).filter(removed_at=None).select_related("application", "organization")
    return [
        Registered(
            row.application.client_id,
            row.application.name,
            row.kind,
            row.scopes,
            row.organization.name if row.organization else "",
        )
        for row in rows.order_by("application__client_id")
    ]


def remove(client_id: str, *, at: datetime) -> None:
    """Let an app in no more: its consents and tokens end at once. Raises NoSuchApp."""
    with transaction.atomic(using=LOADER):
        held = AppRegistration.objects.using(LOADER).filter(application__client_id=client_id, removed_at=None).first()
        if held is None:
            raise NoSuchApp(client_id)
        AppRegistration.objects.using(LOADER).filter(pk=held.pk).update(removed_at=at)
        _end_consents(held.application, at)
        log.append(action="write", event="app-removed", viewer="operator", detail={"client": client_id}, using=LOADER)


def _end_consents(application: Application, at: datetime) -> None:
    for consent in Consent.objects.using(LOADER).filter(application=application, withdrawn_at=None):
        Consent.objects.using(LOADER).filter(pk=consent.pk).update(withdrawn_at=at)
        drop_tokens(consent.pk, at=at, using=LOADER)
