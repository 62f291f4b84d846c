"""A practice's quality figures on a day, beside its region's: sums of no patient's, counted by the loader."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class QualityFigure(models.Model):
    """One indicator on one day: of one practice, or of a whole region (`organization` is null)."""

    day = models.DateField()
    region = models.CharField(max_length=32, blank=True)
    organization = models.ForeignKey("people.Organization", models.PROTECT, null=True)
    indicator = models.CharField(max_length=40)
    whole = models.PositiveIntegerField()
    part = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "careplans_qualityfigure"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "region", "organization", "indicator"],
                name="qualityfigure_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(part__lte=F("whole")), name="qualityfigure_part_of_whole"),
        ]
