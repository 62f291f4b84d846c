"""Patients measure at home and send it; the practice sees it as measured at home, and what is wrong is taken back."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from forloeb.access.policies import NotForThisViewer
from forloeb.careplans import home_measurements as home
from forloeb.careplans.queries import get_control
from forloeb.people.models import Patient
from forloeb.people.viewers import Viewer, looking
from forloeb.records.home import NothingToWithdraw
from forloeb.records.models import PATIENTS, HomeReading, HomeSeries, Observation
from tests.integration.test_access import signed_in
from tests.integration.test_audit import entries
from tests.integration.test_own_words import themselves
from tests.support.personas import Cast


def send(cast: Cast, patient: Patient, *, day: date | None = None, form: str = "", **fields: str) -> home.Sent:
    """Send a form: `weight="78,2"`; a field with a dot is given by its whole name."""
    me = themselves(patient)
    typed = {name if "." in name else f"value.{name}": text for name, text in fields.items()}
    typed |= {"measured_on": (day or cast.as_of).isoformat(), "form": form or str(uuid4())}
    with looking(me):
        return home.send(typed, by=me, at=cast.at, as_of=cast.as_of)


def held(patient: Patient, measure: str) -> list[Observation]:
    """Give every row of a measure that the patient sent, the superseded ones too."""
    with looking(themselves(patient)):
        rows = Observation.objects.filter(patient_id=patient.pk, measure=measure, source_system=PATIENTS)
        return list(rows.order_by("pk"))


def faults(sent: home.Sent) -> dict[str, str]:
    return {fault.field: fault.text.da for fault in sent.faults}


def shown(cast: Cast, patient: Patient, measure: str) -> object:
    holm = cast.staff("holm")
    with looking(holm):
        control = get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)
    return next(row for row in control.rows if row.measure.id == measure).value.quantity


def test_a_weight_is_kept_as_measured_at_home_by_the_patient(cast: Cast):
    patient = cast.new_patient()
    assert send(cast, patient, day=cast.as_of - timedelta(days=2), weight="78,2").new == 1
    [row] = held(patient, "weight")
    assert (str(row.value.normalize()), row.unit, row.setting) == ("78.2", "kg", "home")
    assert (row.recorded_by, row.measured_on) == (7, cast.as_of - timedelta(days=2))
    page = signed_in(cast, "holm").get(f"/patient/{patient.public_id}/").content.decode()
    assert "Målt hjemme af patienten" in page
    assert "patienten, hjemme" in page
    assert "78,2" in page


def test_the_log_says_that_a_measurement_was_sent(database, cast: Cast):
    patient = cast.new_patient()
    send(cast, patient, weight="78")
    assert entries(database, f"patient_id = {patient.pk}") == [("write", "own-measurement", "own-plan")]


def test_a_form_that_is_sent_twice_is_kept_once(cast: Cast):
    patient, form = cast.new_patient(), str(uuid4())
    assert send(cast, patient, form=form, weight="78,2", glucose_cap="7,1").new == 2
    assert send(cast, patient, form=form, weight="78,2", glucose_cap="7,1").new == 0
    assert send(cast, patient, form=form, weight="87,2", glucose_cap="7,1").new == 1
    assert [(row.version, row.superseded_at is None) for row in held(patient, "weight")] == [(1, False), (2, True)]


def test_the_last_weight_of_a_day_counts_and_every_blood_sugar_does(cast: Cast):
    patient = cast.new_patient()
    for weight, sugar in (("78", "7,1"), ("79", "9,4")):
        send(cast, patient, weight=weight, glucose_cap=sugar)
    assert [row.superseded_at is None for row in held(patient, "weight")] == [False, True]
    assert [row.superseded_at is None for row in held(patient, "glucose_cap")] == [True, True]


def test_a_blood_sugar_has_its_time(cast: Cast):
    patient = cast.new_patient()
    send(cast, patient, glucose_cap="7,1", **{"time.glucose_cap": "7.30"})
    [row] = held(patient, "glucose_cap")
    assert row.measured_at is not None
    assert f"{timezone.localtime(row.measured_at):%H:%M}" == "07:30"
    bad = send(cast, patient, glucose_cap="7,1", **{"time.glucose_cap": "25.30"})
    assert faults(bad) == {"time.glucose_cap": "Skriv klokken som 7.30."}


def test_what_cannot_be_true_is_refused_and_nothing_is_kept(cast: Cast):
    patient = cast.new_patient()
    sent = send(cast, patient, weight="7820", glucose_cap="7,1")
    assert "kan kun være 20–400 kg" in faults(sent)["value.weight"]
    assert not held(patient, "weight")
    assert not held(patient, "glucose_cap")


def test_what_is_unlikely_is_asked_about(cast: Cast):
    patient = cast.new_patient()
    asked = send(cast, patient, weight="260")
    assert asked.faults[0].can_confirm
    assert not held(patient, "weight")
    assert send(cast, patient, weight="260", **{"confirm.value.weight": "260"}).new == 1


def test_a_number_is_a_number_and_not_over_or_under_one(cast: Cast):
    patient = cast.new_patient()
    assert faults(send(cast, patient, weight=">90")) == {"value.weight": "Skriv kun tallet, for eksempel 7,2."}
    assert "skal være et tal" in faults(send(cast, patient, weight="mange"))["value.weight"]


@pytest.mark.parametrize(("days", "said"), [(-1, "ikke kommet endnu"), (31, "for længe siden")])
def test_a_day_ahead_and_a_day_long_ago_are_refused(cast: Cast, days: int, said: str):
    patient = cast.new_patient()
    sent = send(cast, patient, day=cast.as_of - timedelta(days=days), weight="78")
    assert said in faults(sent)["measured_on"]
    assert not held(patient, "weight")


def test_thirty_days_back_is_not_too_long_ago(cast: Cast):
    assert send(cast, cast.new_patient(), day=cast.as_of - timedelta(days=30), weight="78").new == 1


def test_an_empty_form_says_what_to_do(cast: Cast):
    assert faults(send(cast, cast.new_patient())) == {"value.weight": "Skriv mindst ét tal."}


def test_each_is_asked_for_what_their_diseases_call_for(cast: Cast):
    asked = {}
    for conditions in (("T90",), ("R95",), ("K76",)):
        me = themselves(cast.new_patient(conditions=conditions))
        with looking(me):
            page = home.get_home_page(seen_by=me, as_of=cast.as_of)
        asked[conditions] = [one.measure.id for one in page.offered]
    assert asked == {("T90",): ["weight", "glucose_cap"], ("R95",): ["weight", "mrc", "cat"], ("K76",): ["weight"]}


def test_breathlessness_is_chosen_in_plain_words(cast: Cast):
    patient = cast.new_patient(conditions=("R95",))
    send(cast, patient, mrc="3", cat="14")
    assert [int(row.value) for name in ("mrc", "cat") for row in held(patient, name)] == [3, 14]
    page = signed_in(cast, "karen").get("/my-plan/measure/").content.decode()
    assert "Jeg går langsommere end andre på min alder" in page


def test_what_is_wrong_is_taken_back_the_same_day_and_never_deleted(cast: Cast):
    patient = cast.new_patient()
    cast.give_values(patient, 2, weight="80")
    form = str(uuid4())
    send(cast, patient, form=form, weight="87")
    assert str(shown(cast, patient, "weight").value) == "87"
    withdraw(cast, patient, held(patient, "weight")[0].pk)
    assert str(shown(cast, patient, "weight").value) == "80"
    rows = held(patient, "weight")
    assert [(row.status, row.superseded_at is None) for row in rows] == [("final", False), ("entered-in-error", True)]
    # The old page, sent again, does not bring it back.
    assert send(cast, patient, form=form, weight="87").new == 0


def withdraw(cast: Cast, patient: Patient, pk: int, *, days_later: int = 0) -> None:
    me, later = themselves(patient), timedelta(days=days_later)
    with looking(me):
        home.withdraw(pk, by=me, at=cast.at + later, as_of=cast.as_of + later)


def test_the_day_after_it_is_not_taken_back(cast: Cast):
    patient = cast.new_patient()
    send(cast, patient, weight="87")
    with pytest.raises(NothingToWithdraw):
        withdraw(cast, patient, held(patient, "weight")[0].pk, days_later=1)


def test_nobody_takes_back_anothers(cast: Cast):
    anna, bodil = cast.new_patient(), cast.new_patient()
    send(cast, anna, weight="87")
    with pytest.raises(NothingToWithdraw):
        withdraw(cast, bodil, held(anna, "weight")[0].pk)


def test_staff_do_not_send_as_the_patient(cast: Cast):
    holm = cast.staff("holm")
    with looking(holm), pytest.raises(NotForThisViewer):
        home.send({"value.weight": "78"}, by=holm, at=cast.at, as_of=cast.as_of)
    assert signed_in(cast, "holm").post("/my-plan/measure/", {"value.weight": "78"}).status_code == 403


def test_the_database_lets_a_patient_write_for_nobody_else(cast: Cast):
    anna, bodil = cast.new_patient(), cast.new_patient()
    with looking(themselves(anna)), pytest.raises(DatabaseError), transaction.atomic():
        HomeSeries.objects.create(patient_id=bodil.pk, protocol="x", begun_at=cast.at, begun_by=7)


def test_nothing_typed_is_lost_on_an_error(cast: Cast):
    answer = signed_in(cast, "karen").post(
        "/my-plan/measure/",
        {"measured_on": cast.as_of.isoformat(), "value.weight": "7820", "value.glucose_cap": "7,1", "value.mrc": "3"},
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="7820"' in page
    assert 'value="7,1"' in page
    assert 'value="3" checked' in page


# --- Blood pressure, three days


class Measuring:
    """Someone who measures blood pressure at home, day after day."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.patient = cast, cast.new_patient()
        self.me: Viewer = themselves(self.patient)

    def save(self, day: int, numbers: str = "130/80", *, ago: int | None = None, **changed: str) -> dict[str, str]:
        """Save a day with the same numbers throughout, but for those changed; gives the faults."""
        upper, lower = numbers.split("/")
        fields = {"measured_on": (self.cast.as_of - timedelta(days=3 - day if ago is None else ago)).isoformat()}
        for time, place in home.home_content().pressure.slots():
            fields |= {f"{time}-{place}.sbp": upper, f"{time}-{place}.dbp": lower}
        fields |= {name.replace("__", ".").replace("_", "-"): text for name, text in changed.items()}
        with looking(self.me):
            _, found = home.save_day(day, fields, by=self.me, at=self.cast.at, as_of=self.cast.as_of)
        return {fault.field: fault.text.da for fault in found}

    def page(self) -> home.PressurePage:
        with looking(self.me):
            return home.get_pressure_page(seen_by=self.me, as_of=self.cast.as_of)

    def hand_in(self) -> object:
        with looking(self.me):
            return home.hand_in(by=self.me, at=self.cast.at, as_of=self.cast.as_of)

    def rows(self) -> list[HomeReading]:
        with looking(self.me):
            return list(HomeReading.objects.filter(patient_id=self.patient.pk).order_by("pk"))


