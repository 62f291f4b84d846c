"""Who there is. Every row of a patient lies behind row-level security (migrations/0002)."""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q


class OrganizationKind(models.TextChoices):
    """What an organization is to a patient."""

    GENERAL_PRACTICE = "general-practice"
    REGIONAL_CLINIC = "regional-clinic"
    TENDER_CLINIC = "tender-clinic"
    MUNICIPALITY = "municipality"
    HOSPITAL = "hospital"


class Organization(models.Model):
    """A practice, a municipality or a hospital."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=32, choices=OrganizationKind)
    ydernummer = models.CharField(max_length=6, unique=True, null=True)
    sor_code = models.CharField(max_length=18, unique=True, null=True)
    practice_type = models.CharField(max_length=4, blank=True, help_text="the register's type, such as 80")
    region = models.CharField(max_length=32, blank=True)
    doctors = models.PositiveSmallIntegerField(null=True, help_text="number of doctors (capacities)")
    phone = models.CharField(max_length=32, blank=True)
    closed_on = models.DateField(null=True)

    class Meta:
        db_table = "people_organization"


class CardAdapter(models.TextChoices):
    """How values travel to a practice's laboratory card."""

    FHIR = "fhir"
    XRPT01 = "xrpt01"


class RecordSystem(models.Model):
    """The record system (LPS) of one practice: how values reach it, how it opens plans, who may frame them."""

    organization = models.OneToOneField(Organization, models.PROTECT, related_name="record_system")
    name = models.CharField(max_length=120)
    card_adapter = models.CharField(
        max_length=8, choices=CardAdapter, null=True, help_text="null: nothing is sent to the laboratory card"
    )
    fhir_base_url = models.URLField(max_length=300, blank=True, help_text="without a slash at its end")
    medcom_inbox_url = models.URLField(max_length=300, blank=True, help_text="where XRPT01 letters are posted")
    own_gln = models.CharField(max_length=13, blank=True, help_text="the practice's location number, as the sender")
    system_gln = models.CharField(max_length=13, blank=True, help_text="the record system's, as the receiver")
    issuer = models.URLField(max_length=300, blank=True, help_text="the OpenID issuer of SMART launches")
    token_url = models.URLField(max_length=300, blank=True)
    client_id = models.CharField(max_length=200, blank=True, help_text="what we are called there")
    launch_issuer = models.CharField(max_length=300, blank=True, help_text="`iss` of signed context launches")
    launch_jwks = models.JSONField(null=True, help_text="the public keys that signed context launches are checked with")
    frame_origin = models.CharField(max_length=300, blank=True, help_text="who may show our pages in a frame")
    registered_at = models.DateTimeField()
    results_until = models.DateTimeField(null=True, help_text="how far its laboratory results have been fetched")

    class Meta:
        db_table = "people_recordsystem"
        constraints = [
            models.UniqueConstraint(
                fields=["launch_issuer"], condition=~Q(launch_issuer=""), name="recordsystem_launch_issuer_once"
            ),
            models.CheckConstraint(
                condition=~Q(card_adapter="fhir") | ~Q(fhir_base_url=""), name="recordsystem_fhir_has_address"
            ),
            models.CheckConstraint(
                condition=~Q(card_adapter="xrpt01") | ~(Q(medcom_inbox_url="") | Q(own_gln="") | Q(system_gln="")),
                name="recordsystem_xrpt01_has_address",
            ),
        ]

    @property
    def source(self) -> str:
        """The source system of facts that come from it."""
        return f"urn:forloeb:lps:{self.organization_id}"


class ReferralAdapter(models.TextChoices):
    """How a referral reaches whom it is for."""

    HERE = "here"
    XREF15 = "xref15"
    FHIR = "fhir"


