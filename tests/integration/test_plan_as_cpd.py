"""A saved plan as a CPD-DK document: every persona's, by the rules of the guide and the templates."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import transaction
from lxml import etree

from forloeb.careplans import documents
from forloeb.careplans.documents import SavedPlan
from forloeb.careplans.models import CarePlan
from forloeb.cda import codes
from forloeb.cda.document import Document
from forloeb.cda.export import plan_document
from forloeb.cda.reading import read
from forloeb.cda.values import Interval, Stamp, Words
from forloeb.cda.writing import write
from forloeb.cda.xds import metadata
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.integration.test_who_may_read import finished
from tests.support.personas import Cast

NS = {"v": codes.V3}
PLANNED = ("karen", "bent", "ove", "lis", "aase", "jens")
CHECKER = os.environ.get("FORLOEB_CPD_CHECKER", "")
"""A command that checks CPD-DK documents, where there is one: it is given files, and ends with 0 without errors."""


@dataclass(frozen=True, slots=True)
class Exported:
    """All documents of one patient: normal and strict, each version of each plan."""

    plans: tuple[SavedPlan, ...]
    documents: tuple[tuple[Document, bytes, bytes], ...]


@pytest.fixture(scope="module")
def exported(cast: Cast) -> dict[str, Exported]:
    # The cast is everybody's: their controls of today are made, exported, and undone.
    with transaction.atomic():
        for key in PLANNED:
            finished(cast, Patient.objects.using("loader").get(public_id=cast.id_of(key)), cast.staff("holm"))
        found = {key: export(cast, key) for key in PLANNED}
        transaction.set_rollback(True)
    return found


def export(cast: Cast, key: str) -> Exported:
    holm = cast.staff("holm")
    with looking(holm):
        patient, plans = documents.get_plans(cast.id_of(key), seen_by=holm, as_of=cast.as_of)
    made = [plan_document(patient, plan, version, recommends=True) for plan in plans for version in plan.versions]
    return Exported(plans, tuple((one, write(one), write(one, repeats_direct_entries=True)) for one in made))


def every(exported: dict[str, Exported]) -> Iterator[tuple[Document, bytes, bytes]]:
    for one in exported.values():
        assert one.documents
        yield from one.documents


def count(body: bytes, way: str) -> int:
    return len(etree.fromstring(body).xpath(way, namespaces=NS))  # type: ignore[arg-type]


SECTION = "/v:ClinicalDocument/v:component/v:structuredBody/v:component/v:section"
ONCE = (
    "v:realmCode[@code='DK']",
    f"v:templateId[@root='{codes.DOCUMENT_TEMPLATE}']",
    "v:id[@root='1.2.208.184'][@extension][@assigningAuthorityName='MedCom']",
    "v:code[@code='81215-6'][@codeSystem='2.16.840.1.113883.6.1']",
    "v:title",
    "v:effectiveTime[string-length(@value)=19]",
    "v:confidentialityCode[@code='N']",
    "v:languageCode[@code='da-DK']",
    "v:setId",
    "v:versionNumber",
    "v:recordTarget/v:patientRole/v:id[@root='1.2.208.176.1.2'][string-length(@extension)=10]",
    "v:recordTarget/v:patientRole/v:patient/v:name[v:given][v:family]",
    "v:author/v:assignedAuthor/v:assignedPerson/v:name[v:given][v:family]",
    "v:custodian/v:assignedCustodian/v:representedCustodianOrganization/v:id",
    f"v:documentationOf/v:serviceEvent[v:templateId/@root='{codes.VALIDITY_EVENT}']/v:effectiveTime[v:low/@value][v:high]",
    f"v:documentationOf/v:serviceEvent[v:templateId/@root='{codes.VERSION_EVENT}']/v:id[@extension='cpd-v2.0.0']",
    f"v:documentationOf/v:serviceEvent[v:templateId/@root='{codes.LABEL_EVENT}']/v:code[@codeSystem='1.2.208.176.2.4']",
    "v:component/v:structuredBody",
    f"{SECTION}[v:templateId/@root='{codes.BODY}.1'][v:code/@code='75310-3'][v:title][v:text]",
    f"{SECTION}[v:templateId/@root='{codes.BODY}.2'][v:code/@code='61146-7'][v:title][v:text]",
    f"{SECTION}[v:templateId/@root='{codes.BODY}.3'][v:code/@code='62387-6'][v:title][v:text]",
)
NEVER = (
    "//v:section[not(v:text)]",
    "//v:title[not(@nullFlavor)][not(normalize-space())]",
    f"{SECTION}[not(v:component/v:section/v:templateId[starts-with(@root, '{codes.BODY}')][@extension='2018-11-28'])]",
    "//v:observation[@moodCode='GOL'][not(v:id) or not(v:statusCode) or not(v:effectiveTime) or count(v:value)!=1]",
    f"//v:observation[v:templateId/@root='{codes.BODY}.4.20'][not(v:statusCode/@code='completed') or not(v:value)]",
    "//v:encounter[not(v:code) or not(v:statusCode) or not(v:entryRelationship/v:observation)]",
    "//v:act[not(v:code) or not(v:entryRelationship[@typeCode='REFR']/v:observation/v:value/@code)]",
)


def test_every_document_has_what_the_rules_ask_for_as_often_as_they_ask(exported: dict[str, Exported]) -> None:
    for _, normal, strict in every(exported):
        for body in (normal, strict):
            assert [way for way in ONCE if count(body, way) != 1] == []
            assert [way for way in NEVER if count(body, way)] == []
            assert count(body, f"{SECTION}[v:templateId/@root='{codes.BODY}.4']") <= 1


def test_the_strict_ones_have_entries_directly_in_their_sections_too(exported: dict[str, Exported]) -> None:
    for _, normal, strict in every(exported):
        for section in ("1", "2"):
            way = f"{SECTION}[v:templateId/@root='{codes.BODY}.{section}']/v:entry"
            assert (count(normal, way), count(strict, way)) == (0, 1)


def test_no_identifier_of_an_entry_stands_twice(exported: dict[str, Exported]) -> None:
    for _, normal, _ in every(exported):
        ids = [
            one.get("extension")
            for one in etree.fromstring(normal).iterfind(f".//{{{codes.V3}}}entry/*/{{{codes.V3}}}id")
        ]
        assert len(ids) == len(set(ids))


def test_every_document_reads_back_as_it_was_with_nothing_to_tell(exported: dict[str, Exported]) -> None:
    for document, normal, strict in every(exported):
        for body in (normal, strict):
            found, report = read(body)
            assert found == document
            assert report.findings == ()


def test_each_version_replaces_the_one_before_in_one_set(exported: dict[str, Exported]) -> None:
    for one in exported.values():
        headers = {}
        for document, _, _ in one.documents:
            header = document.header
            assert header.set_id
            headers[(header.set_id, header.version_number)] = header
        for (named, number), header in headers.items():
            assert number is not None
            before = headers.get((named, number - 1))
            if number == 1:
                assert header.related == ()
            else:
                assert before is not None
                assert [(r.kind, r.ids, r.set_id, r.version_number) for r in header.related] == [
                    ("RPLC", (before.id,), named, number - 1)
                ]
    assert max(len(plan.versions) for plan in exported["karen"].plans) == 2


def test_karens_documents_say_what_was_agreed_with_her(exported: dict[str, Exported]) -> None:
    newest = {
        document.header.label.code: document for document, _, _ in exported["karen"].documents if document.header.label
    }
    assert set(newest) == {"ALAL21", "ALAL22", "ALAL02"}
    diabetes = newest["ALAL22"]
    goals = {goal.code.code: goal for goal in diabetes.goals if goal.code and goal.group is None}
    hba1c = goals["MCS88025"].value
    assert isinstance(hba1c, Interval)
    assert (hba1c.high, hba1c.high_inclusive, hba1c.unit) == ("60", False, "mmol/mol")
    assert goals["FlpGoalText"].value == Words("At gå en halv time hver dag.")
    assert "Mål blodtryk hjemme i tre dage før næste kontrol" in [reminder.words for reminder in diabetes.reminders]
    assert {d.code.code for d in diabetes.diagnoses if d.code} == {"T90", "R95", "K76"}


def test_recommended_goals_stand_only_where_they_are_asked_for(cast: Cast, exported: dict[str, Exported]) -> None:
    holm = cast.staff("holm")
    with looking(holm):
        patient, plans = documents.get_plans(cast.id_of("karen"), seen_by=holm, as_of=cast.as_of)
    plan = documents.find_plan(plans, "type2_diabetes")
    without, with_them = (plan_document(patient, plan, plan.version(None), recommends=on) for on in (False, True))

    def codes_of(document: Document) -> set[str | None]:
        return {goal.code.code for goal in document.goals if goal.code}

    assert codes_of(with_them) - codes_of(without) == {"MCS88185", "MCS88186", "MCS88187", "MCS88188"}
    assert without.header.id != with_them.header.id


def test_a_withdrawn_plans_last_document_says_when_it_ended_and_is_deprecated(cast: Cast) -> None:
    patient, holm = cast.new_patient(), cast.staff("holm")
    finished(cast, patient, holm)
    CarePlan.objects.using("loader").filter(patient=patient).update(status="revoked", ended_at=cast.at)
    with looking(holm):
        opened, (plan,) = documents.get_plans(patient.public_id, seen_by=holm, as_of=cast.as_of)
    document = plan_document(opened, plan, plan.version(None))
    assert document.header.valid
    assert document.header.valid.high == Stamp.of(cast.at)
    assert metadata(document, write(document), is_deprecated=plan.ended_at is not None).availability == "Deprecated"


@pytest.mark.skipif(not CHECKER, reason="no checker of CPD-DK documents is named in FORLOEB_CPD_CHECKER")
@pytest.mark.parametrize("strict", [False, True])
def test_a_checker_of_somebody_elses_finds_no_error(
    exported: dict[str, Exported], tmp_path: Path, strict: bool
) -> None:
    for place, (_, normal, repeated) in enumerate(every(exported)):
        (tmp_path / f"{place}.xml").write_bytes(repeated if strict else normal)
    command = [*shlex.split(CHECKER), *(["--strict"] if strict else []), *map(str, tmp_path.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
