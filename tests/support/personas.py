"""The cast of the demo, as tests meet it. Built through actions; a test that changes a plan asks for a new person."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from forloeb.access import proxies, referrals
from forloeb.access.actions import give_login
from forloeb.access.identities import find_login
from forloeb.careplans import questions
from forloeb.careplans.referral_models import ReferralLetter
from forloeb.jobs.demo.cast import ISSUER
from forloeb.jobs.demo.histories import make_histories
from forloeb.jobs.demo.people import Demo, register_cast
from forloeb.kernel.codes import ICPC2_DK, MCS, NPU
from forloeb.kernel.identifiers import CprNumber, Sex
from forloeb.kernel.periods import months_before
from forloeb.people import actions as people
from forloeb.people.models import Organization, Patient, Role
from forloeb.people.viewers import Viewer, looking
from forloeb.records import intake
from forloeb.terminology import check_typed, measures

SOURCE = "urn:test"
SYSTEMS = {"NPU": NPU, "MCS": MCS}


@dataclass(slots=True)
class Cast:
    """Everybody, and the day and moment the tests speak of: today, as the database's own lock asks the clock."""

    demo: Demo
    as_of: date
    at: datetime
    _serial: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def staff(self, key: str) -> Viewer:
        """Give the eyes of a member of staff: holm (GP), krogh (nurse), lund (another practice's GP); nygaard
        (municipal nurse), birk (hospital physiotherapist), storm (municipal assistant without an authorization)."""
        return self._signed_in(key)

    def patient(self, key: str) -> Viewer:
        """Give the eyes of a patient."""
        return self._signed_in(key)

    def id_of(self, key: str) -> UUID:
        """Give the public id of a patient of the cast."""
        return self.demo.patients[key].public_id

    def letter_of(self, key: str) -> UUID:
        """Give the name of the letter that a patient of the cast was referred with."""
        return ReferralLetter.objects.using("loader").get(patient=self.demo.patients[key]).name

    def new_patient(self, *, conditions: tuple[str, ...] = ("T90",), years: int = 60) -> Patient:
        """Register someone nobody else's test knows, on the list of the cast's practice, with ICPC-2 diagnoses."""
        serial = next(self._serial)
        # A day has one number that can belong to nobody: after all days of a year, the year before.
        born = date(self.as_of.year - years - serial // 312, 1 + serial % 12, 2 + serial // 12 % 26)
        key = f"new-{serial}"
        patient = people.register_patient(
            cpr_number=CprNumber.synthetic(born, Sex.FEMALE, seventh=9),
            given_name="Ny",
            family_name=f"Nummer{serial}",
            birth_date=born,
            sex=Sex.FEMALE,
            source_system=SOURCE,
            source_id=key,
        )
        people.join_practice(patient=patient, organization=self.demo.practice, on=months_before(self.as_of, 24))
        onset = months_before(self.as_of, 36)
        rows = [
            intake.ConditionIn(place, key, f"{key}-{code}", ICPC2_DK, code, "active", onset, None)
            for place, code in enumerate(conditions)
        ]
        intake.take_in(intake.CONDITIONS, rows, source_system=SOURCE, at=self.at)
        return patient

    def new_practice_doctor(self) -> Viewer:
        """Open a practice with one doctor, whom nobody else's test knows, and give the doctor's eyes."""
        serial = next(self._serial)
        practice = people.register_practice(name=f"Ny Praksis {serial}", ydernummer=f"{990000 + serial}", doctors=1)
        return self._employ(f"doctor-{serial}", Role.GENERAL_PRACTITIONER, practice, f"N{serial:04}")

    def new_professional(self, organization: Organization, *, national_role: str = "") -> Viewer:
        """Employ someone in another sector: authorized, unless they have a national role (or `none`) instead."""
        serial = next(self._serial)
        authorization = None if national_role else f"P{serial:04}"
        role = "" if national_role == "none" else national_role
        return self._employ(f"professional-{serial}", Role.NURSE, organization, authorization, role)

    def _employ(
        self, key: str, role: Role, organization: Organization, authorization: str | None, national_role: str = ""
    ) -> Viewer:
        practitioner = people.employ(
            name=key.title(),
            role=role,
            organization=organization,
            since=months_before(self.as_of, 12),
            authorization_id=authorization,
            national_role=national_role,
        )
        give_login(issuer=ISSUER, subject=key, practitioner=practitioner)
        return self._signed_in(key)

    def works_in_two_places(self) -> str:
        """Employ a nurse in the cast's practice and the municipality; gives the name to choose among the demo's."""
        serial, since = next(self._serial), months_before(self.as_of, 12)
        nurse = people.employ(
            name="Anne Begge",
            role=Role.NURSE,
            organization=self.demo.practice,
            since=since,
            authorization_id=f"B{serial:04}",
        )
        people.give_role(
            practitioner=nurse,
            role=Role.NURSE,
            organization=self.demo.municipality,
            national_role="",
            since=since,
            until=None,
        )
        key = f"both-{serial}"
        give_login(issuer=ISSUER, subject=key, practitioner=nurse)
        return key

    def organization_of(self, viewer: Viewer) -> Organization:
        """Give the organization that staff act for."""
        return Organization.objects.using("loader").get(pk=viewer.organization_id)

    def as_patient(self, patient: Patient) -> Viewer:
        """Give the eyes of a patient who is nobody of the cast."""
        return self._signed_in(self.give_login(patient))

    def relative_of(self, patient: Patient, *, months: int = 12) -> Viewer:
        """Let a relative read a patient's plan, and give the relative's eyes."""
        by = self.as_patient(patient)
        with looking(by):
            given = proxies.give_proxy("Min søster", months, by=by, at=self.at, as_of=self.as_of)
        key = f"relative-{next(self._serial)}"
        proxies.accept_proxy(given.code, issuer=ISSUER, subject=key, at=self.at, as_of=self.as_of)
        return self._signed_in(key)

    def refer(self, patient: Patient, organization: Organization, *, offer: str = "exercise") -> int:
        """Refer a patient of the cast's practice to another sector; gives the referral's id."""
        holm = self.staff("holm")
        with looking(holm):
            referrals.refer(
                patient.public_id,
                organization_id=organization.pk,
                offer=offer,
                purpose="",
                by=holm,
                at=self.at,
                as_of=self.as_of,
            )
            return next(c.id for c in referrals.courses_of(patient.pk) if c.ended_at is None and c.offer == offer)

    def give_values(self, patient: Patient, months_ago: int, **values: str) -> None:
        """Put results on a patient's record, as a laboratory or a clinic would have reported them."""
        day = months_before(self.as_of, months_ago)
        rows = []
        for place, (name, text) in enumerate(values.items()):
            measure = measures()[name]
            quantity, answer = check_typed(measure, text).quantity, check_typed(measure, text).answer
            code = measure.read[0]
            rows.append(
                intake.ObservationIn(
                    line=place,
                    patient=patient.source_id,
                    source_id=f"{patient.source_id}-{months_ago}-{name}",
                    code_system=SYSTEMS[code.system],
                    code=code.code,
                    measure=name,
                    value=quantity.value if quantity else None,
                    comparator=quantity.comparator.value if quantity and quantity.comparator else None,
                    unit=measure.unit,
                    answer=answer,
                    setting=measure.setting,
                    measured_on=day,
                    measured_at=None,
                    status="final",
                )
            )
        intake.take_in(intake.OBSERVATIONS, rows, source_system=SOURCE, at=self.at)

    def answer_questions(self, viewer: Viewer, answers: Mapping[str, str]) -> None:
        """Let a patient answer the questions before a control; the same again changes nothing."""
        fields = {f"answer.{link}": text for link, text in answers.items()}
        with looking(viewer):
            assert questions.answer(fields, by=viewer, at=self.at, as_of=self.as_of) == ()

    def give_login(self, patient: Patient) -> str:
        """Let a patient sign in as themselves; gives the name to choose among the demo's personas."""
        key = f"patient-{patient.pk}"
        give_login(issuer=ISSUER, subject=key, patient=patient)
        return key

    def _signed_in(self, key: str) -> Viewer:
        who = find_login(ISSUER, key, as_of=self.as_of)
        assert who is not None, key
        return who.viewer()


def cast_on(_database: dict[str, str]) -> Cast:
    """Register the cast, with Karen's control a year ago and Ove's overdue one."""
    at = timezone.now()
    as_of = timezone.localdate(at)
    demo = register_cast(as_of=as_of, at=at)
    make_histories(demo, as_of=as_of, at=at)
    return Cast(demo, as_of, at)
