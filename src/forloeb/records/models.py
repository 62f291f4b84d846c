"""What is known of a patient, with where it came from.

A fact is named by its source system and source id. The same fact received again changes nothing; a changed
one is a new version, and the old row is marked superseded. Values a clinician types are ours: source system
`urn:forloeb`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import MD5, Cast, Concat

OURS = "urn:forloeb"
"""The source system of what is typed here."""


class Received(models.Model):
    """What came in, byte for byte, before anybody translated it."""

    source_system = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    body = models.BinaryField()
    digest = models.BinaryField(unique=True, help_text="SHA-256: the same bytes are kept once")
    patient = models.ForeignKey("people.Patient", models.PROTECT, null=True)
    received_at = models.DateTimeField()

    class Meta:
        db_table = "records_received"


class Fact(models.Model):
    """What observations, conditions and medication have in common."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    source_system = models.CharField(max_length=120)
    source_id = models.CharField(max_length=120)
    version = models.PositiveSmallIntegerField(default=1)
    code_system = models.CharField(max_length=120)
    code = models.CharField(max_length=32)
    recorded_at = models.DateTimeField()
    recorded_by = models.BigIntegerField(null=True, help_text="the login, when a person typed it")
    received = models.ForeignKey(Received, models.PROTECT, null=True)
    superseded_at = models.DateTimeField(null=True)
    logical_id = models.GeneratedField(  # the id outside, the same in every version: made from where it came from
        expression=Cast(MD5(Concat(F("source_system"), Value("|"), F("source_id"))), models.UUIDField()),
        output_field=models.UUIDField(),
        db_persist=True,
    )

    class Meta:
        abstract = True


class ObservationStatus(models.TextChoices):
    """FHIR's words for whether a value still holds."""

    FINAL = "final"
    AMENDED = "amended"
    ENTERED_IN_ERROR = "entered-in-error"


class Observation(Fact):
    """One value: a number in the measure's own unit, with its comparator, or a chosen answer."""

    measure = models.CharField(max_length=40, null=True, help_text="null: a code we do not know yet, kept as received")
    value = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    comparator = models.CharField(max_length=2, null=True)
    unit = models.CharField(max_length=32, null=True)
    answer = models.CharField(max_length=200, null=True)
    setting = models.CharField(max_length=12)
    measured_on = models.DateField()
    measured_at = models.DateTimeField(null=True)
    performer = models.ForeignKey("people.Organization", models.PROTECT, null=True)
    status = models.CharField(max_length=20, choices=ObservationStatus, default=ObservationStatus.FINAL)
    issued_at = models.DateTimeField(
        null=True, help_text="when its source said it: an older word never follows a newer"
    )

    class Meta:
        db_table = "records_observation"
        indexes = [
            models.Index(
                fields=["patient", "measure", "-measured_on"],
                include=["value", "comparator", "answer"],
                condition=Q(superseded_at=None),
                name="observation_latest",
            ),
            models.Index(fields=["logical_id", "version"], name="observation_logical"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "source_id"],
                condition=Q(superseded_at=None),
                name="observation_once",
            ),
            models.UniqueConstraint(fields=["source_system", "source_id", "version"], name="observation_version"),
            models.CheckConstraint(
                condition=Q(value__isnull=False, unit__isnull=False)
                | Q(value=None, comparator=None, answer__isnull=False),
                name="observation_number_has_unit",
            ),
            models.CheckConstraint(
                condition=Q(comparator=None) | Q(comparator__in=["<", "<=", ">=", ">"]),
                name="observation_comparator",
            ),
        ]


class Condition(Fact):
    """One diagnosis. `ended_on` is the first day it no longer holds."""

    clinical_status = models.CharField(max_length=12, default="active")
    onset_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)

    class Meta:
        db_table = "records_condition"
        indexes = [
            models.Index(fields=["patient"], condition=Q(superseded_at=None), name="condition_current"),
            models.Index(fields=["logical_id", "version"], name="condition_logical"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "source_id"], condition=Q(superseded_at=None), name="condition_once"
            ),
            models.UniqueConstraint(fields=["source_system", "source_id", "version"], name="condition_version"),
        ]


class MedicationStatement(Fact):
    """One medicine (`code` is its ATC code), from the first day to the day it stops."""

    started_on = models.DateField(null=True)
    stopped_on = models.DateField(null=True)

    class Meta:
        db_table = "records_medicationstatement"
        indexes = [
            models.Index(fields=["patient"], condition=Q(superseded_at=None), name="medication_current"),
            models.Index(fields=["logical_id", "version"], name="medicationst_logical"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "source_id"], condition=Q(superseded_at=None), name="medication_once"
            ),
            models.UniqueConstraint(fields=["source_system", "source_id", "version"], name="medication_version"),
        ]


