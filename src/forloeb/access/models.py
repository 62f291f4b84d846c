"""Who can sign in and as whom, who is signed in, and what lets one person read another's plan."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from forloeb.access.app_models import AppRegistration, Consent, ConsentToken, HeardAssertion

__all__ = [
    "AppRegistration",
    "Block",
    "Consent",
    "ConsentToken",
    "HeardAssertion",
    "HeardSignOut",
    "Login",
    "LoginKind",
    "Lookup",
    "LookupReason",
    "NoticeChoice",
    "Proxy",
    "Referral",
    "ReferralEnd",
    "SignIn",
]


class LoginKind(models.TextChoices):
    """What a person signs in as."""

    PRACTITIONER = "practitioner"
    PATIENT = "patient"
    RELATED_PERSON = "related-person"
    SYSTEM = "system"


class Login(models.Model):
    """An identity at the OpenID provider: a practitioner, a patient, or a relative known by `name` only.

    A system of others has one too, so that the log says who it was; no provider knows it, and nobody signs in with it.
    """

    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=LoginKind)
    practitioner = models.ForeignKey("people.Practitioner", models.PROTECT, null=True)
    patient = models.ForeignKey("people.Patient", models.PROTECT, null=True)
    name = models.CharField(max_length=200, blank=True)

    # What Django OAuth Toolkit asks of a user's model; a login has no password and no mail address.
    USERNAME_FIELD = "subject"
    REQUIRED_FIELDS: list[str] = []
    is_anonymous = False
    is_authenticated = True

    class Meta:
        db_table = "access_login"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="login_once"),
            models.CheckConstraint(
                condition=Q(kind="practitioner", practitioner__isnull=False, patient=None)
                | Q(kind="patient", patient__isnull=False, practitioner=None)
                | (Q(kind__in=["related-person", "system"], patient=None, practitioner=None) & ~Q(name="")),
                name="login_is_somebody",
            ),
        ]


class NoticeChoice(models.Model):
    """A patient wants an e-mail, without content, when there is news; the address is confirmed before any is sent."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    email = models.EmailField()
    news = models.BooleanField()
    emergencies = models.BooleanField()
    language = models.CharField(max_length=8)
    chosen_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_noticechoice"
        constraints = [
            models.UniqueConstraint(fields=["patient"], condition=Q(ended_at=None), name="notice_one_choice"),
            models.CheckConstraint(condition=Q(news=True) | Q(emergencies=True), name="notice_of_something"),
        ]

    def __repr__(self) -> str:
        return f"NoticeChoice({self.pk})"

    __str__ = __repr__


class SignIn(models.Model):
    """The identity that a session was begun with, so that its provider can end it. It goes when the session goes."""

    # The database itself takes the row away with its session (see the migration), whoever ends that.
    session = models.OneToOneField("sessions.Session", models.DO_NOTHING, primary_key=True, db_constraint=False)
    login = models.ForeignKey(Login, models.PROTECT)
    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    sid = models.CharField(max_length=255)
    """The provider's own name for the session; empty when it gave none."""
    since = models.DateTimeField()

    class Meta:
        db_table = "access_signin"
        indexes = [
            models.Index(fields=["issuer", "subject"], name="signin_subject"),
            models.Index(fields=["issuer", "sid"], name="signin_sid"),
        ]


class HeardSignOut(models.Model):
    """A provider's word that someone signed out, as a mark of it, kept until it is too old to be believed again."""

    mark = models.CharField(max_length=64, primary_key=True)
    heard_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "access_heardsignout"


class Proxy(models.Model):
    """A *fuldmagt*: a patient lets a relative read the plan from a day until a day. Read only; taken back at any time.

    It begins as an invitation: the patient gets a code once (`code_digest` is its SHA-256), the relative signs in with
    their own MitID and types it, and the proxy is theirs (`holder`) from then on.
    """

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    holder_name = models.CharField(max_length=120, help_text="as the patient calls them")
    holder = models.ForeignKey(Login, models.PROTECT, null=True)
    code_digest = models.BinaryField(unique=True)
    code_expires_at = models.DateTimeField()
    valid_from = models.DateField()
    valid_until = models.DateField()
    given_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_proxy"
        indexes = [models.Index(fields=["patient"], name="proxy_patient")]
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="proxy_period"),
            models.CheckConstraint(
                condition=Q(holder=None, accepted_at=None) | Q(holder__isnull=False, accepted_at__isnull=False),
                name="proxy_holder_accepted",
            ),
        ]


