"""Medicine comes from the shared medication card by the worker, and what is not fetched never looks like none."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings

from forloeb.adapters.national.gateway import Gateway
from forloeb.adapters.national.medication import HttpMedicationCard
from forloeb.config import national
from forloeb.jobs import medication, outbox
from forloeb.kernel.codes import ATC
from forloeb.people.models import Patient
from forloeb.records import intake
from forloeb.records.medication_card import NoAnswer
from forloeb.records.models import MedicationFetch, MedicationStatement
from tests.integration.test_access import signed_in
from tests.support.connected import sql
from tests.support.national.gateway import TOKEN
from tests.support.national.medication import Cards, cards
from tests.support.personas import SOURCE, Cast

METFORMIN = {"id": "1", "atc": "A10BA02", "started_on": "2024-02-01", "stopped_on": None}
STATIN = {"id": "2", "atc": "C10AA05", "started_on": None, "stopped_on": None}
NUMBER = "0101900000"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Cards]:
    with cards(tmp_path) as started:
        yield started


@pytest.fixture
def fmk(gateway: Cards, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cards]:
    monkeypatch.setattr(settings, "FMK_URL", gateway.address)
    monkeypatch.setattr(settings, "FMK_TOKEN", TOKEN)
    sql("UPDATE people_nationalservice SET failures = 0, not_before = NULL, refused = 0")
    yield gateway
    sql("DELETE FROM procrastinate_jobs WHERE queue_name = 'national'")
    sql("UPDATE records_medicationfetch SET fault = ''")


def number(patient: Patient) -> str:
    assert patient.cpr_number is not None
    return patient.cpr_number


def page(cast: Cast, patient: Patient) -> str:
    return signed_in(cast, "holm").get(f"/patient/{patient.public_id}/").content.decode()


def asked_for(patient: Patient) -> int:
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'fetch_medication' AND args = %s::jsonb"
    return int(sql(jobs, f'{{"patient_id": {patient.pk}}}')[0][0])


def held(patient: Patient, source: str = "urn:forloeb:fmk") -> set[str]:
    current = MedicationStatement.objects.using("loader").filter(patient=patient, superseded_at=None)
    return set(current.filter(source_system=source).values_list("code", flat=True))


# --- the contract: the gateway's side, spoken to by hand


@pytest.mark.parametrize(
    ("body", "token", "status", "said"),
    [
        ({"cpr_number": NUMBER}, TOKEN, 200, {"cpr_number": NUMBER, "medicines": [METFORMIN]}),
        ({"cpr_number": "0202900000"}, TOKEN, 200, {"cpr_number": "0202900000", "medicines": []}),
        ({"cpr_number": NUMBER}, "another", 401, {}),
        ({"cpr_number": NUMBER, "name": "Ida"}, TOKEN, 400, {}),
        ({"cpr_number": 101900000}, TOKEN, 400, {}),
        ([], TOKEN, 400, {}),
    ],
)
def test_the_invented_gateway_keeps_the_contract(gateway: Cards, body: object, token: str, status: int, said: object):
    gateway.ordain(NUMBER, METFORMIN)
    answer = requests.post(gateway.address, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert (answer.status_code, answer.json()) == (status, said)


# --- the contract: our side


def test_a_card_is_read_and_what_has_no_code_is_counted(gateway: Cards):
    unusable: list[Any] = [7, {**STATIN, "atc": ""}, {**STATIN, "started_on": "in May"}, {**STATIN, "id": 2}]
    gateway.ordain(NUMBER, METFORMIN, *unusable)
    card = HttpMedicationCard(Gateway(gateway.address, TOKEN)).medicines_of(NUMBER)
    assert ([one.atc for one in card.medicines], card.unreadable) == (["A10BA02"], 4)
    assert NUMBER not in repr(card)


@pytest.mark.parametrize("mood", ["failing", "refusing", "silent", "odd", "slow"])
def test_all_but_the_citizens_own_card_is_no_answer(gateway: Cards, mood: str):
    gateway.be(mood)
    with pytest.raises(NoAnswer):
        HttpMedicationCard(Gateway(gateway.address, TOKEN)).medicines_of(NUMBER)


# --- what it means for a control


def work() -> None:
    """Let the worker do what waits; in a thread, away from a browser's event loop."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        aside.submit(outbox.run_worker, until_empty=True).result(timeout=120)


def test_a_control_that_is_opened_has_the_card_fetched_by_the_worker(fmk: Cards, cast: Cast):
    patient = cast.new_patient()
    fmk.ordain(number(patient), METFORMIN, STATIN, {**STATIN, "id": "3", "stopped_on": "2020-01-01"}, {})
    shown = page(cast, patient)
    assert "Ikke hentet fra FMK endnu" in shown
    assert "Ingen medicin på denne side betyder ikke, at patienten ikke får nogen." in shown
    page(cast, patient)
    assert asked_for(patient) == 1
    work()
    assert held(patient) == {"A10BA02", "C10AA05"}
    shown = page(cast, patient)
    assert "Medicin: 2 fra FMK, hentet " in shown
    assert "1 af FMK's præparater har ingen kode" in shown
    assert asked_for(patient) == 0
    assert [one["cpr_number"] for one in fmk.heard()] == [number(patient)]