NO_EVENING = {f"evening_{place}__{which}": "" for place in (1, 2, 3) for which in ("sbp", "dbp")}


@pytest.fixture
def anna(cast: Cast) -> Measuring:
    return Measuring(cast)


def test_three_days_become_one_mean_with_the_number_it_rests_on(cast: Cast, anna: Measuring):
    for day, numbers in ((1, "160/95"), (2, "134/82"), (3, "130/80")):
        assert anna.save(day, numbers) == {}
    anna.hand_in()
    assert len(anna.rows()) == 18
    assert str(shown(cast, anna.patient, "sbp_home").value) == "132"
    assert str(shown(cast, anna.patient, "dbp_home").value) == "81"
    [row] = held(anna.patient, "sbp_home")
    assert (row.setting, row.measured_on) == ("home", cast.as_of)
    page = signed_in(cast, "holm").get(f"/patient/{anna.patient.public_id}/").content.decode()
    assert "132/81" in page
    assert "Snittet af 12 målinger." in page
    assert "Derfor tæller kun dag 2 og 3." in page


def test_one_comes_back_tomorrow_and_goes_on(anna: Measuring):
    assert anna.page().day == 1
    anna.save(1, ago=2)
    assert anna.page().day == 2
    assert len(anna.page().readings(1)) == 6


