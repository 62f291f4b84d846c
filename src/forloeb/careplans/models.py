"""What was agreed. Nothing here is overwritten: what no longer holds is marked ended, and stays.

Numbers are facts of three kinds, never mixed: what was measured (records), what is recommended (computed, kept
with the rule and the facts it used) and what was agreed (by whom, why).
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from forloeb.careplans import contact_models as contact_models
from forloeb.careplans import plan_change_models as plan_change_models
from forloeb.careplans import quality_models as quality_models
from forloeb.careplans import referral_models as referral_models
from forloeb.careplans import subscription_models as subscription_models
from forloeb.careplans.counting import ClosedCount as ClosedCount
from forloeb.careplans.counting import ClosedMonth as ClosedMonth
from forloeb.careplans.counting import MonthFigure as MonthFigure
from forloeb.careplans.counting import PlanEventKind as PlanEventKind
from forloeb.careplans.counting import PlanMonth as PlanMonth


class PlanStatus(models.TextChoices):
    """FHIR's words for where a care plan is in its life."""

    ACTIVE = "active"
    REVOKED = "revoked"
    COMPLETED = "completed"


class CarePlan(models.Model):
    """The plan for one disease of one patient: how plans are counted, labelled and exchanged in Denmark."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey("people.Patient", models.PROTECT, related_name="care_plans")
    guideline = models.CharField(max_length=40)
    label = models.CharField(max_length=8, help_text="SKS episode label, such as ALAL22")
    status = models.CharField(max_length=12, choices=PlanStatus, default=PlanStatus.ACTIVE)
    created_at = models.DateTimeField()
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "careplans_careplan"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "guideline"], condition=Q(status="active"), name="careplan_one_active"
            ),
            models.CheckConstraint(
                condition=Q(status="active", ended_at=None) | (~Q(status="active") & Q(ended_at__isnull=False)),
                name="careplan_ends_when_not_active",
            ),
        ]


FORLOEBSPLANER_DK = "cpd-dk"
"""The source of a control that came as a CPD-DK document, from the national place where plans are kept."""


class AnnualReview(models.Model):
    """One yearly control, finished: who saved it, for which practice, and when the next one is.

    One that was received (`source` says from where) was saved by nobody's login here.
    """

    patient = models.ForeignKey("people.Patient", models.PROTECT, related_name="reviews")
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    saved_at = models.DateTimeField()
    saved_by = models.BigIntegerField(null=True, help_text="the login; null: received")
    saved_by_name = models.CharField(max_length=200)
    source = models.CharField(max_length=12, blank=True, default="")
    reviewed_on = models.DateField()
    next_review_on = models.DateField(null=True)
    note_to_patient = models.CharField(max_length=1000, blank=True)

    class Meta:
        db_table = "careplans_annualreview"
        indexes = [models.Index(fields=["patient", "-reviewed_on"], name="review_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_review_on=None) | Q(next_review_on__gt=F("reviewed_on")),
                name="review_next_is_later",
            ),
            models.CheckConstraint(
                condition=Q(source="", saved_by__isnull=False) | (~Q(source="") & Q(saved_by=None)),
                name="review_saved_here_or_received",
            ),
        ]


class CarePlanVersion(models.Model):
    """What a plan said when it was saved: immutable, numbered from 1, complete in itself (`content`)."""

    care_plan = models.ForeignKey(CarePlan, models.PROTECT, related_name="versions")
    patient = models.ForeignKey("people.Patient", models.PROTECT)
    number = models.PositiveIntegerField()
    review = models.ForeignKey(AnnualReview, models.PROTECT, related_name="versions")
    content = models.JSONField(help_text="careplans.snapshot writes and reads it")

    class Meta:
        db_table = "careplans_careplanversion"
        constraints = [models.UniqueConstraint(fields=["care_plan", "number"], name="version_number_once")]


class PlanEvent(models.Model):
    """One saved plan, for the statistics: *new* if the patient never had one of the type, else *maintained*."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    care_plan = models.ForeignKey(CarePlan, models.PROTECT)
    version = models.OneToOneField(CarePlanVersion, models.PROTECT)
    guideline = models.CharField(max_length=40)
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    kind = models.CharField(max_length=10, choices=PlanEventKind)
    happened_at = models.DateTimeField()

    class Meta:
        db_table = "careplans_planevent"
        constraints = [
            models.UniqueConstraint(fields=["patient", "guideline"], condition=Q(kind="new"), name="planevent_new_once")
        ]