def test_a_copy_older_than_a_day_is_shown_with_its_age_and_renewed(fmk: Cards, cast: Cast):
    patient = cast.new_patient()
    fmk.ordain(number(patient), METFORMIN, STATIN)
    medication.fetch_medication(patient.pk)
    sql("UPDATE records_medicationfetch SET fetched_at = fetched_at - interval '25 hours'")
    assert "En nyere liste er ved at blive hentet." in page(cast, patient)
    fmk.ordain(number(patient), STATIN)
    work()
    assert held(patient) == {"C10AA05"}
    ended = MedicationStatement.objects.using("loader").filter(patient=patient, code="A10BA02")
    assert ended.count() == 1
    fmk.ordain(number(patient), STATIN, METFORMIN)
    medication.fetch_medication(patient.pk)
    assert held(patient) == {"A10BA02", "C10AA05"}


def test_a_silent_card_keeps_what_we_have_and_says_so_and_is_asked_again(fmk: Cards, cast: Cast):
    known, unknown = cast.new_patient(), cast.new_patient()
    fmk.ordain(number(known), METFORMIN)
    medication.fetch_medication(known.pk)
    fmk.be("failing")
    for patient in (known, unknown):
        medication.fetch_medication(patient.pk)
    shown = page(cast, known)
    assert "FMK svarer ikke" in shown
    assert "Medicinen er fra " in shown
    assert held(known) == {"A10BA02"}
    shown = page(cast, unknown)
    assert "Ingen ved her, hvad der er ordineret." in shown
    assert "Ingen medicin på denne side betyder ikke, at patienten ikke får nogen." in shown
    assert len(fmk.heard()) == 2, "a service that was silent a moment ago is left in peace"
    fmk.be("")
    sql("UPDATE people_nationalservice SET not_before = NULL")
    medication.fetch_again(0)
    assert "Medicin: 0 fra FMK, hentet " in page(cast, unknown)


def test_other_systems_medicine_stays_and_is_told_of(fmk: Cards, cast: Cast):
    patient = cast.new_patient()
    row = intake.MedicationIn(0, patient.source_id, f"{patient.source_id}-m", ATC, "C09AA02", None, None)
    intake.take_in(intake.MEDICATION, [row], source_system=SOURCE, at=cast.at)
    fmk.ordain(number(patient), METFORMIN)
    medication.fetch_medication(patient.pk)
    assert (held(patient), held(patient, SOURCE)) == ({"A10BA02"}, {"C09AA02"})
    shown = page(cast, patient)
    assert "Medicin: 1 fra FMK" in shown
    assert "1 fra andre systemer." in shown


def test_two_citizens_medicines_with_one_id_are_two(fmk: Cards, cast: Cast):
    one, other = cast.new_patient(), cast.new_patient()
    fmk.ordain(number(one), METFORMIN)
    fmk.ordain(number(other), {**STATIN, "id": METFORMIN["id"]})
    for patient in (one, other):
        medication.fetch_medication(patient.pk)
    assert (held(one), held(other)) == ({"A10BA02"}, {"C10AA05"})


def test_nobody_is_asked_about_who_has_no_cpr_number_or_has_died(fmk: Cards, cast: Cast):
    nameless, dead = cast.new_patient(), cast.new_patient()
    sql(
        "UPDATE people_patient SET cpr_number = NULL, replacement_id = %s WHERE id = %s", f"Y{nameless.pk}", nameless.pk
    )
    sql("UPDATE people_patient SET deceased_on = %s WHERE id = %s", cast.as_of, dead.pk)
    for patient in (nameless, dead):
        medication.fetch_medication(patient.pk)
    assert fmk.heard() == []
    assert "Patienten har intet CPR-nummer." in page(cast, nameless)


def test_at_night_those_whose_control_is_near_are_asked_for(fmk: Cards, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    planned = cast.demo.patients["karen"]
    newest = "SELECT next_review_on FROM careplans_annualreview WHERE patient_id = %s ORDER BY reviewed_on DESC LIMIT 1"
    ((day,),) = sql(newest, planned.pk)
    for before, is_due in ((15, False), (14, True), (-3, True)):
        assert (planned.pk in medication.due(day - timedelta(days=before))) == is_due
    assert cast.new_patient().pk not in medication.due(day)
    MedicationFetch.objects.using("loader").update_or_create(
        patient=planned, defaults={"fetched_at": datetime.now(UTC), "fault": ""}
    )
    assert planned.pk not in medication.due(day)
    MedicationFetch.objects.using("loader").filter(patient=planned).update(fetched_at=None)
    monkeypatch.setattr("forloeb.jobs.medication.timezone.localdate", lambda: day)
    medication.ask_for_those_due(0)
    assert asked_for(planned) == 1


def test_where_no_card_is_named_the_page_says_nothing_of_it(gateway: Cards, cast: Cast):
    patient = cast.new_patient()
    shown = page(cast, patient)
    medication.fetch_medication(patient.pk)
    assert ("FMK" in shown, asked_for(patient), gateway.heard()) == (False, 0, [])


def test_the_command_says_whether_the_card_answers(fmk: Cards, cast: Cast, capsys):
    patient = cast.new_patient()
    fmk.be("refusing")
    medication.fetch_medication(patient.pk)
    assert national.status.__wrapped__(None) == 1
    said = capsys.readouterr().out
    assert "no answer 1 times (answered-503)" in said
    assert number(patient) not in said