def test_a_part_of_a_day_is_kept_and_the_rest_written_later(anna: Measuring):
    assert anna.save(1, ago=0, **NO_EVENING) == {}
    assert (anna.page().day, len(anna.page().readings(1))) == (1, 3)
    anna.save(1, ago=0)
    assert len(anna.page().readings(1)) == 6


def test_a_page_that_was_open_meanwhile_takes_nothing_away(anna: Measuring):
    anna.save(1, ago=0)
    anna.save(1, ago=0, **NO_EVENING)
    assert len(anna.page().readings(1)) == 6


def test_a_measurement_that_is_seen_and_emptied_is_taken_away(anna: Measuring):
    anna.save(1, ago=0)
    anna.save(1, ago=0, shown="evening-1 evening-2 evening-3", **NO_EVENING)
    assert len(anna.page().readings(1)) == 3


def test_too_few_make_no_mean_and_nothing_reaches_the_practice(cast: Cast, anna: Measuring):
    for day in (1, 2):
        anna.save(day)
    anna.save(3, evening_3__sbp="", evening_3__dbp="")
    assert anna.page().mean is None
    with pytest.raises(home.NotDone):
        anna.hand_in()
    assert held(anna.patient, "sbp_home") == []
    assert [(gap.day, gap.missing) for gap in anna.page().gaps if gap.is_needed] == [(3, 1)]