class Ending(models.Model):
    """What holds until it is ended; at most one of each holds at a time."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    review = models.ForeignKey(AnnualReview, models.PROTECT, null=True)
    said_at = models.DateTimeField()
    said_by = models.BigIntegerField(null=True, help_text="the login; null: received with the review")
    said_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Goal(Ending):
    """The goal for one measure: what was recommended, what was agreed, and why they differ when they do.

    `premise` holds the facts the recommendation rested on, so that a later change of them can ask again.
    """

    measure = models.CharField(max_length=40)
    unit = models.CharField(max_length=32)
    recommended = models.JSONField(null=True, help_text="careplans.goals.TargetRange, with rule, version and source")
    agreed_low = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    agreed_low_inclusive = models.BooleanField(default=True)
    agreed_high = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    agreed_high_inclusive = models.BooleanField(default=False)
    agreed_answer = models.CharField(max_length=40, blank=True, help_text="for what is chosen, such as smoking")
    differs = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)
    premise = models.JSONField(default=list)

    class Meta:
        db_table = "careplans_goal"
        constraints = [
            models.UniqueConstraint(fields=["patient", "measure"], condition=Q(ended_at=None), name="goal_one_current"),
            models.CheckConstraint(condition=Q(differs=False) | ~Q(reason=""), name="goal_differs_with_a_reason"),
            models.CheckConstraint(
                condition=Q(agreed_low__isnull=False) | Q(agreed_high__isnull=False) | ~Q(agreed_answer=""),
                name="goal_says_something",
            ),
        ]


class StatementKind(models.TextChoices):
    """The patient's own words in the plan."""

    MATTERS = "matters"
    OWN_GOAL = "own-goal"
    RESOURCES = "resources"
    QUESTIONS = "questions"


class Statement(Ending):
    """Something the patient says: what matters, an own goal, resources, questions for the next control.

    At most 300 characters; empty where the patient has taken it back. Without a review it is written by the patient.
    """

    kind = models.CharField(max_length=12, choices=StatementKind)
    text = models.CharField(max_length=300)

    class Meta:
        db_table = "careplans_statement"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"], condition=Q(ended_at=None), name="statement_one_current"
            )
        ]


class Doer(models.TextChoices):
    """Who does what was agreed."""

    PATIENT = "patient"
    PRACTICE = "practice"
    MUNICIPALITY = "municipality"
    OTHER = "other"


class Activity(Ending):
    """Something agreed (with who does it and when) or something to remember (*husk at*)."""

    is_reminder = models.BooleanField(default=False)
    text = models.CharField(max_length=300)
    done_by = models.CharField(max_length=16, choices=Doer, default=Doer.PATIENT)
    due_on = models.DateField(null=True)
    rule = models.CharField(max_length=40, blank=True, help_text="the proposal it came from")

    class Meta:
        db_table = "careplans_activity"


class ProposalDecision(Ending):
    """A proposal accepted or dismissed; it does not ask again until its premise changes."""

    rule = models.CharField(max_length=40)
    accepted = models.BooleanField()
    reason = models.CharField(max_length=300, blank=True)
    premise = models.JSONField(default=list)

    class Meta:
        db_table = "careplans_proposaldecision"
        constraints = [
            models.UniqueConstraint(fields=["patient", "rule"], condition=Q(ended_at=None), name="decision_one_current")
        ]


class DraftRevision(models.Model):
    """One saved state of a control in progress. The newest holds; earlier ones tell two people's changes apart.

    `fields` maps a field of the control page (`value.sbp_clinic`, `goal.ldl`, `matters`) to its text.
    """

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    number = models.PositiveIntegerField()
    fields = models.JSONField()
    saved_at = models.DateTimeField()
    saved_by = models.BigIntegerField()
    saved_by_name = models.CharField(max_length=200)
    review = models.ForeignKey(AnnualReview, models.PROTECT, null=True, help_text="the control it became")

    class Meta:
        db_table = "careplans_draftrevision"
        constraints = [models.UniqueConstraint(fields=["patient", "number"], name="draft_number_once")]


class SectorNoteKind(models.TextChoices):
    """What another sector tells the practice."""

    SEEN = "seen"
    PROGRESS = "progress"
    ENDED = "ended"


