"""Apps of others: what was registered of each, who said yes to which, and which tokens came of it.

Codes and tokens are Django OAuth Toolkit's own rows, as digests only; what a token opens is told by its consent here.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class AppKind(models.TextChoices):
    """How an app proves who it is: not at all, by a key of its own, or by that key and for an organization."""

    PUBLIC = "public"
    KEYED = "keyed"
    SYSTEM = "system"


class AppRegistration(models.Model):
    """What was registered of an app besides its name and redirect addresses."""

    application = models.OneToOneField("oauth2_provider.Application", models.PROTECT, primary_key=True)
    kind = models.CharField(max_length=8, choices=AppKind)
    publisher = models.CharField(max_length=200)
    scopes = models.TextField()
    keys = models.JSONField(null=True, help_text="the app's public keys, as a JWK Set")
    organization = models.ForeignKey("people.Organization", models.PROTECT, null=True)
    hook_hosts = models.JSONField(default=list, help_text="where the app may be told of changes")
    days = models.PositiveSmallIntegerField(help_text="how long a consent lasts")
    registered_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_appregistration"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="public", keys=None, organization=None)
                | Q(kind="keyed", keys__isnull=False, organization=None)
                | Q(kind="system", keys__isnull=False, organization__isnull=False),
                name="app_proves_itself",
            ),
        ]


class Consent(models.Model):
    """A yes: this person, with these eyes, lets that app do these things until a day. Taken back at any time.

    A system's is made when it is registered, for its organization. `code_digest` is the SHA-256 of the code that the
    yes was handed over with, so that a code that comes again ends what came of it.
    """

    application = models.ForeignKey("oauth2_provider.Application", models.PROTECT)
    login = models.ForeignKey("access.Login", models.PROTECT)
    viewer = models.CharField(max_length=16, help_text="with which eyes: patient, practice, professional")
    patient = models.ForeignKey("people.Patient", models.PROTECT, null=True)
    organization = models.ForeignKey("people.Organization", models.PROTECT, null=True)
    scopes = models.TextField()
    code_digest = models.CharField(max_length=64, unique=True, null=True)
    given_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_consent"
        indexes = [models.Index(fields=["login"], condition=Q(withdrawn_at=None), name="consent_of_login")]
        constraints = [
            models.CheckConstraint(
                condition=Q(viewer="patient", patient__isnull=False, organization=None)
                | Q(viewer__in=["practice", "professional"], patient=None, organization__isnull=False),
                name="consent_has_eyes",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("given_at")), name="consent_period"),
        ]

    def __repr__(self) -> str:
        return f"Consent({self.pk})"

    __str__ = __repr__


class ConsentToken(models.Model):
    """Which consent an access token came of."""

    token = models.OneToOneField("oauth2_provider.AccessToken", models.CASCADE, primary_key=True)
    consent = models.ForeignKey(Consent, models.CASCADE)

    class Meta:
        db_table = "access_consenttoken"


class HeardAssertion(models.Model):
    """An app's proof of who it is, as a mark of it, kept until it is too old to be believed again."""

    mark = models.CharField(max_length=64, primary_key=True)
    heard_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "access_heardassertion"
