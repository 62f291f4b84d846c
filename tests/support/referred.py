"""A practice, and a municipality that receives its referrals: letters sent through actions, a worker to send them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from forloeb.careplans import referrals_sent, referring
from forloeb.careplans.referral_models import LetterKind
from forloeb.jobs import outbox, referrals
from forloeb.jobs.connecting_municipality import run as connect
from forloeb.people.actions import join_practice, register_organization
from forloeb.people.models import Organization, OrganizationKind, Patient, ReferralReceiver
from forloeb.people.referral_receivers import token_of
from forloeb.people.viewers import Viewer, looking
from tests.support.connected import sql
from tests.support.municipality import Municipality, municipality
from tests.support.personas import Cast
from tests.support.site import served

TOLD = """
sor_code = "{sor_code}"
name = "Åby Kommunes system"
[referrals]
adapter = "{adapter}"
[fhir]
base_url = "{url}/fhir"
[medcom]
inbox_url = "{url}/medcom"
own_gln = "5790000120284"
system_gln = "5790000125012"
"""
DIABETES = {"hba1c": "64", "ldl": "2,1", "smoking": "dagligt", "bmi": "31"}


@dataclass
class Referring:
    """The practice, the municipality, and its system."""

    cast: Cast
    doctor: Viewer
    nurse: Viewer
    organization: Organization
    receiver: ReferralReceiver
    system: Municipality

    def new_patient(self, **about: Any) -> Patient:
        """Register someone with diabetes who smokes, on the list of the practice."""
        patient = self.cast.new_patient(**about)
        practice = self.cast.organization_of(self.doctor)
        join_practice(patient=patient, organization=practice, on=self.cast.as_of)
        self.cast.give_values(patient, 1, **DIABETES)
        return patient

    def typed(self, patient: Patient, kind: LetterKind = LetterKind.PREVENTION, **chosen: Any) -> referring.Typed:
        """Give what is sent back from the page, untouched but for what is chosen."""
        with looking(self.doctor):
            form = referring.get_form(patient.public_id, kind, seen_by=self.doctor, as_of=self.cast.as_of)
        typed = referring.Typed(
            organization_id=self.organization.pk,
            asked=tuple(one.id for one in form.letter.asked) or ("wound",),
            reason=form.letter.reason,
            instruction="" if kind is LetterKind.PREVENTION else "Skift forbinding på højre fod hver anden dag.",
            shown=form.shown,
        )
        return replace(typed, **chosen)

    def send(self, patient: Patient, kind: LetterKind = LetterKind.PREVENTION, **chosen: Any) -> UUID:
        """Send a letter; gives its name."""
        typed = self.typed(patient, kind, **chosen)
        with looking(self.doctor):
            return referring.send(
                patient.public_id, kind, typed, by=self.doctor, at=self.cast.at, as_of=self.cast.as_of
            )

    def sent(self, patient: Patient, name: UUID) -> referrals_sent.SentPage:
        """Give a letter as the practice sees it."""
        with looking(self.doctor):
            return referrals_sent.get_letter(patient.public_id, name, seen_by=self.doctor, as_of=self.cast.as_of)

    def revoke(self, patient: Patient, name: UUID) -> None:
        """Take a letter back."""
        course = self.sent(patient, name).sent.course
        with looking(self.doctor):
            referring.revoke(patient.public_id, course.id, by=self.doctor, at=self.cast.at, as_of=self.cast.as_of)


def states(page: referrals_sent.SentPage) -> list[tuple[str, str]]:
    """Give each message's kind and state."""
    return [(message.kind.value, message.state.value) for message in page.sent.messages]


def work() -> None:
    """Let the worker do all that waits, as if its time had come; in a thread, away from a browser's event loop."""
    referrals.quiet.forget()
    sql("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE queue_name = 'referrals' AND status = 'todo'")
    with ThreadPoolExecutor(max_workers=1) as aside:
        aside.submit(outbox.run_worker, until_empty=True, stalled_after=0.5).result(timeout=120)


@contextmanager
def referring_to(cast: Cast, folder: Path, adapter: str = "fhir") -> Iterator[Referring]:
    """Open a practice and a municipality nobody else's test knows; it answers where our application is served."""
    doctor = cast.new_practice_doctor()
    serial = doctor.organization_id
    organization = register_organization(
        name=f"Kommune {serial}", kind=OrganizationKind.MUNICIPALITY, sor_code=f"99990000{serial:07}"
    )
    nurse = cast.new_professional(organization)
    with municipality(folder) as running, served() as ours:
        told = folder / "municipality.toml"
        told.write_text(TOLD.format(sor_code=organization.sor_code, adapter=adapter, url=running.url), encoding="utf-8")
        receiver = connect(told, at=cast.at)
        running.switch(forloeb=f"{ours}/referrals/answers/", token=token_of(receiver))
        try:
            yield Referring(cast, doctor, nurse, organization, receiver, running)
        finally:
            sql("DELETE FROM procrastinate_jobs WHERE queue_name = 'referrals'")