class SectorNote(models.Model):
    """What a municipality or a hospital writes in the plan under a referral: theirs, shown as theirs, never changed."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    referral = models.ForeignKey("access.Referral", models.PROTECT, related_name="notes")
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    kind = models.CharField(max_length=10, choices=SectorNoteKind)
    text = models.CharField(max_length=1000, blank=True)
    written_at = models.DateTimeField()
    written_by = models.BigIntegerField(help_text="the login")
    written_by_name = models.CharField(max_length=200)
    written_by_role = models.CharField(max_length=32)

    class Meta:
        db_table = "careplans_sectornote"
        indexes = [models.Index(fields=["patient", "-written_at"], name="sectornote_latest")]
        constraints = [models.CheckConstraint(condition=Q(kind="seen") | ~Q(text=""), name="sectornote_says_something")]


class DisputeOutcome(models.TextChoices):
    """How the practice answered that something is wrong."""

    CORRECTED = "corrected"
    KEPT = "kept"
    TALK = "talk"


class Dispute(models.Model):
    """The patient says that something in the plan is wrong; the practice answers, and both stay.

    `subject` names it as it stood then, such as a value with its day, so that the words still make sense later.
    """

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    subject = models.CharField(max_length=300)
    text = models.CharField(max_length=500)
    raised_at = models.DateTimeField()
    raised_by = models.BigIntegerField(help_text="the login")
    outcome = models.CharField(max_length=10, choices=DisputeOutcome, blank=True)
    reply = models.CharField(max_length=500, blank=True)
    replied_at = models.DateTimeField(null=True)
    replied_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "careplans_dispute"
        indexes = [models.Index(fields=["patient"], condition=Q(replied_at=None), name="dispute_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(replied_at=None, outcome="", reply="", replied_by_name="")
                | (Q(replied_at__isnull=False) & ~Q(outcome="") & ~Q(reply="") & ~Q(replied_by_name="")),
                name="dispute_closed_with_a_reply",
            )
        ]


class SignOff(models.Model):
    """A guideline's version, checked by a named clinician for this deployment; until then a notice is shown."""

    guideline = models.CharField(max_length=40)
    guideline_version = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=120)
    signed_on = models.DateField()

    class Meta:
        db_table = "careplans_signoff"
        constraints = [models.UniqueConstraint(fields=["guideline", "guideline_version", "name"], name="signoff_once")]


class Advice(models.Model):
    """A card that a practice's record system was given. It tells nothing of the patient: it is there to be counted."""

    name = models.UUIDField(primary_key=True)
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    hook = models.CharField(max_length=40)
    topic = models.CharField(max_length=80, help_text="the rule, or the kind of thing, it was about")
    indicator = models.CharField(max_length=8)
    given_at = models.DateTimeField()

    class Meta:
        db_table = "careplans_advice"
        indexes = [models.Index(fields=["organization", "topic"], name="advice_topic")]


class AdviceOutcome(models.TextChoices):
    """What somebody did with a card, in the words of CDS Hooks."""

    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"


class AdviceFeedback(models.Model):
    """What became of a card. Another word later is another row; the last one counts."""

    advice = models.ForeignKey(Advice, models.PROTECT, related_name="feedback")
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    outcome = models.CharField(max_length=10, choices=AdviceOutcome)
    suggestions = models.PositiveSmallIntegerField(default=0, help_text="how many were accepted")
    reason = models.CharField(max_length=120, blank=True, help_text="the code of why it was not followed")
    comment = models.CharField(max_length=500, blank=True)
    happened_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField()

    class Meta:
        db_table = "careplans_advicefeedback"
        indexes = [models.Index(fields=["advice", "-id"], name="advicefeedback_last")]

    def __repr__(self) -> str:
        return f"AdviceFeedback({self.pk})"

    __str__ = __repr__


class ReceivedOutcome(models.TextChoices):
    """What became of a plan that was received."""

    VERSION = "version"
    OLDER = "older"
    NO_PLAN = "no-plan"


class ReceivedPlan(models.Model):
    """A plan that came as a CPD-DK document: what it is, what became of it, and the report of what was met in it.

    The document itself is kept as it came (`records.Received`). One older than the plan we hold, or of a disease we
    have no plan for, is kept and shown, and changes no plan.
    """

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    received = models.ForeignKey("records.Received", models.PROTECT)
    document_id = models.CharField(max_length=200)
    set_id = models.CharField(max_length=200, blank=True)
    set_version = models.PositiveIntegerField(null=True)
    label = models.CharField(max_length=16, blank=True)
    title = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    written_by_name = models.CharField(max_length=200)
    organization = models.ForeignKey("people.Organization", models.PROTECT, null=True)
    version = models.OneToOneField(CarePlanVersion, models.PROTECT, null=True, related_name="received_plan")
    outcome = models.CharField(max_length=8, choices=ReceivedOutcome)
    report = models.JSONField(default=list, help_text="findings: kind, path, line, da, en")
    taken_in_at = models.DateTimeField()

    class Meta:
        db_table = "careplans_receivedplan"
        constraints = [
            models.UniqueConstraint(fields=["received"], name="received_plan_once"),
            models.CheckConstraint(
                condition=Q(outcome="version", version__isnull=False) | (~Q(outcome="version") & Q(version=None)),
                name="received_plan_became_a_version",
            ),
        ]
