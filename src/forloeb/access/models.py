"""Who can sign in, and as whom."""

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
