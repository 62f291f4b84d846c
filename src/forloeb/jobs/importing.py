"""`forloeb import`: FHIR NDJSON and Bundles in. Kept as received, then translated; what cannot be used is listed.

Organizations and patients go first, then what is known of them, in batches. Running it again changes nothing.
What a source takes back, or says in a way that can no longer be read, no longer holds; what we held is kept.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson
from django.db import OperationalError, transaction
from tqdm import tqdm

from forloeb.fhir.bundle import resources_of
from forloeb.fhir.clinical import is_taken_back, read_condition, read_medication, read_observation
from forloeb.fhir.people import BadResource, read_memberships, read_organization, read_patient
from forloeb.fhir.reading import Finding, NotFhir, Resource, named, parts, reference
from forloeb.kernel.codes import ATC
from forloeb.people import intake as people
from forloeb.records import intake as records

BATCH = 20_000
"""Lines that go in together, or not at all."""
_LONGEST_ID = 100
_LONGEST_CODE = 32
_MOST_PARTS = 16
DEFAULT_SOURCE = "urn:fhir"
_PEOPLE = ("Organization", "PractitionerRole", "Patient")
_NOT_STORED = frozenset({"Practitioner", "PractitionerRole", "Organization", "Patient", "Medication"})


class CannotImport(Exception):
    """Nothing was taken in; the text says why."""


class Line(NamedTuple):
    """One resource, and where it stands."""

    file: Path
    number: int
    body: bytes


class Sink(Protocol):
    """Where refused lines are listed."""

    def write(self, line: bytes, /) -> object: ...


@dataclass(slots=True)
class Report:
    """What became of everything; refused lines go to the rejects file as they are found."""

    rejects: Sink
    counts: Counter[str] = field(default_factory=Counter)

    def refuse(self, line: Line, reason: str, resource: str = "") -> None:
        """List one line with its reason. The line itself stays in the file it came from."""
        self.counts["refused"] += 1
        told = {"file": str(line.file), "line": line.number, "resource": resource, "reason": reason}
        self.rejects.write(orjson.dumps(told) + b"\n")

    def taken(self, taken: records.Taken, lines: Sequence[Line]) -> None:
        """Count what a batch came to, and refuse the lines whose patient is unknown."""
        self.counts.update(added=taken.added, changed=taken.changed, unchanged=taken.unchanged)
        for place in taken.unknown_patient:
            self.refuse(lines[place], "the patient is not known here")


def run(
    paths: Sequence[Path], *, rejects: Path, at: datetime, tell: Callable[[str], None], source: str | None = None
) -> int:
    """Import files and folders. Gives 0 also when lines were refused. Raises CannotImport where nothing is read."""
    files = [file for file in _files(paths) if file.absolute() != rejects.absolute()]
    try:
        listed = rejects.open("wb")
    except OSError as error:
        raise CannotImport(f"{rejects}: cannot be written ({error.strerror}); name another --rejects") from None
    with listed:
        report = Report(listed)
        try:
            _take_in(files, source or DEFAULT_SOURCE, at, report)
        except OperationalError as error:
            raise CannotImport(
                f"the database was lost ({_first_line(error)}); no batch is half saved: run the import again"
            ) from error
    counts = report.counts
    tell(
        f"{counts['patients']} patients; {counts['added']} facts new, {counts['changed']} changed,"
        f" {counts['unchanged']} known already; {counts['refused']} lines refused"
        + (f" (listed in {rejects})" if counts["refused"] else "")
    )
    if not counts["refused"]:
        rejects.unlink()
    return 0


def _take_in(files: Sequence[Path], source: str, at: datetime, report: Report) -> None:
    _take_in_people(files, source, report)
    for batch in _batches(_progress(_lines(files, report), files)):
        _take_in_batch(batch, source, at, report)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    found = False
    for path in paths:
        if not path.exists():
            raise CannotImport(f"{path}: there is no such file or folder")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.name.removesuffix(".gz").endswith((".json", ".ndjson")):
                found = True
                yield file
    if not found:
        raise CannotImport("no .json or .ndjson file was named")


def _progress(lines: Iterator[Line], files: Sequence[Path]) -> Iterator[Line]:
    if not sys.stderr.isatty():
        yield from lines
        return
    with tqdm(desc=f"{len(files)} files", unit=" lines", unit_scale=True) as bar:
        for line in lines:
            bar.update()
            yield line


def _lines(files: Iterable[Path], report: Report) -> Iterator[Line]:
    """Give each resource of each file: a line of NDJSON, or an entry of a Bundle."""
    for file in files:
        number = 0
        try:
            with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
                if ".ndjson" not in file.name:
                    yield from _entries(file, stream.read(), report)
                    continue
                for number, body in enumerate(stream, 1):
                    if body.strip():
                        yield Line(file, number, body)
        except (OSError, EOFError, zlib.error) as error:
            report.refuse(Line(file, number + 1, b""), f"the file cannot be read from here on: {_first_line(error)}")


def _entries(file: Path, body: bytes, report: Report) -> Iterator[Line]:
    try:
        found = orjson.loads(body)
        resources = list(resources_of(found)) if found.get("resourceType") == "Bundle" else [("", found)]
    except (orjson.JSONDecodeError, NotFhir, AttributeError) as error:
        report.refuse(Line(file, 1, b""), f"not a FHIR Bundle: {error}")
        return
    for number, (address, resource) in enumerate(resources, 1):
        if "id" not in resource and address.startswith("urn:uuid:"):
            resource["id"] = address.removeprefix("urn:uuid:")
        yield Line(file, number, orjson.dumps(resource))


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _parse(line: Line, report: Report) -> Resource | None:
    if b"\\u0000" in line.body:
        report.refuse(line, "holds a null character, which belongs in no text")
        return None
    try:
        resource = orjson.loads(line.body)
    except orjson.JSONDecodeError as error:
        report.refuse(line, f"not JSON: {error.msg}")
        return None
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        report.refuse(line, "no FHIR resource: 'resourceType' is missing")
        return None
    # What has no name of its own could be told from nothing else that has none.
    if not isinstance(resource.get("id"), str) or not 0 < len(resource["id"]) <= _LONGEST_ID:
        report.refuse(line, f"the resource has no id of 1 to {_LONGEST_ID} characters", resource["resourceType"])
        return None
    return resource


# --- people


def _take_in_people(files: Sequence[Path], source: str, report: Report) -> None:
    """First pass: who there is. Lines of other resources are told by their bytes and not parsed."""
    marks = tuple(f'"{kind}"'.encode() for kind in _PEOPLE)
    quiet = Report(_Nowhere())
    found: dict[str, list[tuple[Line, Resource]]] = {kind: [] for kind in _PEOPLE}
    for line in _lines(files, quiet):
        if any(mark in line.body for mark in marks):
            resource = _parse(line, quiet)
            if resource and resource["resourceType"] in found:
                found[resource["resourceType"]].append((line, resource))
    ydernumre = _take_in_organizations(found, report)
    _take_in_patients(found["Patient"], ydernumre, source, report)


class _Nowhere:
    def write(self, _: bytes) -> int:
        return 0


def _take_in_organizations(found: dict[str, list[tuple[Line, Resource]]], report: Report) -> dict[str, str]:
    doctors = Counter(
        reference(role.get("organization"))
        for _, role in found["PractitionerRole"]
        if "general-practitioner" in str(role.get("code"))
    )
    rows, numbers = [], {}
    for line, resource in found["Organization"]:
        try:
            row = read_organization(resource, doctors.get(named(resource)))
        except BadResource as bad:
            report.refuse(line, str(bad), named(resource))
            continue
        rows.append(row)
        if row.ydernummer:
            numbers[named(resource)] = row.ydernummer
    people.take_in_organizations(rows)
    return numbers


def _take_in_patients(
    found: Sequence[tuple[Line, Resource]], ydernumre: dict[str, str], source: str, report: Report
) -> None:
    rows, memberships = [], []
    for place, (line, resource) in enumerate(found):
        try:
            rows.append(read_patient(resource, place))
            memberships += list(read_memberships(resource, ydernumre))
        except BadResource as bad:
            report.refuse(line, str(bad), named(resource))
    refused = people.take_in_patients(rows, source_system=source)
    for place in refused:
        report.refuse(found[place][0], "another patient has the same CPR or replacement number", named(found[place][1]))
    people.take_in_memberships(memberships, source_system=source)
    report.counts["patients"] += len(rows) - len(refused)


# --- what is known of them


def _take_in_batch(lines: Sequence[Line], source: str, at: datetime, report: Report) -> None:
    observations: list[records.ObservationIn] = []
    conditions: list[records.ConditionIn] = []
    medications: list[records.MedicationIn] = []
    unsaid: dict[str, list[records.WithdrawnIn]] = {kind: [] for kind in ("Observation", "Condition", "Medication")}
    for place, line in enumerate(lines):
        resource = _parse(line, report)
        if resource is None or resource["resourceType"] in _NOT_STORED:
            continue
        findings: list[Finding] = []
        match resource["resourceType"]:
            case "Observation":
                observations += (seen := list(_observations(resource, place, findings)))
                unsaid["Observation"] += _unsaid(resource, place, {row.source_id for row in seen})
            case "Condition":
                conditions += (held := list(_conditions(resource, place, findings)))
                unsaid["Condition"] += _unsaid(resource, place, {row.source_id for row in held})
            case "MedicationStatement" | "MedicationRequest":
                medications += (taken := list(_medications(resource, place, findings)))
                unsaid["Medication"] += _unsaid(resource, place, {row.source_id for row in taken})
            case kind:
                findings.append(Finding(named(resource), f"{kind} is not taken in"))
        for finding in findings:
            if finding.is_fault:
                report.refuse(line, finding.what, finding.where)
    with transaction.atomic(using=records.LOADER):
        body = b"".join(line.body if line.body.endswith(b"\n") else line.body + b"\n" for line in lines)
        received = records.keep_received(body, kind="fhir-ndjson", source_system=source, at=at)
        for table, given, taken_back in (
            (records.OBSERVATIONS, observations, unsaid["Observation"]),
            (records.CONDITIONS, conditions, unsaid["Condition"]),
            (records.MEDICATION, medications, unsaid["Medication"]),
        ):
            rows, taken_back = _last_words(given, taken_back)
            if taken_back:
                report.counts["changed"] += records.withdraw(table, taken_back, source_system=source, at=at)
            if rows:
                report.taken(records.take_in(table, rows, source_system=source, at=at, received=received), lines)


def _unsaid(resource: Resource, place: int, said: set[str]) -> Iterator[records.WithdrawnIn]:
    """Name what this resource may have said before and does not say now: all of it, or single parts."""
    whole = str(resource["id"])
    coded = resource.get("code")
    has_parts = "component" in resource or (isinstance(coded, dict) and len(list(parts(coded.get("coding")))) > 1)
    names = [whole]
    if has_parts or is_taken_back(resource):
        names += [f"{whole}#{part}" for part in range(1, _MOST_PARTS)]
    for name in names:
        if name not in said:
            yield records.WithdrawnIn(place, name)


def _last_words(
    rows: Sequence[Any], taken_back: list[records.WithdrawnIn]
) -> tuple[Sequence[Any], list[records.WithdrawnIn]]:
    """Of what is said and taken back in one batch, keep what comes last."""
    if not taken_back:
        return rows, taken_back
    back = {row.source_id: row.line for row in taken_back}
    said = {row.source_id: row.line for row in rows if row.source_id in back}
    return (
        [row for row in rows if row.line >= back.get(row.source_id, -1)],
        [row for row in taken_back if row.line > said.get(row.source_id, -1)],
    )


def _subject(resource: Resource) -> str:
    return (reference(resource.get("subject")) or "").removeprefix("Patient/").removeprefix("urn:uuid:")


def _observations(resource: Resource, place: int, findings: list[Finding]) -> Iterator[records.ObservationIn]:
    for part, read in enumerate(read_observation(resource, findings)):
        if read.measurement is None:
            # A code we do not know is kept as received; it waits in `records_received` until we do.
            continue
        quantity = read.measurement.quantity
        yield records.ObservationIn(
            place,
            _subject(resource),
            str(resource.get("id")) + (f"#{part}" if part else ""),
            read.coding.system,
            read.coding.code,
            read.measurement.measure,
            quantity.value if quantity else None,
            quantity.comparator.value if quantity and quantity.comparator else None,
            quantity.unit if quantity else None,
            read.measurement.answer,
            read.setting,
            read.measured_on,
            read.measured_at,
            read.status if read.status in ("final", "amended") else "final",
        )


def _conditions(resource: Resource, place: int, findings: list[Finding]) -> Iterator[records.ConditionIn]:
    for part, read in enumerate(read_condition(resource, None, findings)):
        if len(read.coding.code) > _LONGEST_CODE or len(read.coding.system) > _LONGEST_ID:
            findings.append(Finding(named(resource), f"has a code of more than {_LONGEST_CODE} characters"))
            continue
        yield records.ConditionIn(
            place,
            _subject(resource),
            str(resource.get("id")) + (f"#{part}" if part else ""),
            read.coding.system,
            read.coding.code,
            "active",
            read.onset_on,
            read.ended_on,
        )


def _medications(resource: Resource, place: int, findings: list[Finding]) -> Iterator[records.MedicationIn]:
    read = read_medication(resource, {}, findings)
    if read is not None:
        yield records.MedicationIn(
            place, _subject(resource), str(resource.get("id")), ATC, read.atc, read.started_on, read.stopped_on
        )
