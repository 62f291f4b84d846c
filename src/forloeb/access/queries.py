"""Whom may this viewer see? Each question about a patient leaves an entry in the log, with the rule that let in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from forloeb.access import national_blocks, policies
from forloeb.audit import actions as log
from forloeb.audit.actions import Action, appending
from forloeb.kernel.identifiers import Sex
from forloeb.people import prepared
from forloeb.people.searching import Condition
from forloeb.people.viewers import Viewer, ViewerKind


@dataclass(frozen=True, slots=True)
class OpenPatient:
    """A patient whom the viewer may see, and why."""

    id: int
    public_id: UUID
    cpr_number: str | None
    replacement_id: str | None
    given_name: str
    family_name: str
    birth_date: date
    sex: Sex | None
    deceased_on: date | None
    is_protected: bool
    rule: str

    @property
    def name(self) -> str:
        """The full name, as it is spoken."""
        return f"{self.given_name} {self.family_name}"

    def __repr__(self) -> str:
        return f"OpenPatient({self.id})"


class Grounds(NamedTuple):
    """What lets a viewer in: the rule, and the reason they stated where the rule asks for one."""

    rule: str
    reason: str | None = None


_COLUMNS = """p.id, p.public_id, p.cpr_number, p.replacement_id, p.given_name, p.family_name, p.birth_date, p.sex,
 p.deceased_on, p.is_protected"""
_PATIENT = f"SELECT {_COLUMNS} FROM people_patient p WHERE {{identity}}"  # noqa: S608
_OURS = """EXISTS (SELECT FROM people_practicemembership m WHERE m.patient_id = p.id AND m.organization_id = %s
 AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s))"""
_ON_LIST = """
SELECT EXISTS (SELECT FROM people_practicemembership m WHERE m.patient_id = %s AND m.organization_id = %s
               AND m.valid_from <= %s AND (m.valid_until IS NULL OR m.valid_until > %s))
"""
_MADE_HERE = "SELECT EXISTS (SELECT FROM careplans_annualreview r WHERE r.patient_id = %s AND r.organization_id = %s)"
_PROXY = """
SELECT EXISTS (SELECT FROM access_proxy x WHERE x.patient_id = %s AND x.holder_id = %s AND x.withdrawn_at IS NULL
               AND x.valid_from <= %s AND x.valid_until > %s)
"""
_REFERRAL = """
SELECT EXISTS (SELECT FROM access_referral r
               WHERE r.patient_id = %s AND r.organization_id = %s AND r.ended_at IS NULL)
"""
_LOOKUPS = """
SELECT reason FROM access_lookup
WHERE patient_id = %s AND login_id = %s AND organization_id = %s AND expires_at > now()
ORDER BY (reason = 'emergency')
LIMIT 1
"""
_IN_EMERGENCY = """
SELECT EXISTS (SELECT FROM access_lookup
               WHERE patient_id = %s AND login_id = %s AND organization_id = %s AND expires_at > now()
                 AND reason = 'emergency')
"""


def open_patient(public_id: UUID, *, seen_by: Viewer, as_of: date, event: str, action: Action = "read") -> OpenPatient:
    """Get a patient on the practice's list that day, and write down that they looked. Raises NoCareRelation."""
    if seen_by.kind is not ViewerKind.PRACTICE:
        raise policies.NoCareRelation
    # Asked thousands of times a second: patient, rule and log in one question.
    entry = noted(seen_by, patient="p.id", event=event, action=action, rule=policies.ON_OUR_LIST)
    ours = on_our_list(seen_by, as_of)
    rows = prepared.rows(
        f"SELECT {_COLUMNS}, {entry.sql} FROM people_patient p WHERE p.public_id = %s AND {ours.sql}",  # noqa: S608
        [*entry.parameters, public_id, *ours.parameters],
    )
    if not rows:
        raise policies.NoCareRelation
    return _opened(rows[0][:-1], policies.ON_OUR_LIST)


def on_our_list(viewer: Viewer, as_of: date) -> Condition:
    """Ask for patients (`p`) on the practice's list that day."""
    return Condition(_OURS, (viewer.acts_for, as_of, as_of))


def noted(viewer: Viewer, *, patient: str, event: str, action: Action, rule: str) -> Condition:
    """Give an entry in the log as a piece of a question: what the question finds is written down, as `note` does."""
    return Condition(
        *appending(
            patient=patient,
            action=action,
            event=event,
            viewer=viewer.kind.value,
            login_id=viewer.login_id,
            organization_id=viewer.organization_id,
            role=viewer.role,
            practitioner_id=viewer.practitioner_id,
            rule=rule,
            reason=_reason_for(viewer),
        )
    )


