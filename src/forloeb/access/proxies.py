"""A patient lets a relative read the plan (*fuldmagt*), for a time, and takes it back when they like.

The patient gets a code once. The relative signs in with their own MitID and types it; from then on the proxy is tied to
that sign-in. We never ask the patient for the relative's CPR number.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from forloeb.access import policies
from forloeb.access.models import Login, LoginKind, Proxy
from forloeb.access.queries import note, open_own
from forloeb.kernel.periods import months_after
from forloeb.kernel.typed_text import typed_line
from forloeb.people.actions import LOADER
from forloeb.people.viewers import Viewer, ViewerKind, looking

MONTHS = (3, 12, 36)
"""How long a proxy may be given for; the digital fuldmagt at borger.dk always has an end too."""
CODE_HOLDS = timedelta(days=14)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which are taken for each other."""
_LENGTH = 12


class NoSuchCode(ValueError):
    """The code belongs to no invitation that still holds. The code itself is never repeated."""

    def __init__(self) -> None:
        super().__init__("no invitation has that code, or it has been used or has run out")


class NeedsAName(ValueError):
    """The patient has not said whom the proxy is for, or the name is too long."""


@dataclass(frozen=True, slots=True)
class Given:
    """A proxy that has just been given. The code is shown once and kept nowhere."""

    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ProxyInForce:
    """A proxy that holds or waits for its relative."""

    id: int
    holder_name: str
    valid_from: date
    valid_until: date
    accepted_at: datetime | None
    code_expires_at: datetime

    def __repr__(self) -> str:
        return f"ProxyInForce({self.id})"


def proxies_of(patient_id: int, *, as_of: date) -> tuple[ProxyInForce, ...]:
    """Give an opened patient's proxies that have not ended."""
    found = Proxy.objects.filter(patient_id=patient_id, withdrawn_at=None, valid_until__gt=as_of).order_by("pk")
    names = ("id", "holder_name", "valid_from", "valid_until", "accepted_at", "code_expires_at")
    return tuple(ProxyInForce(*row) for row in found.values_list(*names))


def give_proxy(holder_name: str, months: int, *, by: Viewer, at: datetime, as_of: date) -> Given:
    """Invite a relative to read the plan. Raises NotForThisViewer, UnderFifteen, NeedsAName, ValueError."""
    name = typed_line(holder_name)
    if not name or len(name) > 120:
        raise NeedsAName
    if months not in MONTHS:
        raise ValueError(f"a proxy is given for {MONTHS} months")
    patient = open_own(seen_by=by, as_of=as_of, event="proxy-given", action="write")
    policies.check_gives_proxies(patient.birth_date, as_of)
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO access_proxy (patient_id, holder_name, code_digest, code_expires_at, valid_from, valid_until,
                                         given_at) VALUES (%s, %s, %s, %s, %s, %s, %s)""",
            [patient.id, name, _digest(code), at + CODE_HOLDS, as_of, months_after(as_of, months), at],
        )
    return Given("-".join(code[i : i + 4] for i in range(0, _LENGTH, 4)), at + CODE_HOLDS)


def withdraw_proxy(proxy_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Take a proxy back; it ends at once, and that it was given stays. Raises NotForThisViewer."""
    patient = open_own(seen_by=by, as_of=as_of, event="proxy-withdrawn", action="write")
    Proxy.objects.filter(pk=proxy_id, patient_id=patient.id, withdrawn_at=None).update(withdrawn_at=at)


def accept_proxy(code: str, *, issuer: str, subject: str, at: datetime, as_of: date) -> int:
    """Tie an invitation to the sign-in of the relative who types its code; give the patient's id. Raises NoSuchCode.

    Done by the loader: the relative is nobody yet. A practitioner's sign-in takes no proxy: that would let the one
    hat's access into the other's.
    """
    with transaction.atomic(using=LOADER):
        waiting = Proxy.objects.using(LOADER).select_for_update().filter(code_digest=_digest(_plain(code)), holder=None)
        proxy = waiting.filter(code_expires_at__gt=at, withdrawn_at=None, valid_until__gt=as_of).first()
        login = Login.objects.using(LOADER).filter(issuer=issuer, subject=subject).first()
        if proxy is None or (login is not None and login.kind == LoginKind.PRACTITIONER):
            raise NoSuchCode
        if login is not None and login.patient_id == proxy.patient_id:
            raise NoSuchCode
        if login is None:
            login = Login.objects.using(LOADER).create(
                issuer=issuer, subject=subject, kind=LoginKind.RELATED_PERSON, name=proxy.holder_name
            )
        proxy.holder, proxy.accepted_at = login, at
        proxy.save(using=LOADER, update_fields=["holder", "accepted_at"])
    viewer = Viewer(ViewerKind.PROXY, login.pk, proxy.holder_name, patient_id=proxy.patient_id)
    with looking(viewer):
        note(viewer, event="proxy-accepted", action="write", patient_id=proxy.patient_id, rule=policies.BY_PROXY)
    return int(proxy.patient_id)


def _plain(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter in _LETTERS)


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
