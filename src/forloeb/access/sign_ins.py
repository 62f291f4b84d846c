"""Who is signed in, so that the one who vouched for them can end it: in every browser, or in the one it names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.sessions.models import Session
from django.db import connection, transaction

from forloeb.access.models import HeardSignOut, SignIn
from forloeb.audit import actions as log

KEPT = timedelta(hours=1)
"""How long a provider's word is remembered: far longer than it is believed."""


class HeardBefore(Exception):
    """The provider's word has been heard already; somebody may be sending it again."""

    def __init__(self) -> None:
        super().__init__("this sign-out was heard before")


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A provider's word that someone signed out: `subject` everywhere, or only in the session it names `sid`."""

    issuer: str
    subject: str
    sid: str
    token_id: str

    def __post_init__(self) -> None:
        if not (self.subject or self.sid):
            raise ValueError("a sign-out names somebody, or a session")

    def __repr__(self) -> str:
        return "SignedOut(…)"


@transaction.atomic
def remember(*, session_key: str, login_id: int, issuer: str, subject: str, sid: str, at: datetime) -> None:
    """Note which identity a session was begun with."""
    _tell(issuer, subject, sid)
    SignIn.objects.create(session_id=session_key, login_id=login_id, issuer=issuer, subject=subject, sid=sid, since=at)


@transaction.atomic
def end(said: SignedOut, *, at: datetime) -> int:
    """End the sessions that a provider says are over, and write it in the log; gives how many. Raises HeardBefore."""
    _hear(said, at)
    _tell(said.issuer, said.subject, said.sid)
    named = {"subject": said.subject, "sid": said.sid}
    found = SignIn.objects.filter(issuer=said.issuer, **{name: value for name, value in named.items() if value})
    logins = dict(found.values_list("session_id", "login_id"))
    Session.objects.filter(pk__in=logins).delete()
    for login_id in logins.values():
        log.append(action="write", event="sign-out-elsewhere", viewer="provider", login_id=login_id)
    return len(logins)


def _hear(said: SignedOut, at: datetime) -> None:
    """Take a word once. Raises HeardBefore."""
    HeardSignOut.objects.filter(heard_at__lt=at - KEPT).delete()
    mark = sha256(f"{said.issuer}\n{said.token_id}".encode()).hexdigest()
    # One statement, so that of two that come at once only one is taken.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_heardsignout (mark, heard_at) VALUES (%s, %s) ON CONFLICT DO NOTHING", [mark, at]
        )
        if not cursor.rowcount:
            raise HeardBefore


def _tell(issuer: str, subject: str, sid: str) -> None:
    """Tell PostgreSQL whose sign-ins may be seen, for the length of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT set_config('forloeb.signing_in_issuer', %s, true),
                      set_config('forloeb.signing_in_subject', %s, true),
                      set_config('forloeb.signing_in_sid', %s, true)""",
            [issuer, subject, sid],
        )