def open_former(public_id: UUID, *, seen_by: Viewer, as_of: date, event: str) -> OpenPatient:
    """Get a patient on the practice's list, or whose plans it once made: its own record. Raises NoCareRelation."""
    return _open("p.public_id = %s", public_id, _ours_or_once, seen_by=seen_by, as_of=as_of, event=event, action="read")


def open_shared(public_id: UUID, *, seen_by: Viewer, as_of: date, event: str, action: Action = "read") -> OpenPatient:
    """Get a patient by a referral or a stated reason, and write it down.

    Raises NotForThisViewer, NotAuthorized, NoCareRelation, and PatientSaidNo, SaidNoNationally or BlocksUnknown where
    there was a relation.
    """
    policies.check_may_look_up(seen_by)
    try:
        return _open("p.public_id = %s", public_id, _let_in, seen_by=seen_by, as_of=as_of, event=event, action=action)
    except policies.NoCareRelation:
        if _ask("SELECT forloeb_is_stopped(%s)", [public_id]):
            raise policies.PatientSaidNo from None
        raise


def open_own(*, seen_by: Viewer, as_of: date, event: str, action: Action = "read") -> OpenPatient:
    """Get the patient who is looking. Raises NotForThisViewer for everybody else."""
    policies.check_is_patient(seen_by)
    return _open("p.id = %s", seen_by.patient_id, _own, seen_by=seen_by, as_of=as_of, event=event, action=action)


def open_own_or_proxied(*, seen_by: Viewer, as_of: date, event: str) -> OpenPatient:
    """Get the patient who is looking, or whom they have a proxy for. Raises NotForThisViewer, ProxyIsOver."""
    if seen_by.kind is not ViewerKind.PROXY:
        return open_own(seen_by=seen_by, as_of=as_of, event=event)
    try:
        return _open(
            "p.id = %s", seen_by.patient_id, _proxied, seen_by=seen_by, as_of=as_of, event=event, action="read"
        )
    except policies.NoCareRelation:
        raise policies.ProxyIsOver from None


def open_as(public_id: UUID, *, seen_by: Viewer, as_of: date, event: str, action: Action = "read") -> OpenPatient:
    """Get a patient by the rule that fits the viewer's kind, and write it down.

    Raises NoCareRelation, also where patients or relatives ask for another; and as the openings above.
    """
    if seen_by.kind is ViewerKind.PRACTICE:
        return open_patient(public_id, seen_by=seen_by, as_of=as_of, event=event, action=action)
    if seen_by.kind is ViewerKind.PROFESSIONAL:
        return open_shared(public_id, seen_by=seen_by, as_of=as_of, event=event, action=action)
    if action == "read":
        patient = open_own_or_proxied(seen_by=seen_by, as_of=as_of, event=event)
    else:
        patient = open_own(seen_by=seen_by, as_of=as_of, event=event, action=action)
    if patient.public_id != public_id:
        raise policies.NoCareRelation
    return patient


def find_by_number(number: str, *, seen_by: Viewer, as_of: date) -> OpenPatient | None:
    """Find a patient by CPR or replacement number, on the practice's list or once; None when there is none."""
    identity = "(p.cpr_number = %s OR p.replacement_id = %s)"
    try:
        return _open(identity, number, _ours_or_once, seen_by=seen_by, as_of=as_of, event="search", action="read")
    except policies.NoCareRelation:
        return None


def find_on_list(number: str, *, seen_by: Viewer, as_of: date, event: str) -> OpenPatient | None:
    """Find a patient on the practice's list by CPR or replacement number, and write it down; None when none is."""
    if "\0" in number:  # PostgreSQL knows no such text
        return None
    identity = "(p.cpr_number = %s OR p.replacement_id = %s)"
    try:
        return _open(identity, number, _on_our_list, seen_by=seen_by, as_of=as_of, event=event, action="read")
    except policies.NoCareRelation:
        return None


