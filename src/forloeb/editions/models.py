"""What is published is never changed: a change is a new version. A draft is a series of revisions, each kept whole."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Right(models.TextChoices):
    """What somebody of the faggruppe may do. One person may have both, and never uses both on one draft."""

    AUTHOR = "author"
    CHECKER = "checker"


class Editor(models.Model):
    """A practitioner's right to write or to check guidelines, from a day until a day."""

    practitioner = models.ForeignKey("people.Practitioner", models.PROTECT)
    right = models.CharField(max_length=8, choices=Right)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    class Meta:
        db_table = "editions_editor"
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "right", "valid_from"], name="editor_once"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="editor_period"
            ),
        ]


class Edition(models.Model):
    """One published version of one guideline: its texts, as they stand in the content, and the day it holds from."""

    guideline = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    valid_from = models.DateField()
    files = models.JSONField(help_text="text by path below the content folder")
    because = models.CharField(max_length=1000, blank=True, help_text="why it was changed, in the authors' words")
    published_at = models.DateTimeField()
    authors = models.CharField(max_length=400, blank=True)
    checked_by_name = models.CharField(max_length=200, blank=True, help_text="empty: it came with the program")

    class Meta:
        db_table = "editions_edition"
        constraints = [
            models.UniqueConstraint(fields=["guideline", "version"], name="edition_version_once"),
            models.UniqueConstraint(fields=["guideline", "valid_from"], name="edition_one_a_day"),
        ]


class Draft(models.Model):
    """A version in the making; one at a time of each guideline."""

    guideline = models.CharField(max_length=40)
    based_on = models.CharField(max_length=20, help_text="the version it was begun from")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    edition = models.OneToOneField(Edition, models.PROTECT, null=True, related_name="draft")

    class Meta:
        db_table = "editions_draft"
        constraints = [
            models.UniqueConstraint(fields=["guideline"], condition=Q(closed_at=None), name="draft_one_open"),
            models.CheckConstraint(
                condition=Q(edition=None) | Q(closed_at__isnull=False), name="draft_published_is_closed"
            ),
        ]


class Revision(models.Model):
    """One saved state of a draft, whole; the newest is the draft."""

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    files = models.JSONField(help_text="text by path below the content folder")
    what = models.CharField(max_length=300, help_text="what was changed: a file or a rule")
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey("people.Practitioner", models.PROTECT)
    saved_by_name = models.CharField(max_length=200)

    class Meta:
        db_table = "editions_revision"
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="revision_number_once")]


class Simulation(models.Model):
    """What a revision would change among a practice's people, as others may read it: small numbers are hidden."""

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="simulations")
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    as_of = models.DateField()
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=200)
    result = models.JSONField(help_text="population.simulation reads and writes it")

    class Meta:
        db_table = "editions_simulation"


class SimulationInFull(models.Model):
    """The same with every number, for the practice whose people they are."""

    simulation = models.OneToOneField(Simulation, models.PROTECT, related_name="in_full")
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    result = models.JSONField()

    class Meta:
        db_table = "editions_simulationinfull"
