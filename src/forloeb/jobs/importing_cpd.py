"""`forloeb import cpd`: CPD-DK documents in. Kept as received, then taken into the patient's plan as far as they are
understood; a report of each tells the rest. Running it again changes nothing.

A document about somebody we do not know waits, and is tried again with the next import.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import orjson
from django.db import OperationalError, transaction

from forloeb.careplans import receiving
from forloeb.careplans.models import ReceivedOutcome
from forloeb.cda.document import Document
from forloeb.cda.facts import SOURCE
from forloeb.cda.findings import Finding
from forloeb.cda.mapping import Understood, understand, writer_of
from forloeb.cda.naming import our_document_id
from forloeb.cda.reading import read
from forloeb.cda.taking import LARGEST_BYTES, NotCpd
from forloeb.cda.values import COPENHAGEN, Id
from forloeb.kernel.content import Localized
from forloeb.kernel.identifiers import SOR, YDERNUMMER
from forloeb.people import intake as people
from forloeb.records import intake as records

KIND = "cpd-dk"
_OUTCOMES = {
    ReceivedOutcome.VERSION: "taken into the plan",
    ReceivedOutcome.OLDER: "kept beside a newer plan",
    ReceivedOutcome.NO_PLAN: "kept, of no plan of ours",
    "known": "known already",
    "waiting": "waiting for their patient",
    "refused": "refused",
}


class CannotImport(Exception):
    """Nothing was taken in; the text says why."""


class Sink(Protocol):
    """Where reports are written."""

    def write(self, line: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class _Came:
    """One document on its way in: where from, and what it says."""

    name: str
    body: bytes
    document: Document
    findings: tuple[Finding, ...]
    received: int | None = None


@dataclass(slots=True)
class _Tally:
    reports: Sink
    counts: Counter[str] = field(default_factory=Counter)

    def tell(self, name: str, outcome: str, findings: Iterable[dict[str, Any]] = (), reason: str = "") -> None:
        self.counts[outcome] += 1
        told = {"file": name, "outcome": outcome, **({"reason": reason} if reason else {}), "findings": list(findings)}
        self.reports.write(orjson.dumps(told) + b"\n")


def run(paths: Sequence[Path], *, report: Path, at: datetime, tell: Callable[[str], None]) -> int:
    """Import files and folders of documents. Gives 0 also when some were refused. Raises CannotImport."""
    files = list(_files(paths))
    try:
        written = report.open("wb")
    except OSError as error:
        raise CannotImport(f"{report}: cannot be written ({error.strerror}); name another --report") from None
    with written:
        tally = _Tally(written)
        try:
            for came in sorted([*_read(files, tally), *_waiting()], key=_made):
                _take_in(came, tally, at)
        except OperationalError as error:
            first = str(error).splitlines()[0]
            raise CannotImport(
                f"the database was lost ({first}); no document is half saved: run the import again"
            ) from error
    said = [f"{tally.counts[outcome]} {words}" for outcome, words in _OUTCOMES.items() if tally.counts[outcome]]
    tell(f"{'; '.join(said) or 'no documents'} (what was met in each: {report})")
    return 0


def _made(came: _Came) -> str:
    """Sort by when a document was made, so that versions come in their order."""
    moment = came.document.header.made.moment
    return moment.isoformat() if moment else came.document.header.made.text or ""


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*.xml"))
            if not found:
                raise CannotImport(f"{path}: holds no .xml file")
            yield from found
        elif path.is_file():
            yield path
        else:
            raise CannotImport(f"{path}: there is no such file or folder")


def _read(files: Sequence[Path], tally: _Tally) -> Iterator[_Came]:
    for file in files:
        try:
            with file.open("rb") as stream:
                body = stream.read(LARGEST_BYTES + 1)
            document, report = read(body)
        except NotCpd as refusal:
            tally.tell(str(file), "refused", reason=str(refusal))
        except OSError as error:
            tally.tell(str(file), "refused", reason=f"cannot be read ({error.strerror})")
        else:
            yield _Came(str(file), body, document, report.findings)


def _waiting() -> Iterator[_Came]:
    for received, body in records.waiting(KIND):
        document, report = read(body)
        yield _Came(f"received {received}", body, document, report.findings, received)


def _take_in(came: _Came, tally: _Tally, at: datetime) -> None:
    with transaction.atomic(using=records.LOADER):
        received = came.received or records.keep_received(came.body, kind=KIND, source_system=SOURCE, at=at)
        patient = people.find_patient(came.document.header.patient.id.extension or "")
        if patient is None:
            tally.tell(came.name, "waiting", reason="the patient is not known here; the document is kept and waits")
            return
        records.belongs_to(received, patient.id)
        if receiving.is_known(received, patient.id) or _says_what_we_hold(came.document, patient.id):
            tally.tell(came.name, "known")
            return
        outcome, findings = _take_in_for(came, patient, received, at)
        tally.tell(came.name, outcome, findings)


def _says_what_we_hold(document: Document, patient_id: int) -> bool:
    """Whether the same document came before in other bytes, or is one that we made."""
    header = document.header
    number = header.id.mended.key if header.id else ""
    ours = receiving.plan_of_set(patient_id, header.set_id.mended.key) if header.set_id else None
    if ours is not None and header.id in _our_ids(ours, header.version_number or 0):
        return True
    before = receiving.same_document(patient_id, number) if number else ()
    return any(read(receiving.body_of(one))[0] == document for one in before)


def _our_ids(plan: UUID, number: int) -> set[Id]:
    return {our_document_id(plan, number, recommends=recommends) for recommends in (False, True)}


def _take_in_for(
    came: _Came, patient: people.KnownPatient, received: int, at: datetime
) -> tuple[str, list[dict[str, Any]]]:
    understood = understand(came.document, patient=patient.public_id, as_of=at.astimezone(COPENHAGEN).date())
    findings = [*came.findings, *understood.findings, *_take_in_facts(understood, patient, received, at)]
    report = [_told(finding) for finding in findings]
    taken = receiving.receive_plan(
        understood.plan,
        patient_id=patient.id,
        organization_id=_practice(came.document),
        received=received,
        report=report,
        at=at,
    )
    return taken.outcome, report + [_told(_kept_newer(name)) for name in taken.kept_newer]


def _take_in_facts(
    understood: Understood, patient: people.KnownPatient, received: int, at: datetime
) -> Iterator[Finding]:
    held = records.conditions_held(patient.id, source_system=SOURCE)
    conditions = [row for row in understood.conditions if (row.code_system, row.code) not in held]
    rows = understood.observations
    elsewhere = {row.source_id for row in records.known_elsewhere(rows, patient_id=patient.id, source_system=SOURCE)}
    newer = receiving.told_by_newer_documents(
        patient.id, [row.source_id for row in rows], made_at=understood.plan.made_at
    )
    observations = [row for row in rows if row.source_id not in elsewhere | newer]
    for table, given in ((records.CONDITIONS, conditions), (records.OBSERVATIONS, observations)):
        records.take_in(table, given, source_system=SOURCE, at=at, received=received, patients_by="public_id")
    if elsewhere:
        yield _chosen(
            f"{len(elsewhere)} resultater stod allerede i journalen fra en anden kilde; de er ikke lagt ind igen.",
            f"{len(elsewhere)} results were on record from another source already; they are not added again.",
        )
    if newer:
        yield _chosen(
            f"{len(newer)} resultater er ikke ændret: et nyere dokument har fortalt om dem.",
            f"{len(newer)} results are not changed: a newer document has told of them.",
        )


def _practice(document: Document) -> int | None:
    writer = writer_of(document)
    if writer is None or writer.id is None or not writer.id.extension:
        return None
    system = f"urn:oid:{writer.id.root}"
    if system not in (SOR, YDERNUMMER):
        return None
    phone = next((t.value.removeprefix("tel:") for t in writer.telecoms if t.value.startswith("tel:")), "")
    number = writer.id.extension
    return people.find_or_add_practice(
        sor_code=number if system == SOR else None,
        ydernummer=number if system == YDERNUMMER else None,
        name=writer.name or number,
        phone=phone,
    )


def _chosen(da: str, en: str) -> Finding:
    return Finding("chosen", "", 0, Localized(da=da, en=en))


def _kept_newer(name: str) -> Finding:
    return Finding(
        "chosen",
        name,
        0,
        Localized(
            da="Det, der er aftalt eller skrevet her senere, gælder fortsat.",
            en="What was agreed or written here later still holds.",
        ),
    )


def _told(finding: Finding) -> dict[str, Any]:
    text = finding.text
    return {"kind": finding.kind, "path": finding.path, "line": finding.line, "da": text.da, "en": text.en}