PATIENTS = "urn:forloeb:patient"
"""The source system of what patients measure and type themselves."""


class HomeSeries(models.Model):
    """Blood pressure measured at home over some days: begun, gone on with, and handed in or put aside."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    protocol = models.CharField(max_length=60, help_text="which protocol, and its version")
    begun_at = models.DateTimeField()
    begun_by = models.BigIntegerField(help_text="the login")
    ended_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True, help_text="the mean, how many it was made of, and why those; null: put aside")

    class Meta:
        db_table = "records_homeseries"
        constraints = [
            models.UniqueConstraint(fields=["patient"], condition=Q(ended_at=None), name="home_series_one_open"),
            models.CheckConstraint(
                condition=Q(result=None) | Q(ended_at__isnull=False), name="home_series_result_is_final"
            ),
        ]


class HomeReading(models.Model):
    """One blood pressure of a series, as the patient read it. A corrected one supersedes it."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    series = models.ForeignKey(HomeSeries, models.PROTECT, related_name="readings")
    day = models.PositiveSmallIntegerField()
    time = models.CharField(max_length=12)
    place = models.PositiveSmallIntegerField()
    systolic = models.PositiveSmallIntegerField()
    diastolic = models.PositiveSmallIntegerField()
    measured_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.BigIntegerField(help_text="the login")
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "records_homereading"
        constraints = [
            models.UniqueConstraint(
                fields=["series", "day", "time", "place"],
                condition=Q(superseded_at=None),
                name="home_reading_once",
            ),
        ]


class QuestionnaireResponse(models.Model):
    """What a patient answered before a control, as a FHIR QuestionnaireResponse. A changed one is a new version."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    questionnaire = models.CharField(max_length=60, help_text="the guideline whose questions they are")
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    authored_at = models.DateTimeField()
    authored_by = models.BigIntegerField(help_text="the login")
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "records_questionnaireresponse"
        constraints = [
            models.UniqueConstraint(fields=["patient", "questionnaire", "version"], name="response_version"),
        ]


class DeliveryState(models.TextChoices):
    """How far a value has come on its way to the laboratory card."""

    TYPED = "typed"
    SENT = "sent"
    WAITING = "waiting"
    RECEIVED = "received"
    GIVEN_UP = "given-up"


class Delivery(models.Model):
    """One version of a value on its way to the laboratory card of a practice's record system."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    observation = models.OneToOneField(Observation, models.PROTECT, related_name="delivery")
    card_id = models.UUIDField(help_text="the entry's name there; both blood pressures of a reading share one")
    state = models.CharField(max_length=12, choices=DeliveryState, default=DeliveryState.TYPED)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=40, blank=True, help_text="why it was not received, in one of our own words")
    remote_id = models.CharField(max_length=120, blank=True, help_text="the entry's id there")

    class Meta:
        db_table = "records_delivery"
        indexes = [
            models.Index(fields=["patient", "card_id"], name="delivery_entry"),
            models.Index(fields=["organization"], condition=Q(state="given-up"), name="delivery_given_up"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="received") | Q(received_at__isnull=False), name="delivery_received_has_moment"
            ),
        ]


class WaitingResult(models.Model):
    """A laboratory report about somebody who is not known here yet: taken in when they are."""

    received = models.ForeignKey(Received, models.PROTECT)
    organization = models.ForeignKey(
        "people.Organization", models.PROTECT, null=True, help_text="the practice it is for"
    )
    patient_number = models.CharField(max_length=64, help_text="CPR or replacement number, as the report has it")
    arrived_at = models.DateTimeField()
    taken_in_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "records_waitingresult"
        indexes = [models.Index(fields=["patient_number"], condition=Q(taken_in_at=None), name="waiting_result_open")]
        constraints = [models.UniqueConstraint(fields=["received", "patient_number"], name="waiting_result_once")]

    def __repr__(self) -> str:
        return f"WaitingResult({self.pk})"

    __str__ = __repr__


class MedicationFetch(models.Model):
    """When a patient's shared medication card was last fetched, and why a newer one did not come."""

    patient = models.OneToOneField("people.Patient", models.PROTECT, primary_key=True)
    fetched_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=40, blank=True)
    unreadable = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "records_medicationfetch"