def test_a_day_saved_twice_is_kept_once_and_a_correction_supersedes(anna: Measuring):
    anna.save(1, ago=0)
    anna.save(1, ago=0)
    assert len(anna.rows()) == 6
    anna.save(1, ago=0, morning_1__sbp="128")
    rows = anna.rows()
    assert (len(rows), sum(row.superseded_at is not None for row in rows)) == (7, 1)


def test_a_series_handed_in_twice_is_sent_once(anna: Measuring):
    for day in (1, 2, 3):
        anna.save(day)
    assert anna.hand_in() is not None
    assert anna.hand_in() is None
    assert len(held(anna.patient, "sbp_home")) == 1


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"morning_2__sbp": "1300"}, "morning-2.sbp", "kan kun være 50–300 mmHg"),
        ({"morning_2__sbp": ""}, "morning-2.sbp", "Skriv begge tal."),
        ({"morning_2__sbp": "80", "morning_2__dbp": "130"}, "morning-2.sbp", "Er de byttet om?"),
        ({"morning_2__sbp": "270"}, "morning-2.sbp", "Er du sikker?"),
    ],
)
def test_a_pressure_that_is_wrong_is_named_at_its_field(
    anna: Measuring, changed: dict[str, str], field: str, said: str
):
    assert said in anna.save(1, ago=0, **changed)[field]
    assert anna.rows() == []


def test_the_days_follow_each_other_and_lie_close(anna: Measuring):
    anna.save(1, ago=9)
    assert "følge efter hinanden" in anna.save(2, ago=9)["measured_on"]
    assert "for lang tid siden dag 1" in anna.save(2, ago=1)["measured_on"]


def test_one_may_begin_anew_and_the_old_series_stays(anna: Measuring):
    anna.save(1, ago=9)
    with looking(anna.me):
        home.put_aside(by=anna.me, at=anna.cast.at, as_of=anna.cast.as_of)
    assert anna.page().series is None
    anna.save(1, ago=0)
    with looking(anna.me):
        assert HomeSeries.objects.filter(patient_id=anna.patient.pk).count() == 2


def test_a_mean_is_taken_back_with_both_its_numbers(cast: Cast, anna: Measuring):
    for day in (1, 2, 3):
        anna.save(day)
    anna.hand_in()
    withdraw(cast, anna.patient, held(anna.patient, "sbp_home")[0].pk)
    assert shown(cast, anna.patient, "sbp_home") is None
    assert shown(cast, anna.patient, "dbp_home") is None
