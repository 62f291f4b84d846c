"""Laboratory results in: fetched from a FHIR server, posted or read from files; kept as received, then taken in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import orjson
from django.db import transaction

from forloeb.fhir.clinical import is_taken_back, read_observation
from forloeb.fhir.reading import Finding, Resource, read_moment
from forloeb.medcom.report import NotAReport, Report
from forloeb.medcom.results import read_reports, source_of, to_results
from forloeb.people.actions import LOADER
from forloeb.people.models import RecordSystem
from forloeb.records import arrivals
from forloeb.records.arrivals import ResultIn
from forloeb.records.intake import keep_received

MEDCOM, FHIR = "medcom", "fhir-observation"
OVERLAP = timedelta(minutes=2)
"""How far back each look reaches: what was saved while the last one ran may carry an earlier moment."""
_MOST_PARTS = 16


class Results(Protocol):
    """A record system's laboratory results. Adapters stand behind it."""

    def changed_since(self, since: datetime | None) -> Iterator[tuple[Resource, str | None]]:
        """Give each Observation changed since a moment, with its patient's number."""
        ...

    def subscribe(self, endpoint: str, token: str) -> None:
        """Ask to be told of new results at an address of ours."""
        ...


@dataclass(slots=True)
class Came:
    """What became of what came."""

    counts: Counter[str] = field(default_factory=Counter)

    def words(self) -> str:
        """Say it in a line."""
        said = ("new", "corrected", "withdrawn", "known", "older", "waiting", "refused")
        return ", ".join(f"{self.counts[name]} {name}" for name in said if self.counts[name]) or "nothing new"


# --- MedCom reports


def take_in_report(body: bytes, *, source_system: str, at: datetime) -> Came:
    """Keep a message as it came and take its reports in. Raises NotAReport, with nothing taken in."""
    reports = read_reports(body)
    came = Came()
    with transaction.atomic(using=LOADER):
        received = keep_received(body, kind=MEDCOM, source_system=source_system, at=at)
        for report in reports:
            _take_in_one(report, received, at, came)
    return came


def _take_in_one(report: Report, received: int, at: datetime, came: Came) -> None:
    patient_id = arrivals.find_patient(report.patient_number)
    if patient_id is None:
        number, practice = report.patient_number, report.receiver_ydernummer
        arrivals.let_wait(received, patient_number=number, ydernummer=practice, at=at)
        came.counts["waiting"] += 1
        return
    came.counts.update(
        arrivals.take_in(
            to_results(report), patient_id=patient_id, source_system=source_of(report), received=received, at=at
        )
    )


def import_files(paths: Sequence[Path], *, at: datetime, tell: Callable[[str], None]) -> int:
    """Take in files, and folders of files, of XRPT01 and RPT01. Gives 0, or 1 when some could not be read."""
    came = Came()
    for file in _files(paths):
        try:
            came.counts.update(take_in_report(file.read_bytes(), source_system="urn:forloeb:files", at=at).counts)
        except OSError as error:
            came.counts["refused"] += 1
            tell(f"{file}: cannot be read: {error.strerror}")
        except NotAReport as refusal:
            came.counts["refused"] += 1
            tell(f"{file}: {refusal}")
    tell(came.words())
    return 1 if came.counts["refused"] else 0


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


# --- FHIR


def fetch(system: RecordSystem, results: Results, *, at: datetime) -> Came:
    """Fetch what is new in a record system, and remember how far we have come. Raises NotNow, CardRefused."""
    came = Came()
    since = system.results_until - OVERLAP if system.results_until else None
    newest = system.results_until
    for resource, number in results.changed_since(since):
        take_in_observation(resource, number, system=system, at=at, came=came)
        moment = _updated(resource)
        newest = moment if newest is None or (moment and moment > newest) else newest
    if newest is not None:
        RecordSystem.objects.using(LOADER).filter(pk=system.pk).update(results_until=newest)
    return came


def _updated(resource: Resource) -> datetime | None:
    meta = resource.get("meta")
    return read_moment(meta.get("lastUpdated")) if isinstance(meta, dict) else None


def take_in_observation(
    resource: Resource, number: str | None, *, system: RecordSystem, at: datetime, came: Came
) -> None:
    """Keep an Observation as it came and take it in, or let it wait for its patient."""
    if number is None or not isinstance(resource.get("id"), str):
        came.counts["refused"] += 1
        return
    with transaction.atomic(using=LOADER):
        body = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)
        received = keep_received(body, kind=FHIR, source_system=system.source, at=at)
        patient_id = arrivals.find_patient(number)
        if patient_id is None:
            practice = system.organization.ydernummer or ""
            arrivals.let_wait(received, patient_number=number, ydernummer=practice, at=at)
            came.counts["waiting"] += 1
            return
        came.counts.update(_take_in(resource, patient_id, system.source, received, at))


def _take_in(resource: Resource, patient_id: int, source_system: str, received: int, at: datetime) -> list[str]:
    issued_at = _updated(resource) or at
    whole = str(resource["id"])
    names = [whole, *(f"{whole}#{part}" for part in range(1, _MOST_PARTS))]
    if is_taken_back(resource):
        count = arrivals.withdraw(names, source_system=source_system, issued_at=issued_at, at=at)
        return ["withdrawn"] * count or ["known"]
    findings: list[Finding] = []
    found = [
        _result(name, read, issued_at)
        for name, read in zip(names, read_observation(resource, findings), strict=False)
        if read.measurement is not None
    ]
    return list(
        arrivals.take_in(found, patient_id=patient_id, source_system=source_system, received=received, at=at)
    ) or ["refused"]


def _result(name: str, read: Any, issued_at: datetime) -> ResultIn:
    quantity = read.measurement.quantity
    return ResultIn(
        source_id=name,
        code_system=read.coding.system,
        code=read.coding.code,
        measure=read.measurement.measure,
        value=quantity.value if quantity else None,
        comparator=quantity.comparator.value if quantity and quantity.comparator else None,
        unit=quantity.unit if quantity else None,
        answer=read.measurement.answer,
        setting=read.setting,
        measured_on=read.measured_on,
        measured_at=read.measured_at,
        issued_at=issued_at,
    )


# --- Who was not known


def take_in_waiting(*, at: datetime) -> Came:
    """Take in the reports whose patients have become known."""
    came = Came()
    for one in arrivals.waiting_and_known():
        patient_id = arrivals.find_patient(one.patient_number)
        assert patient_id is not None
        with transaction.atomic(using=LOADER):
            if one.kind == FHIR:
                came.counts.update(_take_in(orjson.loads(one.body), patient_id, one.source_system, one.received, at))
            else:
                for report in read_reports(one.body):
                    if report.patient_number == one.patient_number:
                        _take_in_one(report, one.received, at, came)
            arrivals.no_longer_waiting(one.id, at=at)
    return came
