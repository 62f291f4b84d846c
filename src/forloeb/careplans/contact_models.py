"""What the practice did about a row of its work list, and what came of it. Both are added to and never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ContactKind(models.TextChoices):
    """What was done about a row."""

    INVITED = "invited"
    NOT_NOW = "not-now"
    NOT_RELEVANT = "not-relevant"


class Channel(models.TextChoices):
    """How somebody was invited."""

    LETTER = "letter"
    MESSAGE = "message"


class WhyNot(models.TextChoices):
    """Why a row is not relevant."""

    DECLINED = "declined"
    UNSUITABLE = "unsuitable"
    WRONG_DIAGNOSIS = "wrong-diagnosis"
    MOVED = "moved"
    MAXIMAL_TREATMENT = "maximal-treatment"


class Contact(models.Model):
    """One invitation for all diseases, or an answer to the reasons that stood then (`answers`, by their keys)."""

    patient = models.ForeignKey("people.Patient", models.PROTECT, related_name="contacts")
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    kind = models.CharField(max_length=12, choices=ContactKind)
    answers = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_on = models.DateField()
    made_by = models.BigIntegerField(help_text="the login")
    made_by_name = models.CharField(max_length=200)
    channel = models.CharField(max_length=8, choices=Channel, blank=True)
    batch = models.UUIDField(null=True, help_text="the invitations that were made together")
    month = models.DateField(null=True, help_text="the month to come in, its first day")
    before = models.JSONField(default=list, help_text="what to do before the control, such as blood")
    until = models.DateField(null=True, help_text="not now: the day the row comes back")
    why = models.CharField(max_length=20, choices=WhyNot, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "careplans_contact"
        indexes = [
            models.Index(fields=["organization", "patient"], name="contact_of_practice"),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="contact_batch"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="invited") & ~Q(channel="") & Q(batch__isnull=False, until=None, why=""))
                | Q(kind="not-now", channel="", batch=None, until__isnull=False, why="")
                | (Q(kind="not-relevant", channel="", batch=None, until=None) & ~Q(why="")),
                name="contact_is_whole",
            )
        ]


class ContactOutcomeKind(models.TextChoices):
    """What came of a contact. That somebody came is seen by the control that was saved."""

    SENT = "sent"
    NOT_SENT = "not-sent"
    BOOKED = "booked"
    DECLINED = "declined"
    NO_ANSWER = "no-answer"
    TAKEN_BACK = "taken-back"


class ContactOutcome(models.Model):
    """What came of a contact; another word later is another row, and the last one counts."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="outcomes")
    patient = models.ForeignKey("people.Patient", models.PROTECT)
    kind = models.CharField(max_length=12, choices=ContactOutcomeKind)
    on = models.DateField(null=True, help_text="booked: the day of the control")
    told_at = models.DateTimeField()
    told_by_name = models.CharField(max_length=200, blank=True, help_text="nobody: the outbox")

    class Meta:
        db_table = "careplans_contactoutcome"
        indexes = [models.Index(fields=["contact", "-id"], name="contactoutcome_last")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="booked", on__isnull=False) | (~Q(kind="booked") & Q(on=None)),
                name="contactoutcome_booked_on_a_day",
            )
        ]