class ReferralReceiver(models.Model):
    """Where one municipality receives referrals: on these pages, or in a system of its own."""

    organization = models.OneToOneField(Organization, models.PROTECT, related_name="referral_receiver")
    name = models.CharField(max_length=120)
    adapter = models.CharField(max_length=8, choices=ReferralAdapter)
    fhir_base_url = models.URLField(max_length=300, blank=True, help_text="without a slash at its end")
    medcom_inbox_url = models.URLField(max_length=300, blank=True, help_text="where XREF15 letters are posted")
    own_gln = models.CharField(max_length=13, blank=True, help_text="our location number, as the sender")
    system_gln = models.CharField(max_length=13, blank=True, help_text="theirs, as the receiver")
    token_url = models.URLField(max_length=300, blank=True, help_text="where a token for the FHIR server is asked for")
    client_id = models.CharField(max_length=200, blank=True, help_text="what we are called there")
    registered_at = models.DateTimeField()
    answers_until = models.DateTimeField(null=True, help_text="how far its answers have been fetched")

    class Meta:
        db_table = "people_referralreceiver"
        constraints = [
            models.CheckConstraint(
                condition=~Q(adapter="fhir") | ~Q(fhir_base_url=""), name="referralreceiver_fhir_has_address"
            ),
            models.CheckConstraint(
                condition=~Q(adapter="xref15") | ~(Q(medcom_inbox_url="") | Q(own_gln="") | Q(system_gln="")),
                name="referralreceiver_xref15_has_address",
            ),
        ]

    @property
    def source(self) -> str:
        """The source system of what comes from it."""
        return f"urn:forloeb:referral-receiver:{self.organization_id}"


class Practitioner(models.Model):
    """A health professional. `authorization_id` is the Danish authorization: five characters."""

    name = models.CharField(max_length=200)
    authorization_id = models.CharField(max_length=5, unique=True, null=True)

    class Meta:
        db_table = "people_practitioner"


class Role(models.TextChoices):
    """What a practitioner does in an organization."""

    GENERAL_PRACTITIONER = "general-practitioner"
    NURSE = "nurse"
    PHYSIOTHERAPIST = "physiotherapist"
    DIETITIAN = "dietitian"
    SECRETARY = "secretary"
    ASSISTANT = "assistant"


class PractitionerRole(models.Model):
    """A practitioner at work in an organization, from a day until a day."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="roles")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="roles")
    role = models.CharField(max_length=32, choices=Role)
    national_role = models.CharField(
        max_length=32, blank=True, help_text="given in SEB to those without an authorization, such as nspSundAssistR2"
    )
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    class Meta:
        db_table = "people_practitionerrole"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="practitionerrole_period",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "organization", "role", "valid_from"], name="practitionerrole_once"
            ),
        ]


class Patient(models.Model):
    """A patient. `public_id` stands in addresses; the CPR number never does."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cpr_number = models.CharField(max_length=10, unique=True, null=True)
    replacement_id = models.CharField(max_length=64, unique=True, null=True, help_text="X-eCPR or D-eCPR")
    given_name = models.CharField(max_length=120)
    family_name = models.CharField(max_length=120)
    birth_date = models.DateField()
    sex = models.CharField(max_length=6, choices=[("female", "female"), ("male", "male")], null=True)
    deceased_on = models.DateField(null=True)
    is_protected = models.BooleanField(default=False, help_text="navne- og adressebeskyttelse: tell nobody where")
    source_system = models.CharField(max_length=120)
    source_id = models.CharField(max_length=120)
    registered_at = models.DateTimeField(null=True, help_text="when the person register last spoke of them")
    list_registered_at = models.DateTimeField(null=True, help_text="when it last said whose list they are on")

    class Meta:
        db_table = "people_patient"
        constraints = [
            models.UniqueConstraint(fields=["source_system", "source_id"], name="patient_source_once"),
            models.CheckConstraint(
                condition=Q(deceased_on=None) | Q(deceased_on__gte=F("birth_date")),
                name="patient_dies_after_birth",
            ),
            # A tourist has neither, and no plan.
            models.CheckConstraint(
                condition=Q(cpr_number__isnull=False) | Q(replacement_id__isnull=False), name="patient_has_a_number"
            ),
        ]

    @property
    def name(self) -> str:
        """The full name, as it is spoken."""
        return f"{self.given_name} {self.family_name}"

    def __repr__(self) -> str:
        return f"Patient({self.pk})"

    __str__ = __repr__


class PracticeMembership(models.Model):
    """A patient on a practice's list, from a day until a day. One practice at a time."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="memberships")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="memberships")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    class Meta:
        db_table = "people_practicemembership"
        indexes = [models.Index(fields=["organization", "valid_until", "patient"], name="membership_list")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="membership_period"
            ),
            ExclusionConstraint(
                name="membership_one_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    (
                        Func("valid_from", "valid_until", function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]


class NationalService(models.Model):
    """How it goes with a national service that the worker asks."""

    name = models.CharField(max_length=20, primary_key=True)
    cursor = models.TextField(null=True, help_text="how far we are in what it tells")
    failures = models.PositiveIntegerField(default=0, help_text="times in a row that it did not answer")
    fault = models.CharField(max_length=40, blank=True)
    not_before = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "people_nationalservice"
