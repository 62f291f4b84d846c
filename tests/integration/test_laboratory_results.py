"""Laboratory results come in once, whichever way: kept as received, corrected by newer words, awaiting the unknown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from forloeb.careplans import laboratory_card as card
from forloeb.config import cli
from forloeb.jobs import results
from forloeb.jobs.connecting import subscribe
from forloeb.kernel.codes import MCS, NPU
from forloeb.kernel.quantities import Comparator
from forloeb.medcom.report import NotAReport, Report, Result
from forloeb.people.actions import join_practice
from forloeb.people.models import Patient, RecordSystem
from forloeb.people.record_systems import token_of
from forloeb.people.viewers import looking
from forloeb.records import arrivals
from forloeb.records.models import Observation, Received, WaitingResult
from tests.support.connected import Connected, connected, sql, work
from tests.support.medcom import as_edifact, as_xml
from tests.support.personas import Cast
from tests.support.site import served

MOMENT = "2026-02-10T08:00"
SERIAL = iter(range(10_000))


@pytest.fixture(scope="module")
def practice(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    with connected(cast, tmp_path_factory.mktemp("lps")) as found:
        yield found


def report(patient: Patient, *made: Result, ydernummer: str = "", sample: str = "") -> Report:
    at = timezone.datetime.fromisoformat(MOMENT)
    number = f"S{next(SERIAL):08}"
    return Report(
        letter_id=number,
        sender_id="4201050",
        sender_name="Sygehus",
        receiver_ydernummer=ydernummer or "999901",
        patient_number=patient.cpr_number or "",
        sample_id=sample or number,
        production_id=number,
        sampled_at=at,
        issued_at=at,
        results=made,
    )


def result(value: str, *, code: str = "NPU27300", unit: str = "mmol/mol", **more: Any) -> Result:
    told: dict[str, Any] = {"status": "final", "code_type": "iupac", "code_responsible": "SST", "name": "P"}
    told |= {"is_numeric": True, "comparator": None, **more}
    return Result(code=code, value=value, unit=unit, **told)


def take(body: bytes) -> dict[str, int]:
    return dict(results.take_in_report(body, source_system="urn:test:lab", at=timezone.now()).counts)


def held(patient: Patient, measure: str | None = "hba1c") -> list[tuple[Decimal | None, str | None, str]]:
    rows = Observation.objects.using("loader").filter(patient=patient, measure=measure, superseded_at=None)
    return [(r.value, r.comparator or r.answer, r.status) for r in rows.order_by("pk")]


def test_a_result_comes_in_once_in_whichever_form(cast: Cast):
    patient = cast.new_patient()
    told = report(patient, result("53"))
    assert take(as_xml(told)) == {"new": 1}
    assert take(as_xml(told)) == {"known": 1}
    assert take(as_edifact(told)) == {"known": 1}
    assert take(as_xml(told, "2007/02/01")) == {"known": 1}
    assert held(patient) == [(Decimal(53), None, "final")]


def test_what_came_is_kept_byte_for_byte(cast: Cast):
    body = as_edifact(report(cast.new_patient(), result("53")))
    take(body)
    kept = Observation.objects.using("loader").order_by("-pk")[0].received
    assert kept is not None
    assert arrivals.get_received(kept.pk)[1] == body


def test_a_correction_supersedes_and_an_older_word_does_not(cast: Cast):
    patient = cast.new_patient()
    first = report(patient, result("53"))
    corrected = replace(
        first, issued_at=first.issued_at + timedelta(hours=1), results=(result("58", status="corrected"),)
    )
    assert take(as_xml(corrected)) == {"new": 1}
    assert take(as_xml(first)) == {"older": 1}
    assert held(patient) == [(Decimal(58), None, "final")]
    again = replace(corrected, issued_at=first.issued_at + timedelta(hours=2), results=(result("59"),))
    assert take(as_edifact(again)) == {"corrected": 1}
    assert held(patient) == [(Decimal(59), None, "amended")]


def test_comparators_texts_and_several_codes_are_read(cast: Cast):
    patient = cast.new_patient()
    told = report(
        patient,
        result("90", code="DNK35302", unit="mL/min", comparator=Comparator.ABOVE),
        result("<9", code="NPU19661", unit="mg/g", is_numeric=False),
        result("7,0", code="NPU03835", unit="%"),
        result("Ja", code="MCS89004", unit="", code_type="lokal", code_responsible="MCS", is_numeric=False),
    )
    assert sum(take(as_xml(told)).values()) == 4
    rows = Observation.objects.using("loader").filter(patient=patient, source_system="urn:forloeb:laboratory:4201050")
    found = {row.code: row for row in rows}
    assert (found["DNK35302"].measure, found["DNK35302"].comparator) == ("egfr", ">")
    assert (found["NPU19661"].measure, found["NPU19661"].comparator) == ("uacr", "<")
    assert found["NPU03835"].measure == "hba1c"
    assert (found["MCS89004"].measure, found["MCS89004"].answer) == (None, "Ja")


def test_a_result_in_a_unit_that_cannot_be_read_is_kept_and_used_for_nothing(cast: Cast):
    patient = cast.new_patient()
    take(as_xml(report(patient, result("53", unit="furlong"))))
    assert held(patient) == []
    assert held(patient, None) == [(None, "53 furlong", "final")]


def test_a_preliminary_answer_waits_for_the_final_one(cast: Cast):
    patient = cast.new_patient()
    told = report(patient, result("53"))
    assert take(as_xml(told).replace(b"svar_endeligt", b"svar_midlertidigt")) == {}
    assert take(as_xml(told)) == {"new": 1}


def test_a_report_about_somebody_unknown_waits_is_told_of_and_comes_in(cast: Cast):
    doctor = cast.new_practice_doctor()
    practice = cast.organization_of(doctor)
    patient = cast.new_patient()
    number = patient.cpr_number
    Patient.objects.using("loader").filter(pk=patient.pk).update(cpr_number=None, replacement_id=f"X{patient.pk}")
    told = replace(report(patient, result("53"), ydernummer=practice.ydernummer or ""), patient_number=number or "")
    assert take(as_xml(told)) == {"waiting": 1}
    assert take(as_xml(told)) == {"waiting": 1}
    assert WaitingResult.objects.using("loader").filter(patient_number=number).count() == 1
    with looking(doctor):
        assert card.to_do(seen_by=doctor, as_of=cast.as_of).waiting_results == 1
    with looking(cast.staff("lund")):
        assert card.to_do(seen_by=cast.staff("lund"), as_of=cast.as_of).waiting_results == 0
    assert [name for _, name, _ in arrivals.still_waiting()] == [practice.name]
    assert results.take_in_waiting(at=timezone.now()).counts == {}
    Patient.objects.using("loader").filter(pk=patient.pk).update(cpr_number=number)
    assert results.take_in_waiting(at=timezone.now()).counts == {"new": 1}
    assert held(patient) == [(Decimal(53), None, "final")]
    with looking(doctor):
        assert card.to_do(seen_by=doctor, as_of=cast.as_of).waiting_results == 0


def test_a_folder_of_files_is_imported_and_what_is_no_report_is_named(cast: Cast, tmp_path: Path):
    patient, said = cast.new_patient(), []
    (tmp_path / "a.xml").write_bytes(as_xml(report(patient, result("53"))))
    (tmp_path / "b.edi").write_bytes(as_edifact(report(patient, result("55"))))
    (tmp_path / "c.txt").write_bytes(b"hello")
    assert results.import_files([tmp_path], at=timezone.now(), tell=said.append) == 1
    assert said[0].startswith(f"{tmp_path / 'c.txt'}: ")
    assert said[-1] == "2 new, 1 refused"


def test_a_damaged_interchange_leaves_nothing_half_saved(cast: Cast):
    patient = cast.new_patient()
    whole = as_edifact(report(patient, result("53"), result("54", code="NPU01568", unit="mmol/L")))
    before = Received.objects.using("loader").count()
    with pytest.raises(NotAReport):
        take(whole.replace(b"INV+MQ+NPU01568", b"INX+MQ+NPU01568"))
    assert held(patient) == []
    assert Received.objects.using("loader").count() == before


# --- From the record system


def laboratory(lps_patient: str, code: str, value: float, unit: str, system: str = NPU) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": f"Patient/{lps_patient}"},
        "effectiveDateTime": "2026-02-10T08:00:00+01:00",
        "valueQuantity": {"value": value, "unit": unit},
    }


def fetch() -> None:
    for system in RecordSystem.objects.using("loader").exclude(fhir_base_url=""):
        arrivals.ask_for_results(system.pk)
    work()


def test_results_are_fetched_told_twice_and_out_of_order_and_kept_once(practice: Connected):
    patient = practice.cast.new_patient()
    there = practice.tell_lps(patient)
    practice.lps.switch(duplicate=True, out_of_order=True)
    for system, code in ((NPU, "NPU27300"), ("urn:oid:1.2.208.176.2.1", "NPU01568")):
        practice.lps.post(laboratory(there, code, 5, "mmol/mol" if code == "NPU27300" else "mmol/L", system))
    fetch()
    fetch()
    practice.lps.switch(duplicate=False, out_of_order=False)
    assert (len(held(patient)), len(held(patient, "ldl"))) == (1, 1)


def test_a_result_corrected_and_withdrawn_there_is_so_here(practice: Connected):
    patient = practice.cast.new_patient()
    there = practice.tell_lps(patient)
    saved = practice.lps.post(laboratory(there, "NPU27300", 53, "mmol/mol"))
    fetch()
    assert held(patient) == [(Decimal(53), None, "final")]
    put(practice, {**saved, "status": "corrected", "valueQuantity": {"value": 57, "unit": "mmol/mol"}})
    fetch()
    assert held(patient) == [(Decimal(57), None, "amended")]
    put(practice, {**saved, "status": "entered-in-error"})
    fetch()
    assert [status for _, _, status in held(patient)] == ["entered-in-error"]


def put(practice: Connected, resource: dict[str, Any]) -> None:
    address = f"{practice.lps.fhir}/Observation/{resource['id']}"
    requests.put(address, json=resource, timeout=10).raise_for_status()


def test_what_we_sent_ourselves_does_not_come_back(practice: Connected):
    patient = practice.new_patient()
    practice.save(patient, {"value.weight": "81,5"})
    work()
    fetch()
    assert len(held(patient, "weight")) == 1


def test_a_record_system_that_is_down_is_asked_again(practice: Connected):
    patient = practice.cast.new_patient()
    practice.lps.post(laboratory(practice.tell_lps(patient), "NPU27300", 53, "mmol/mol"))
    practice.lps.stop()
    fetch()
    practice.lps.start()
    fetch()
    assert len(held(patient)) == 1


def test_a_patient_unknown_here_waits_until_they_are_imported(practice: Connected):
    patient = practice.cast.new_patient()
    there = practice.tell_lps(patient)
    number = patient.cpr_number
    Patient.objects.using("loader").filter(pk=patient.pk).update(cpr_number=None, replacement_id=f"X{patient.pk}")
    practice.lps.post(laboratory(there, "NPU27300", 53, "mmol/mol"))
    fetch()
    Patient.objects.using("loader").filter(pk=patient.pk).update(cpr_number=number)
    assert results.take_in_waiting(at=timezone.now()).counts["new"] == 1
    fetch()
    assert len(held(patient)) == 1


def test_the_record_system_tells_of_a_result_and_it_is_fetched(practice: Connected):
    patient = practice.cast.new_patient()
    there = practice.tell_lps(patient)
    sql("DELETE FROM procrastinate_jobs WHERE task_name = 'fetch_results'")
    with served() as site:
        endpoint = site + reverse("lps-results")
        assert subscribe(practice.system, endpoint)
        assert subscribe(practice.system, endpoint)
        assert practice.lps.counts()["Subscription"] == 1
        practice.lps.post(laboratory(there, "NPU27300", 53, "mmol/mol"))
        for _ in range(100):
            if sql("SELECT 1 FROM procrastinate_jobs WHERE task_name = 'fetch_results' AND status = 'todo'"):
                break
            time.sleep(0.05)
    work()
    assert len(held(patient)) == 1


# --- Posted to us


def post(body: bytes, token: str, kind: str = "application/xml") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return (
        Client(SERVER_NAME="localhost")
        .post(reverse("lps-results"), data=body, content_type=kind, headers=headers)
        .status_code
    )


def test_a_posted_report_is_kept_and_taken_in(practice: Connected):
    patient = practice.cast.new_patient()
    told = report(patient, result("53"))
    token = token_of(practice.system)
    assert [post(as_xml(told), token), post(as_edifact(told), token, "application/edifact")] == [202, 202]
    work()
    assert len(held(patient)) == 1


@pytest.mark.parametrize("token", ["", "1.x", "x", "99999999999999999999.a"])
def test_who_shows_no_token_posts_nothing(practice: Connected, token: str):
    before = Received.objects.using("loader").count()
    assert post(as_xml(report(practice.cast.new_patient(), result("53"))), token) == 401
    assert Received.objects.using("loader").count() == before


def test_what_is_posted_and_is_no_report_is_refused(practice: Connected):
    assert post(b"<x/>", token_of(practice.system)) == 422


def test_another_practices_number_opens_nothing(practice: Connected):
    other = token_of(practice.system).split(".")[1]
    assert post(b"", f"{practice.system.organization_id + 1}.{other}") == 401


def test_mcs_codes_are_read_under_both_addresses(practice: Connected):
    patient = practice.cast.new_patient()
    there = practice.tell_lps(patient)
    for system in (MCS, "urn:oid:1.2.208.184.100.8"):
        practice.lps.post(laboratory(there, "MCS88019", 128, "mm[Hg]", system))
    fetch()
    assert len(held(patient, "sbp_home")) == 2


def test_the_import_command_takes_laboratory_reports():
    assert cli.parser().parse_args(["import", "medcom", "x"]).paths == [Path("medcom"), Path("x")]


def test_a_moved_patient_is_known_by_number_alone(practice: Connected):
    patient = practice.cast.new_patient()
    join_practice(patient=patient, organization=practice.system.organization, on=practice.cast.as_of)
    assert arrivals.find_patient(patient.cpr_number or "") == patient.pk
