"""What happened that others may want to be told of, who wants to be told, and what each was told, in order."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Topic(models.TextChoices):
    """What can be told of."""

    PLAN_CHANGED = "plan-changed"
    NEW_VALUE = "new-value"
    REFERRAL = "referral"


class Change(models.Model):
    """Something happened to a patient's plan or record. Written by the database itself, in the change's transaction.

    `xact` is the number of that transaction: changes are told in its order once every earlier one has ended, so that
    none that commits late is passed by.
    """

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    topic = models.CharField(max_length=16, choices=Topic)
    focus = models.CharField(max_length=80, help_text="which resource: a type and an id")
    happened_at = models.DateTimeField()
    xact = models.BigIntegerField()

    class Meta:
        db_table = "careplans_change"
        indexes = [models.Index(fields=["topic", "xact", "id"], name="change_in_order")]


class SubscriptionStatus(models.TextChoices):
    """FHIR's words for how a subscription stands."""

    REQUESTED = "requested"
    ACTIVE = "active"
    ERROR = "error"
    OFF = "off"


class Subscription(models.Model):
    """An app wants to be told. It is told what its consent lets it see, and nothing once that has ended."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    consent = models.ForeignKey("access.Consent", models.PROTECT)
    topic = models.CharField(max_length=16, choices=Topic)
    endpoint = models.URLField(max_length=500)
    secret = models.CharField(max_length=64, help_text="what our word is signed with; told once")
    heartbeat_seconds = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=10, choices=SubscriptionStatus)
    error = models.CharField(max_length=120, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    events = models.BigIntegerField(default=0, help_text="the number of the newest event")
    delivered = models.BigIntegerField(default=0, help_text="the number of the newest that was received")
    seen_xact = models.BigIntegerField(help_text="how far in the changes we have come")
    seen_id = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "careplans_subscription"
        indexes = [models.Index(fields=["topic"], condition=~Q(status="off"), name="subscription_wanted")]

    def __repr__(self) -> str:
        return f"Subscription({self.pk})"

    __str__ = __repr__


class SubscriptionEvent(models.Model):
    """One change, told to one subscription under its own number; the numbers have no gaps."""

    subscription = models.ForeignKey(Subscription, models.PROTECT)
    number = models.BigIntegerField()
    change = models.ForeignKey(Change, models.PROTECT)

    class Meta:
        db_table = "careplans_subscriptionevent"
        constraints = [models.UniqueConstraint(fields=["subscription", "number"], name="event_number_once")]
