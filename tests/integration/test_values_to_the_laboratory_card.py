"""A value typed once is in the practice's laboratory card once: sent with the save, corrected and withdrawn there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from forloeb.people.viewers import looking
from forloeb.records import deliveries
from forloeb.records.models import Delivery, Observation
from tests.support.connected import Connected, connected, sql, states, work
from tests.support.personas import Cast

TYPED = {"value.sbp_clinic": "134", "value.dbp_clinic": "82", "value.weight": "81,5", "value.smoking": "never"}


@pytest.fixture(scope="module", params=["fhir", "xrpt01"])
def practice(
    request: pytest.FixtureRequest, cast: Cast, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connected]:
    with connected(cast, tmp_path_factory.mktemp("lps"), request.param) as found:
        yield found


def numbers(card: list[dict]) -> dict[str, tuple[str, float | str]]:
    """Give each value on a card by its Danish code, with the status of its entry."""
    found = {}
    for one in card:
        for part in one.get("component", [one]):
            code = next(c["code"] for c in part["code"]["coding"] if "loinc" not in c["system"])
            said = part.get("valueQuantity", {}).get("value", part.get("valueString"))
            assert code not in found, f"{code} stands twice"
            found[code] = (one["status"], said)
    return found


def test_what_is_typed_is_in_the_card_once(practice: Connected):
    patient = practice.new_patient()
    practice.save(patient, {"value.weight": "81,5", "value.sbp_clinic": "134", "value.dbp_clinic": "82"})
    assert set(states(patient)) == {"typed"}
    work()
    assert set(states(patient)) == {"received"}
    found = numbers(practice.on_card(patient))
    assert found["NPU03804"] == ("final", 81.5)
    assert (found["DNK05472"], found["DNK05473"]) == (("final", 134), ("final", 82))
    work()
    assert numbers(practice.on_card(patient)) == found


def test_a_corrected_value_corrects_there(practice: Connected):
    patient = practice.new_patient()
    practice.save(patient, {"value.weight": "81,5"})
    work()
    practice.save(patient, {"value.weight": "80,5"})
    work()
    assert numbers(practice.on_card(patient))["NPU03804"] == ("amended", 80.5)


def test_a_value_entered_in_error_is_withdrawn_there(practice: Connected):
    patient = practice.new_patient()
    practice.save(patient, {"value.weight": "81,5"})
    work()
    with looking(practice.doctor):
        (weight,) = (
            o for o in deliveries.shown(patient.pk, organization_id=practice.doctor.acts_for) if o.measure == "weight"
        )
        deliveries.withdraw(
            weight.observation_id, patient_id=patient.pk, by=practice.doctor.login_id, at=practice.cast.at
        )
    work()
    assert numbers(practice.on_card(patient))["NPU03804"][0] == "entered-in-error"
    assert set(states(patient)) == {"received"}


def test_a_pressure_with_one_number_withdrawn_keeps_the_other(practice: Connected):
    patient = practice.new_patient()
    practice.save(patient, {"value.sbp_clinic": "134", "value.dbp_clinic": "82"})
    work()
    upper = Observation.objects.using("loader").get(patient=patient, measure="sbp_clinic", superseded_at=None)
    with looking(practice.doctor):
        deliveries.withdraw(upper.pk, patient_id=patient.pk, by=practice.doctor.login_id, at=practice.cast.at)
    work()
    found = numbers(practice.on_card(patient))
    assert found["DNK05473"][1] == 82
    assert found.get("DNK05472", ("entered-in-error",))[0] == "entered-in-error"


def test_a_record_system_that_saves_and_answers_500_has_the_value_once(practice: Connected):
    patient = practice.new_patient()
    practice.save(patient, {"value.weight": "81,5"})
    practice.lps.switch(fail_after_saving=2)
    for _ in range(3):
        work()
    assert numbers(practice.on_card(patient))["NPU03804"][1] == 81.5
    assert set(states(patient)) == {"received"}


def test_what_is_out_of_reach_waits_and_arrives(practice: Connected):
    patient = practice.new_patient()
    practice.lps.stop()
    practice.save(patient, {"value.weight": "81,5"})
    work()
    assert set(states(patient)) <= {"waiting", "typed"}
    assert "waiting" in states(patient)
    practice.lps.start()
    work()
    assert set(states(patient)) == {"received"}
    assert numbers(practice.on_card(patient))["NPU03804"] == ("final", 81.5)


def test_a_refused_value_is_given_up_and_can_be_sent_again(practice: Connected):
    patient = practice.new_patient()
    practice.lps.switch(refuse=True)
    practice.save(patient, {"value.weight": "81,5"})
    work()
    practice.lps.switch(refuse=False)
    assert set(states(patient)) == {"given-up"}
    with looking(practice.doctor):
        mine = [
            one
            for one in deliveries.given_up(practice.doctor.acts_for, as_of=practice.cast.as_of)
            if one.public_id == patient.public_id
        ]
        assert mine[0].count == len(states(patient))
        for pk in Delivery.objects.filter(patient=patient).values_list("pk", flat=True):
            deliveries.send_again(pk, patient_id=patient.pk, at=practice.cast.at)
            deliveries.send_again(pk, patient_id=patient.pk, at=practice.cast.at)
    work()
    assert set(states(patient)) == {"received"}
    assert numbers(practice.on_card(patient))["NPU03804"] == ("final", 81.5)


def test_a_value_for_somebody_the_record_system_does_not_know_is_given_up(practice: Connected):
    patient = practice.cast.new_patient()
    from forloeb.people.actions import join_practice

    join_practice(patient=patient, organization=practice.system.organization, on=practice.cast.as_of)
    practice.save(patient, {"value.weight": "81,5"})
    work()
    assert set(states(patient)) == {"given-up"}


def test_a_practice_without_a_record_system_sends_nothing(cast: Cast, tmp_path: Path):
    patient, lund = cast.new_patient(), cast.staff("holm")
    with looking(lund):
        deliveries.send([], organization_id=lund.acts_for, at=cast.at)
    assert states(patient) == []


def test_a_job_holds_ids_only(practice: Connected):
    patient = practice.new_patient()
    practice.save(patient, {"value.weight": "81,5"})
    jobs = sql("SELECT args FROM procrastinate_jobs WHERE lock = %s", f"card:{patient.pk}")
    assert jobs
    assert all(list(orjson.loads(args)) == ["delivery_id"] for (args,) in jobs)
