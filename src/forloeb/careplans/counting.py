"""What the statistics are read from: plans counted by month, months that were closed, and figures about people.

None of it is about one person, so that whoever may see the statistics need see nobody's plan. A trigger counts a plan
in the transaction that saves it (migration 0020); everything can be counted anew from the events.
"""

from __future__ import annotations

from django.db import models


class PlanEventKind(models.TextChoices):
    """How a saved plan counts in the national statistics."""

    NEW = "new"
    MAINTAINED = "maintained"


class PlanMonth(models.Model):
    """How many plans a practice saved in a calendar month (Copenhagen), by type of plan and new or maintained."""

    month = models.DateField(help_text="its first day")
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    guideline = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=PlanEventKind)
    plans = models.PositiveIntegerField()

    class Meta:
        db_table = "careplans_planmonth"
        constraints = [
            models.UniqueConstraint(fields=["month", "organization", "guideline", "kind"], name="planmonth_once")
        ]


class ClosedMonth(models.Model):
    """A month whose figures were closed: what was published then stays, and what comes later is a correction."""

    month = models.DateField(unique=True, help_text="its first day")
    closed_at = models.DateTimeField()

    class Meta:
        db_table = "careplans_closedmonth"


class ClosedCount(models.Model):
    """What a counting practice had saved in a month when the month was closed, and its region then."""

    closed = models.ForeignKey(ClosedMonth, models.PROTECT, related_name="counts")
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    region = models.CharField(max_length=32, blank=True)
    guideline = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=PlanEventKind)
    plans = models.PositiveIntegerField()

    class Meta:
        db_table = "careplans_closedcount"
        constraints = [
            models.UniqueConstraint(fields=["closed", "organization", "guideline", "kind"], name="closedcount_once")
        ]


class MonthFigure(models.Model):
    """One figure about the people of a month: `part` of `whole`, or the middle of `whole` amounts.

    `region` and `guideline` are empty where the figure is of them all. Raw numbers: small ones are hidden by whoever
    shows them (population.statistics.figures).
    """

    month = models.DateField(help_text="its first day")
    region = models.CharField(max_length=32, blank=True)
    guideline = models.CharField(max_length=40, blank=True)
    figure = models.CharField(max_length=40)
    whole = models.PositiveIntegerField()
    part = models.PositiveIntegerField(null=True)
    amount = models.DecimalField(max_digits=8, decimal_places=1, null=True)
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "careplans_monthfigure"
        constraints = [
            models.UniqueConstraint(fields=["month", "region", "guideline", "figure"], name="monthfigure_once"),
            models.CheckConstraint(
                condition=models.Q(part=None) | models.Q(part__lte=models.F("whole")), name="monthfigure_part_of_whole"
            ),
        ]
