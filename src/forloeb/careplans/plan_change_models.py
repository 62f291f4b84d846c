"""The answers to what new versions of guidelines proposed for plans. Named in `models`, so that Django finds them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class PlanChangeOutcome(models.TextChoices):
    """What the practice answered to what a new version proposed."""

    ACCEPTED = "accepted"
    KEPT = "kept"


class PlanChange(models.Model):
    """The answer to one change that a new version of a guideline proposed for a patient's plan, between controls.

    The goal before and the goal after both stay; going back makes the earlier goal hold again, as it was.
    """

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    measure = models.CharField(max_length=40)
    guideline = models.CharField(max_length=40)
    from_version = models.CharField(max_length=20, blank=True)
    to_version = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=8, choices=PlanChangeOutcome)
    before = models.CharField(max_length=60, blank=True, help_text="the goal in words; empty: there was none")
    after = models.CharField(max_length=60, blank=True)
    because = models.JSONField(help_text="why, in Danish and English: the version's reason and the rule's text")
    reason = models.CharField(max_length=300, blank=True, help_text="why it was kept")
    goal_before = models.ForeignKey("careplans.Goal", models.PROTECT, null=True, related_name="+")
    goal_after = models.ForeignKey("careplans.Goal", models.PROTECT, null=True, related_name="+")
    said_at = models.DateTimeField()
    said_by = models.BigIntegerField(help_text="the login")
    said_by_name = models.CharField(max_length=200)
    undone_at = models.DateTimeField(null=True)
    undone_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "careplans_planchange"
        indexes = [models.Index(fields=["patient", "-said_at"], name="planchange_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by_name="") | (Q(undone_at__isnull=False) & ~Q(undone_by_name="")),
                name="planchange_undone_by_somebody",
            )
        ]
