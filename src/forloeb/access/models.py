"""Who can sign in, and as whom; who is signed in."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class LoginKind(models.TextChoices):
    """What a person signs in as."""

    PRACTITIONER = "practitioner"
    PATIENT = "patient"


class Login(models.Model):
    """A person's identity at the OpenID provider, tied to a practitioner or a patient."""

    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=LoginKind)
    practitioner = models.ForeignKey("people.Practitioner", models.PROTECT, null=True)
    patient = models.ForeignKey("people.Patient", models.PROTECT, null=True)

    class Meta:
        db_table = "access_login"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="login_once"),
            models.CheckConstraint(
                condition=Q(kind="practitioner", practitioner__isnull=False, patient=None)
                | Q(kind="patient", patient__isnull=False, practitioner=None),
                name="login_is_somebody",
            ),
        ]


class SignIn(models.Model):
    """The identity that a session was begun with, so that its provider can end it. It goes when the session goes."""

    # The database itself takes the row away with its session (see the migration), whoever ends that.
    session = models.OneToOneField("sessions.Session", models.DO_NOTHING, primary_key=True, db_constraint=False)
    login = models.ForeignKey(Login, models.PROTECT)
    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    sid = models.CharField(max_length=255)
    """The provider's own name for the session; empty when it gave none."""
    since = models.DateTimeField()

    class Meta:
        db_table = "access_signin"
        indexes = [
            models.Index(fields=["issuer", "subject"], name="signin_subject"),
            models.Index(fields=["issuer", "sid"], name="signin_sid"),
        ]


class HeardSignOut(models.Model):
    """A provider's word that someone signed out, as a mark of it, kept until it is too old to be believed again."""

    mark = models.CharField(max_length=64, primary_key=True)
    heard_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "access_heardsignout"