def _open(
    identity: str,
    value: UUID | int | str | None,
    grounds_of: Callable[[int, date | None, Viewer, date], Grounds | None],
    *,
    seen_by: Viewer,
    as_of: date,
    event: str,
    action: Action,
) -> OpenPatient:
    with connection.cursor() as cursor:
        cursor.execute(_PATIENT.format(identity=identity), [value] * identity.count("%s"))
        row = cursor.fetchone()
    grounds = grounds_of(row[0], row[8], seen_by, as_of) if row else None
    if row is None or grounds is None:
        raise policies.NoCareRelation
    note(seen_by, event=event, action=action, patient_id=row[0], rule=grounds.rule, reason=grounds.reason)
    return _opened(row, grounds.rule)


def _opened(row: tuple[Any, ...], rule: str) -> OpenPatient:
    patient_id, public_id, cpr, replacement, given, family, born, sex, died, protected = row
    sex_ = Sex(sex) if sex else None
    return OpenPatient(patient_id, public_id, cpr, replacement, given, family, born, sex_, died, protected, rule)


def _own(patient_id: int, _died: date | None, viewer: Viewer, _as_of: date) -> Grounds | None:
    return Grounds(policies.OWN_PLAN) if patient_id == viewer.patient_id else None


def _proxied(patient_id: int, died: date | None, viewer: Viewer, as_of: date) -> Grounds | None:
    holds = died is None and patient_id == viewer.patient_id
    return Grounds(policies.BY_PROXY) if holds and _ask(_PROXY, [patient_id, viewer.login_id, as_of, as_of]) else None


def _on_our_list(patient_id: int, _died: date | None, viewer: Viewer, as_of: date) -> Grounds | None:
    if viewer.kind is not ViewerKind.PRACTICE:
        return None
    return Grounds(policies.ON_OUR_LIST) if _ask(_ON_LIST, [patient_id, viewer.organization_id, as_of, as_of]) else None


def _ours_or_once(patient_id: int, died: date | None, viewer: Viewer, as_of: date) -> Grounds | None:
    grounds = _on_our_list(patient_id, died, viewer, as_of)
    if grounds or viewer.kind is not ViewerKind.PRACTICE:
        return grounds
    return Grounds(policies.OUR_OWN_RECORD) if _ask(_MADE_HERE, [patient_id, viewer.organization_id]) else None


def _let_in(patient_id: int, _died: date | None, viewer: Viewer, _as_of: date) -> Grounds | None:
    """Let in by a relation that the citizen has not blocked nationally, or by an emergency."""
    grounds = _by_relation(patient_id, viewer)
    if grounds is None or grounds.rule == policies.EMERGENCY:
        return grounds
    try:
        national_blocks.check_patient(patient_id, by=viewer)
    except (policies.SaidNoNationally, policies.BlocksUnknown):
        if not _ask(_IN_EMERGENCY, [patient_id, viewer.login_id, viewer.organization_id]):
            raise
        return Grounds(policies.EMERGENCY, "emergency")
    return grounds


def _by_relation(patient_id: int, viewer: Viewer) -> Grounds | None:
    if _ask(_REFERRAL, [patient_id, viewer.organization_id]) and not _ask(
        "SELECT forloeb_has_said_no(%s)", [patient_id]
    ):
        return Grounds(policies.BY_REFERRAL)
    reason = _ask(_LOOKUPS, [patient_id, viewer.login_id, viewer.organization_id])
    if reason is None:
        return None
    return Grounds(policies.EMERGENCY if reason == "emergency" else policies.STATED_REASON, reason)


def _ask(question: str, parameters: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question, parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def note(
    viewer: Viewer,
    *,
    event: str,
    action: Action = "read",
    patient_id: int | None = None,
    rule: str | None = None,
    reason: str | None = None,
    data: str | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write in the log what the viewer did; whom a rule let in has come for treatment, or for their own sake."""
    log.append(
        action=action,
        event=event,
        viewer=viewer.kind.value,
        login_id=viewer.login_id,
        organization_id=viewer.organization_id,
        role=viewer.role,
        practitioner_id=viewer.practitioner_id,
        patient_id=patient_id,
        rule=rule,
        reason=reason or (_reason_for(viewer) if rule else None),
        data=data,
        detail=detail,
    )


def _reason_for(viewer: Viewer) -> str:
    """Say why where nobody was asked: for their own sake, for the patient who let them in, or for the treatment."""
    if viewer.kind in _OWN_REASONS:
        return _OWN_REASONS[viewer.kind]
    return "treatment" if viewer.practitioner_id is not None else "operation"


_OWN_REASONS = {ViewerKind.PATIENT: "own", ViewerKind.PROXY: "proxy"}
