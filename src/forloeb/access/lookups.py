"""A professional without a referral looks a plan up: with a reason, for some hours, and the patient sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection

from forloeb.access import national_blocks, policies, treatment_relations
from forloeb.access.models import KnownRelation, Lookup, LookupReason
from forloeb.access.notices import notify
from forloeb.access.queries import note
from forloeb.kernel.typed_text import typed_line
from forloeb.people.viewers import Viewer

HOLDS = timedelta(hours=12)
"""How long a stated reason opens a plan: a long shift, and not the next."""
LONGEST = 300


class NobodyThere(LookupError):
    """No person with that number has a plan or a record here."""

    def __init__(self) -> None:
        super().__init__("nobody with that number is known here")


class SayWhy(ValueError):
    """The reason needs words, or none of the reasons was chosen, or the words are too many."""


class NoKnownRelation(SayWhy):
    """The national register knows of no treatment relation: the reason needs words, and then it is enough."""


@dataclass(frozen=True, slots=True)
class OpenedByMe:
    """A plan that this professional has open: until when, and by which reason."""

    public_id: UUID
    name: str
    birth_date: date
    reason: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "OpenedByMe(…)"


_MINE = """
SELECT DISTINCT ON (p.id) p.public_id, p.given_name || ' ' || p.family_name, p.birth_date, l.reason, l.expires_at
FROM access_lookup l JOIN people_patient p ON p.id = l.patient_id
WHERE l.login_id = %s AND l.organization_id = %s AND l.expires_at > %s
ORDER BY p.id, l.expires_at DESC
"""
_FIND = "SELECT id, public_id, deceased_on, is_blocked FROM forloeb_find_person(%s)"


def lookups_of(viewer: Viewer, *, at: datetime) -> tuple[OpenedByMe, ...]:
    """Give what the viewer has open by a stated reason. Raises NotForThisViewer, NotAuthorized."""
    policies.check_may_look_up(viewer)
    with connection.cursor() as cursor:
        cursor.execute(_MINE, [viewer.login_id, viewer.organization_id, at])
        return tuple(OpenedByMe(*row) for row in cursor.fetchall())


def find_relation(number: str, *, seen_by: Viewer) -> UUID | None:
    """Find a person by CPR or replacement number to whom a referral or a stated reason is open already.

    None says nothing of whether there is such a person. Raises NotForThisViewer, NotAuthorized.
    """
    policies.check_may_look_up(seen_by)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.public_id FROM people_patient p
               WHERE (p.cpr_number = %s OR p.replacement_id = %s) AND p.id = ANY (forloeb_opened())""",
            [number, number],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def state_reason(number: str, *, reason: str, explanation: str, by: Viewer, at: datetime) -> UUID:
    """Open a person's plan for a stated reason, and give their public id.

    `number` is a CPR or replacement number. Raises NotForThisViewer, NotAuthorized, and SayWhy before anything is
    looked up; then NobodyThere, PatientIsDead, and, where the reason is no emergency, PatientSaidNo for a block here,
    SaidNoNationally for one in the national register, and BlocksUnknown where that did not answer; last
    NoKnownRelation, where the register of treatment relations knows of none and nothing is said in words.
    """
    policies.check_may_look_up(by)
    words = typed_line(explanation)
    needs_words = reason in (LookupReason.OTHER, LookupReason.EMERGENCY)
    if reason not in LookupReason.values or (needs_words and not words) or len(words) > LONGEST:
        raise SayWhy
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [number])
        row = cursor.fetchone()
    if row is None:
        raise NobodyThere
    patient_id, public_id, deceased_on, is_blocked = row
    if deceased_on is not None:
        raise policies.PatientIsDead
    if is_blocked and reason != LookupReason.EMERGENCY:
        raise policies.PatientSaidNo
    if reason != LookupReason.EMERGENCY:
        national_blocks.check_number(number, by=by)
    relation = treatment_relations.find_relation(number, reason=reason, by=by)
    if relation is KnownRelation.NONE and not words:
        raise NoKnownRelation
    Lookup.objects.create(
        patient_id=patient_id,
        login_id=by.login_id,
        organization_id=by.acts_for,
        reason=reason,
        explanation=words,
        stated_at=at,
        expires_at=at + HOLDS,
        known_relation=relation,
    )
    if reason == LookupReason.EMERGENCY:
        notify(patient_id, "emergency", at=at)
    rule = policies.EMERGENCY if reason == LookupReason.EMERGENCY else policies.STATED_REASON
    said = {"treatment_relation": relation.value} if relation else None
    note(by, event="look-up", action="write", patient_id=patient_id, rule=rule, reason=reason, detail=said)
    return UUID(str(public_id))
