"""A referral's letter, what was sent of it and what came of that, and what the other sector answered."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class LetterKind(models.TextChoices):
    """What is asked: an offer of prevention (XREF15), or a task of the municipal nursing (*opgaverekvisition*)."""

    PREVENTION = "prevention"
    TASK = "task"


class ReferralLetter(models.Model):
    """What was asked of another sector, exactly as the patient was shown it. Never changed; a new one is a new letter.

    `name` is what it is called in every system. The care relation it opens is `referral`.
    """

    name = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("people.Patient", models.PROTECT)
    referral = models.OneToOneField("access.Referral", models.PROTECT, related_name="letter")
    from_organization = models.ForeignKey("people.Organization", models.PROTECT, related_name="letters_sent")
    organization = models.ForeignKey("people.Organization", models.PROTECT, related_name="letters_received")
    kind = models.CharField(max_length=12, choices=LetterKind)
    content = models.JSONField(help_text="careplans.referral_letter.Letter")
    shown_at = models.DateTimeField(help_text="when the patient, who had seen it, said yes, and it was sent")
    sent_by = models.BigIntegerField(help_text="the login")
    sent_by_name = models.CharField(max_length=200)

    class Meta:
        db_table = "careplans_referralletter"
        indexes = [models.Index(fields=["patient", "-shown_at"], name="referralletter_latest")]

    def __repr__(self) -> str:
        return f"ReferralLetter({self.pk})"

    __str__ = __repr__


class MessageKind(models.TextChoices):
    """What a message says: here is a referral, or it is taken back."""

    REQUEST = "request"
    REVOCATION = "revocation"


class MessageState(models.TextChoices):
    """How far a message has come. After `delivered` a receipt is waited for."""

    QUEUED = "queued"
    SENT = "sent"
    WAITING = "waiting"
    DELIVERED = "delivered"
    RECEIVED = "received"
    REFUSED = "refused"
    GIVEN_UP = "given-up"
    TOLD = "told"
    CANCELLED = "cancelled"


class ReferralMessage(models.Model):
    """A message about a letter on its way out, with the save it belongs to; what came of it is written here."""

    letter = models.ForeignKey(ReferralLetter, models.PROTECT, related_name="messages")
    patient = models.ForeignKey("people.Patient", models.PROTECT)
    from_organization = models.ForeignKey("people.Organization", models.PROTECT)
    kind = models.CharField(max_length=12, choices=MessageKind)
    state = models.CharField(max_length=12, choices=MessageState, default=MessageState.QUEUED)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True, help_text="when the receipt came, or a person settled it")
    tries = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=40, blank=True, help_text="why it was not received, in one of our own words")
    said = models.CharField(max_length=500, blank=True, help_text="why it was refused, in the receiver's words")

    class Meta:
        db_table = "careplans_referralmessage"
        indexes = [
            models.Index(
                fields=["from_organization"],
                condition=Q(state__in=["delivered", "refused", "given-up"]),
                name="referralmessage_to_do",
            ),
            models.Index(fields=["letter"], name="referralmessage_letter"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["letter", "kind"], name="referralmessage_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["received", "refused", "told"]) | Q(answered_at__isnull=False),
                name="referralmessage_answered_has_moment",
            ),
        ]

    def __repr__(self) -> str:
        return f"ReferralMessage({self.pk})"

    __str__ = __repr__


class ReferralAnswer(models.Model):
    """What another sector's system answered, kept as received and taken in once. The newest word holds."""

    letter = models.ForeignKey(ReferralLetter, models.PROTECT, related_name="answers")
    patient = models.ForeignKey("people.Patient", models.PROTECT)
    received = models.ForeignKey("records.Received", models.PROTECT)
    status = models.CharField(max_length=12, help_text="access.referrals.ReferralStatus")
    issued_at = models.DateTimeField(help_text="when they said it")
    taken_in_at = models.DateTimeField()

    class Meta:
        db_table = "careplans_referralanswer"
        constraints = [models.UniqueConstraint(fields=["letter", "received"], name="referralanswer_once")]

    def __repr__(self) -> str:
        return f"ReferralAnswer({self.pk})"

    __str__ = __repr__
