"""A practice whose record system is connected: its doctor, its patients in both systems, and a worker to send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connections

from forloeb.careplans import actions, queries
from forloeb.careplans.submission import prefill
from forloeb.jobs import laboratory_card, outbox
from forloeb.jobs.connecting import run as connect
from forloeb.kernel.identifiers import CPR
from forloeb.people.actions import join_practice
from forloeb.people.models import Patient, RecordSystem
from forloeb.people.viewers import Viewer, looking
from tests.support.lps import Lps, lps
from tests.support.personas import Cast

FHIR = """
ydernummer = "{ydernummer}"
name = "Journal"
[laboratory_card]
adapter = "{adapter}"
[fhir]
base_url = "{url}/fhir"
[medcom]
inbox_url = "{url}/medcom"
own_gln = "5790000120284"
system_gln = "5790000125012"
"""


@dataclass
class Connected:
    """The practice and its record system."""

    cast: Cast
    lps: Lps
    doctor: Viewer
    system: RecordSystem

    def new_patient(self, **about: Any) -> Patient:
        """Register someone in both systems."""
        patient = self.cast.new_patient(**about)
        join_practice(patient=patient, organization=self.system.organization, on=self.cast.as_of)
        self.tell_lps(patient)
        return patient

    def tell_lps(self, patient: Patient) -> str:
        """Register a patient in the record system; gives the id there."""
        return str(
            self.lps.post(
                {
                    "resourceType": "Patient",
                    "identifier": [{"system": CPR, "value": patient.cpr_number}],
                    "name": [{"family": patient.family_name, "given": [patient.given_name]}],
                    "birthDate": patient.birth_date.isoformat(),
                }
            )["id"]
        )

    def save(self, patient: Patient, values: Mapping[str, str]) -> actions.Finished:
        """Finish a control with values typed into the page."""
        told = {"by": self.doctor, "at": self.cast.at, "as_of": self.cast.as_of}
        with looking(self.doctor):
            control = queries.get_control(patient.public_id, seen_by=self.doctor, as_of=self.cast.as_of)
            base = control.draft.fields or prefill(control)
            done = actions.finish_review(patient.public_id, base=base, mine={**base, **values}, **told)
        assert isinstance(done, actions.Finished), done
        return done

    def on_card(self, patient: Patient) -> list[dict[str, Any]]:
        """Give the Observations on a patient's laboratory card."""
        (found,) = self.lps.search("Patient", identifier=f"{CPR}|{patient.cpr_number}")
        return self.lps.search("Observation", patient=found["id"])


def sql(statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Ask the database as the loader."""
    with connections["loader"].cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def states(patient: Patient) -> list[str]:
    """Give the states of a patient's deliveries, in the order they were typed."""
    return [row[0] for row in sql("SELECT state FROM records_delivery WHERE patient_id = %s ORDER BY id", patient.pk)]


def work() -> None:
    """Let the worker do all that waits, as if its time had come; in a thread, away from a browser's event loop."""
    laboratory_card.forget_silence()
    sql("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE queue_name = 'laboratory-card' AND status = 'todo'")
    with ThreadPoolExecutor(max_workers=1) as aside:
        aside.submit(outbox.run_worker, until_empty=True, stalled_after=0.5).result(timeout=120)


@contextmanager
def connected(cast: Cast, folder: Path, adapter: str = "fhir") -> Iterator[Connected]:
    """Open a practice nobody else's test knows, with a record system of its own."""
    doctor = cast.new_practice_doctor()
    ydernummer = cast.organization_of(doctor).ydernummer
    with lps(folder) as running:
        told = folder / "lps.toml"
        told.write_text(FHIR.format(ydernummer=ydernummer, adapter=adapter, url=running.url), encoding="utf-8")
        try:
            yield Connected(cast, running, doctor, connect(told, at=cast.at))
        finally:
            sql("DELETE FROM procrastinate_jobs WHERE queue_name = 'laboratory-card'")