class ReferralEnd(models.TextChoices):
    """How a referral ended, in FHIR's words for a ServiceRequest, and *declined* where it was not taken on."""

    COMPLETED = "completed"
    REVOKED = "revoked"
    DECLINED = "declined"


class Referral(models.Model):
    """A patient referred to another sector: it opens the plan to that organization until it ends."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    from_organization = models.ForeignKey("people.Organization", models.PROTECT, related_name="referrals_sent")
    organization = models.ForeignKey("people.Organization", models.PROTECT, related_name="referrals_received")
    offer = models.CharField(max_length=40)
    purpose = models.CharField(max_length=300, blank=True)
    referred_at = models.DateTimeField()
    referred_by_name = models.CharField(max_length=200)
    seen_at = models.DateTimeField(null=True)
    on_hold_at = models.DateTimeField(null=True, help_text="they wait for something more, since then")
    ended_at = models.DateTimeField(null=True)
    ended_how = models.CharField(max_length=12, choices=ReferralEnd, blank=True)
    ended_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "access_referral"
        indexes = [
            models.Index(fields=["organization", "patient"], condition=Q(ended_at=None), name="referral_open"),
            models.Index(fields=["patient"], name="referral_patient"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_how="", ended_by_name="")
                | (Q(ended_at__isnull=False) & ~Q(ended_how="")),
                name="referral_ends_somehow",
            ),
            models.CheckConstraint(
                condition=Q(on_hold_at=None) | Q(seen_at__isnull=False), name="referral_on_hold_was_received"
            ),
            models.UniqueConstraint(
                fields=["patient", "organization", "offer"], condition=Q(ended_at=None), name="referral_one_open"
            ),
        ]


class LookupReason(models.TextChoices):
    """Why a professional without a referral looks a plan up (Sundhedsloven § 42 a)."""

    TREATMENT = "treatment"
    ASSESSMENT = "assessment"
    TRANSITION = "transition"
    OTHER = "other"
    EMERGENCY = "emergency"


class KnownRelation(models.TextChoices):
    """What the national register of treatment relations said when a reason was stated."""

    NOT_ASKED = ""
    KNOWN = "known"
    NONE = "none"
    NO_ANSWER = "no-answer"


class Lookup(models.Model):
    """A plan opened for a stated reason, by one person for one organization, for some hours."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    login = models.ForeignKey(Login, models.PROTECT)
    organization = models.ForeignKey("people.Organization", models.PROTECT)
    reason = models.CharField(max_length=12, choices=LookupReason)
    explanation = models.CharField(max_length=300, blank=True)
    stated_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    known_relation = models.CharField(max_length=12, choices=KnownRelation, blank=True, db_default="")

    class Meta:
        db_table = "access_lookup"
        indexes = [models.Index(fields=["login", "-expires_at"], name="lookup_current")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason__in=["other", "emergency"]) | ~Q(explanation=""), name="lookup_says_why"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("stated_at")), name="lookup_period"),
            models.CheckConstraint(
                condition=~Q(known_relation="none") | ~Q(explanation=""), name="lookup_without_relation_says_why"
            ),
        ]


class Block(models.Model):
    """*Frabedelse*: the patient says no to look-ups by one organization, or by all (`organization` null)."""

    patient = models.ForeignKey("people.Patient", models.PROTECT)
    organization = models.ForeignKey("people.Organization", models.PROTECT, null=True)
    set_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "access_block"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "organization"],
                condition=Q(lifted_at=None),
                nulls_distinct=False,
                name="block_once",
            ),
        ]


class TakenToken(models.Model):
    """A token of a record system's that has been taken, as a mark of it, until it is too old to be believed again."""

    mark = models.CharField(max_length=64, primary_key=True)
    until = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "access_takentoken"
