"""Everyone who may read the plan reads it, and no one else: each rule with its persona and its refusal by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from forloeb.access import blocks, lookups, policies, proxies, referrals
from forloeb.access.identities import find_login
from forloeb.access.models import Lookup, ReferralEnd
from forloeb.access.own_log import get_own_log
from forloeb.access.queries import find_by_number
from forloeb.careplans import actions, queries, sectors
from forloeb.careplans.submission import prefill
from forloeb.jobs.demo.cast import ISSUER
from forloeb.kernel.periods import months_after
from forloeb.people.actions import join_practice
from forloeb.people.models import Patient
from forloeb.people.viewers import Viewer, ViewerKind, looking
from tests.integration.test_access import signed_in
from tests.integration.test_audit import entries
from tests.support.personas import Cast


def reads(viewer: Viewer, patient: Patient, cast: Cast) -> bool:
    """Whether a professional reads the plan; False where there is no relation."""
    try:
        with looking(viewer):
            return queries.get_shared_plan(patient.public_id, seen_by=viewer, as_of=cast.as_of).patient.id == patient.pk
    except policies.NoCareRelation:
        return False


def state(viewer: Viewer, patient: Patient, cast: Cast, reason: str = "treatment", explanation: str = "") -> None:
    assert patient.cpr_number is not None
    with looking(viewer):
        lookups.state_reason(patient.cpr_number, reason=reason, explanation=explanation, by=viewer, at=cast.at)


def block(patient: Patient, cast: Cast, organization_id: int | None = None) -> None:
    by = cast.as_patient(patient)
    with looking(by):
        blocks.set_block(organization_id, by=by, at=cast.at, as_of=cast.as_of)


# --- referral


def test_a_referral_opens_the_plan_to_that_organization_until_the_course_ends(cast: Cast):
    patient, nurse = cast.new_patient(), cast.new_professional(cast.demo.municipality)
    assert not reads(nurse, patient, cast)
    course = cast.refer(patient, cast.demo.municipality)
    assert reads(nurse, patient, cast)
    assert not reads(cast.staff("birk"), patient, cast)
    with looking(nurse):
        sectors.end_course(
            patient.public_id, course, "Godt i gang.", completed=True, by=nurse, at=cast.at, as_of=cast.as_of
        )
    assert not reads(nurse, patient, cast)


@pytest.mark.parametrize("who", ["practice", "patient"])
def test_a_referral_that_is_taken_back_closes_the_plan_at_once(cast: Cast, who: str):
    patient, nurse = cast.new_patient(), cast.staff("nygaard")
    course = cast.refer(patient, cast.demo.municipality)
    if who == "practice":
        by = cast.staff("krogh")
        with looking(by):
            referrals.revoke(patient.public_id, course, by=by, at=cast.at, as_of=cast.as_of)
    else:
        by = cast.as_patient(patient)
        with looking(by):
            referrals.revoke_own(course, by=by, at=cast.at, as_of=cast.as_of)
    assert not reads(nurse, patient, cast)
    with looking(cast.staff("holm")):
        (ended,) = referrals.courses_of(patient.pk)
    assert ended.ended_how == ReferralEnd.REVOKED


def test_a_practice_refers_only_its_own_patients(cast: Cast):
    patient, lund = cast.new_patient(), cast.staff("lund")
    with looking(lund), pytest.raises(policies.NoCareRelation):
        referrals.refer(
            patient.public_id,
            organization_id=cast.demo.municipality.pk,
            offer="diet",
            purpose="",
            by=lund,
            at=cast.at,
            as_of=cast.as_of,
        )


def test_a_referral_is_to_a_place_that_takes_them_and_for_something(cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    asked = {"purpose": "", "by": holm, "at": cast.at, "as_of": cast.as_of}
    with looking(holm):
        with pytest.raises(referrals.NoSuchOrganization):
            referrals.refer(patient.public_id, organization_id=cast.demo.other_practice.pk, offer="diet", **asked)
        with pytest.raises(referrals.NoSuchOffer):
            referrals.refer(patient.public_id, organization_id=cast.demo.municipality.pk, offer="cake", **asked)
        referrals.refer(patient.public_id, organization_id=cast.demo.municipality.pk, offer="diet", **asked)
        with pytest.raises(referrals.AlreadyReferred):
            referrals.refer(patient.public_id, organization_id=cast.demo.municipality.pk, offer="diet", **asked)


def test_who_ends_a_course_can_no_longer_write_in_the_plan(cast: Cast):
    patient, nurse = cast.new_patient(), cast.staff("nygaard")
    course = cast.refer(patient, cast.demo.municipality)
    told = {"by": nurse, "at": cast.at, "as_of": cast.as_of}
    with looking(nurse):
        with pytest.raises(sectors.NoteRefused):
            sectors.write_note(patient.public_id, course, "  ", **told)
        sectors.write_note(patient.public_id, course, "Møder op hver gang.", **told)
        sectors.write_note(patient.public_id, course, "Møder op hver gang.", **told)  # the page was sent twice
        sectors.end_course(patient.public_id, course, "Slut.", completed=True, **told)
    with looking(nurse), pytest.raises(policies.NoCareRelation):
        sectors.write_note(patient.public_id, course, "En ting til.", **told)
    with looking(cast.staff("holm")):
        assert [note.text for note in sectors.notes_of(patient.pk)] == ["Slut.", "Møder op hver gang."]


def test_a_stated_reason_reads_but_does_not_write(cast: Cast):
    patient, nurse = cast.new_patient(), cast.staff("nygaard")
    other = cast.refer(patient, cast.demo.hospital)
    state(nurse, patient, cast)
    with looking(nurse), pytest.raises(referrals.NoOpenReferral):
        sectors.write_note(patient.public_id, other, "Hej", by=nurse, at=cast.at, as_of=cast.as_of)


# --- a stated reason


def test_a_professional_says_why_and_reads_until_the_shift_is_over(cast: Cast):
    patient, birk = cast.new_patient(), cast.new_professional(cast.demo.hospital)
    assert not reads(birk, patient, cast)
    state(birk, patient, cast, "transition")
    assert reads(birk, patient, cast)
    colleague = cast.new_professional(cast.demo.hospital)
    assert not reads(colleague, patient, cast)
    past = cast.at - timedelta(hours=13)
    Lookup.objects.using("loader").filter(patient=patient).update(stated_at=past, expires_at=past + lookups.HOLDS)
    assert not reads(birk, patient, cast)


@pytest.mark.parametrize(
    ("reason", "explanation"),
    [("", ""), ("curiosity", ""), ("other", " "), ("emergency", ""), ("treatment", "x" * 301)],
)
def test_a_reason_is_one_of_the_list_and_has_words_where_they_are_needed(cast: Cast, reason: str, explanation: str):
    patient, birk = cast.new_patient(), cast.staff("birk")
    with pytest.raises(lookups.SayWhy):
        state(birk, patient, cast, reason, explanation)
    assert not reads(birk, patient, cast)


def test_someone_without_an_authorization_cannot_look_anybody_up(cast: Cast):
    patient, storm = cast.new_patient(), cast.staff("storm")
    with pytest.raises(policies.NotAuthorized):
        state(storm, patient, cast)
    cast.refer(patient, cast.demo.municipality)
    with looking(storm), pytest.raises(policies.NotAuthorized):
        queries.get_shared_plan(patient.public_id, seen_by=storm, as_of=cast.as_of)


def test_the_national_role_for_assistants_stands_in_for_an_authorization(cast: Cast):
    patient = cast.new_patient()
    cast.refer(patient, cast.demo.municipality)
    assert reads(cast.new_professional(cast.demo.municipality, national_role="nspSundAssistR2"), patient, cast)
    with pytest.raises(policies.NotAuthorized):
        reads(cast.new_professional(cast.demo.municipality, national_role="none"), patient, cast)


def test_a_number_that_nobody_has_finds_nobody(cast: Cast):
    birk = cast.staff("birk")
    with looking(birk), pytest.raises(lookups.NobodyThere):
        lookups.state_reason("0101010000", reason="treatment", explanation="", by=birk, at=cast.at)


def test_a_doctor_outside_the_practice_looks_up_with_a_reason_and_changes_nothing(cast: Cast):
    patient, doctor = cast.new_patient(), cast.new_practice_doctor()
    state(doctor, patient, cast)
    assert reads(doctor, patient, cast)
    with looking(doctor), pytest.raises(policies.NoCareRelation):
        queries.get_control(patient.public_id, seen_by=doctor, as_of=cast.as_of)


# --- blocks and emergencies


@pytest.mark.parametrize("whole_plan", [True, False])
def test_a_patient_who_says_no_stops_referrals_and_reasons_and_those_stopped_are_told(cast: Cast, whole_plan: bool):
    patient, nurse = cast.new_patient(), cast.staff("nygaard")
    cast.refer(patient, cast.demo.municipality)
    block(patient, cast, None if whole_plan else cast.demo.municipality.pk)
    with pytest.raises(policies.PatientSaidNo):
        reads(nurse, patient, cast)
    with pytest.raises(policies.PatientSaidNo):
        state(nurse, patient, cast)
    with looking(nurse):
        listed = referrals.received(seen_by=nurse)
    assert patient.public_id not in {one.public_id for one in listed}
    assert {(one.name, one.birth_date) for one in listed if one.public_id is None} == {("", None)}


def test_a_block_of_one_place_leaves_the_others(cast: Cast):
    patient, birk = cast.new_patient(), cast.new_professional(cast.demo.hospital)
    block(patient, cast, cast.demo.municipality.pk)
    state(birk, patient, cast)
    assert reads(birk, patient, cast)


def test_a_block_does_not_stop_the_practice_nor_those_the_patient_has_let_in(cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    sister = cast.relative_of(patient)
    block(patient, cast)
    with looking(holm):
        assert queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)
    with looking(sister):
        assert queries.get_own_plan(seen_by=sister, as_of=cast.as_of).patient.id == patient.pk


def test_a_block_ends_a_look_up_that_was_open_and_taking_it_back_opens_it(cast: Cast):
    patient, birk = cast.new_patient(), cast.new_professional(cast.demo.hospital)
    state(birk, patient, cast)
    block(patient, cast)
    with pytest.raises(policies.PatientSaidNo):
        reads(birk, patient, cast)
    by = cast.as_patient(patient)
    with looking(by):
        (said,) = blocks.blocks_of(patient.pk)
        blocks.lift_block(said.id, by=by, at=cast.at, as_of=cast.as_of)
    assert reads(birk, patient, cast)


def test_a_no_is_told_only_at_the_place_where_the_reason_was_stated(cast: Cast):
    patient, birk = cast.new_patient(), cast.new_professional(cast.demo.hospital)
    state(birk, patient, cast)
    block(patient, cast)
    elsewhere = replace(birk, organization_id=cast.demo.municipality.pk)
    with pytest.raises(policies.PatientSaidNo):
        reads(birk, patient, cast)
    assert not reads(elsewhere, patient, cast)


def test_an_emergency_passes_a_block_and_stands_out_in_the_patients_log(cast: Cast):
    patient, birk = cast.new_patient(), cast.new_professional(cast.demo.hospital)
    block(patient, cast)
    state(birk, patient, cast, "emergency", "Bevidstløs, mulig lavt blodsukker")
    assert reads(birk, patient, cast)
    by = cast.as_patient(patient)
    with looking(by):
        looks = [look for look in get_own_log(seen_by=by, as_of=cast.as_of) if look.rule == policies.EMERGENCY]
    assert {(look.organization, look.explanation) for look in looks} == {
        ("Åby Sygehus", "Bevidstløs, mulig lavt blodsukker")
    }


# --- proxies


def test_a_relative_with_the_code_reads_the_plan_and_nothing_else(cast: Cast):
    patient = cast.new_patient()
    sister = cast.relative_of(patient)
    with looking(sister):
        assert queries.get_own_plan(seen_by=sister, as_of=cast.as_of).patient.id == patient.pk
        with pytest.raises(policies.NotForThisViewer):
            get_own_log(seen_by=sister, as_of=cast.as_of)
        with pytest.raises(policies.NotForThisViewer):
            proxies.give_proxy("En anden", 12, by=sister, at=cast.at, as_of=cast.as_of)


def test_a_proxy_ends_when_it_is_taken_back_or_has_run_out(cast: Cast):
    patient = cast.new_patient()
    sister, by = cast.relative_of(patient, months=3), cast.as_patient(patient)
    later = months_after(cast.as_of, 3)
    with looking(sister), pytest.raises(policies.ProxyIsOver):
        queries.get_own_plan(seen_by=sister, as_of=later)
    with looking(by):
        (given,) = proxies.proxies_of(patient.pk, as_of=cast.as_of)
        proxies.withdraw_proxy(given.id, by=by, at=cast.at, as_of=cast.as_of)
    with looking(sister), pytest.raises(policies.ProxyIsOver):
        queries.get_own_plan(seen_by=sister, as_of=cast.as_of)


def test_a_code_is_used_once_in_time_and_by_somebody_else(cast: Cast):
    patient = cast.new_patient()
    key = cast.give_login(patient)
    by = cast.as_patient(patient)
    with looking(by):
        given = proxies.give_proxy("Min bror", 12, by=by, at=cast.at, as_of=cast.as_of)
    accept = {"issuer": ISSUER, "as_of": cast.as_of}
    with pytest.raises(proxies.NoSuchCode):
        proxies.accept_proxy(given.code, subject=key, at=cast.at, **accept)
    with pytest.raises(proxies.NoSuchCode):
        proxies.accept_proxy(given.code, subject="brother", at=cast.at + proxies.CODE_HOLDS, **accept)
    with pytest.raises(proxies.NoSuchCode):
        proxies.accept_proxy(given.code, subject="holm", at=cast.at, **accept)
    proxies.accept_proxy(given.code.lower(), subject=f"brother-{patient.pk}", at=cast.at, **accept)
    with pytest.raises(proxies.NoSuchCode):
        proxies.accept_proxy(given.code, subject="thief", at=cast.at, **accept)
    assert given.code not in repr(given)


def test_a_child_gives_no_proxy_and_parents_are_refused_by_name(cast: Cast):
    child = cast.new_patient(years=13)
    by = cast.as_patient(child)
    with looking(by), pytest.raises(policies.UnderFifteen):
        proxies.give_proxy("Mor", 12, by=by, at=cast.at, as_of=cast.as_of)


def test_one_person_may_read_for_several_and_have_a_plan_of_their_own(cast: Cast):
    husband, wife = cast.new_patient(), cast.new_patient()
    key, by = cast.give_login(husband), cast.as_patient(wife)
    with looking(by):
        given = proxies.give_proxy("Min mand", 12, by=by, at=cast.at, as_of=cast.as_of)
    proxies.accept_proxy(given.code, issuer=ISSUER, subject=key, at=cast.at, as_of=cast.as_of)
    who = find_login(ISSUER, key, as_of=cast.as_of)
    assert who is not None
    assert (who.ways, who.viewer().patient_id) == (2, husband.pk)
    reader = who.viewer(reads_for=wife.pk)
    with looking(reader):
        assert queries.get_own_plan(seen_by=reader, as_of=cast.as_of).patient.id == wife.pk
    with pytest.raises(policies.NotForThisViewer):
        who.viewer(reads_for=cast.demo.patients["karen"].pk)


# --- the dead, the moved, the protected, those without a CPR number


def test_when_a_patient_has_died_proxies_and_new_reasons_end_and_nobody_signs_in_as_them(cast: Cast):
    patient, birk = cast.new_patient(), cast.new_professional(cast.demo.hospital)
    key, sister = cast.give_login(patient), cast.relative_of(patient)
    Patient.objects.using("loader").filter(pk=patient.pk).update(deceased_on=cast.as_of)
    assert find_login(ISSUER, key, as_of=cast.as_of) is None
    with looking(sister), pytest.raises(policies.ProxyIsOver):
        queries.get_own_plan(seen_by=sister, as_of=cast.as_of)
    with pytest.raises(policies.PatientIsDead):
        state(birk, patient, cast)
    holm = cast.staff("holm")
    with looking(holm):
        assert queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of).patient.deceased_on


def finished(cast: Cast, patient: Patient, by: Viewer, *, days_later: int = 0) -> None:
    """Finish a control as it stands."""
    later = timedelta(days=days_later)
    asked = {"by": by, "at": cast.at + later, "as_of": cast.as_of + later}
    with looking(by):
        base = prefill(queries.get_control(patient.public_id, seen_by=by, as_of=cast.as_of + later))
        done = actions.finish_review(patient.public_id, base=base, mine=base, **asked)
    assert isinstance(done, actions.Finished)


def test_a_practice_reads_the_plans_it_made_after_the_patient_has_moved(cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    finished(cast, patient, holm)
    newcomer = cast.new_practice_doctor()
    join_practice(patient=patient, organization=cast.organization_of(newcomer), on=cast.as_of)
    with looking(holm):
        opened, versions = queries.get_history(patient.public_id, seen_by=holm, as_of=cast.as_of)
        assert (opened.rule, len(versions)) == (policies.OUR_OWN_RECORD, 1)
        with pytest.raises(policies.NoCareRelation):
            queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)
        assert find_by_number(patient.cpr_number or "", seen_by=holm, as_of=cast.as_of) is not None
    finished(cast, patient, newcomer, days_later=1)
    with looking(holm):
        assert len(queries.get_history(patient.public_id, seen_by=holm, as_of=cast.as_of)[1]) == 1
    with looking(newcomer):
        assert len(queries.get_history(patient.public_id, seen_by=newcomer, as_of=cast.as_of)[1]) == 2
    block(patient, cast)
    with looking(holm), pytest.raises(policies.NoCareRelation):
        queries.get_history(patient.public_id, seen_by=holm, as_of=cast.as_of)


def test_a_practice_that_made_no_plan_reads_nothing_of_a_patient_who_has_moved(cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    join_practice(patient=patient, organization=cast.organization_of(cast.new_practice_doctor()), on=cast.as_of)
    with looking(holm):
        assert find_by_number(patient.cpr_number or "", seen_by=holm, as_of=cast.as_of) is None
        with pytest.raises(policies.NoCareRelation):
            queries.get_history(patient.public_id, seen_by=holm, as_of=cast.as_of)


def test_someone_without_a_cpr_number_is_found_by_the_replacement_number(cast: Cast):
    patient, holm, birk = cast.new_patient(), cast.staff("holm"), cast.new_professional(cast.demo.hospital)
    number = f"010190AB{patient.pk:02}"
    Patient.objects.using("loader").filter(pk=patient.pk).update(cpr_number=None, replacement_id=number)
    with looking(holm):
        found = find_by_number(number, seen_by=holm, as_of=cast.as_of)
    assert found is not None
    assert (found.id, found.cpr_number) == (patient.pk, None)
    with looking(birk):
        assert lookups.state_reason(number, reason="treatment", explanation="", by=birk, at=cast.at)
    assert reads(birk, patient, cast)


def test_a_tourist_with_neither_number_cannot_be_registered(cast: Cast):
    patient = cast.new_patient()
    with pytest.raises(Exception, match="patient_has_a_number"):
        Patient.objects.using("loader").filter(pk=patient.pk).update(cpr_number=None)


# --- the second lock says the same


def seen_by_sql(viewer: Viewer, patient: Patient) -> bool:
    with looking(viewer), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_patient WHERE id = %s", [patient.pk])
        return bool(cursor.fetchone()[0])


def test_the_second_lock_does_not_take_the_applications_word_for_a_relation(cast: Cast):
    patient, stranger = cast.new_patient(), cast.as_patient(cast.new_patient())
    for pretended in (
        Viewer(ViewerKind.PROXY, stranger.login_id, "x", patient_id=patient.pk),
        Viewer(cast.staff("birk").kind, stranger.login_id, "x", organization_id=cast.demo.municipality.pk),
    ):
        assert not seen_by_sql(pretended, patient)


def refused(viewer: Viewer, statement: str, parameters: list[object]) -> bool:
    """Whether PostgreSQL refuses to write, or finds nothing to write on."""
    try:
        with looking(viewer), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.rowcount == 0
    except ProgrammingError as refusal:
        if "row-level security" not in str(refusal) and "permission denied" not in str(refusal):
            raise
        return True


def test_the_second_lock_refuses_what_the_first_would(cast: Cast):
    patient, nurse = cast.new_patient(), cast.staff("nygaard")
    sister = cast.relative_of(patient)
    course = cast.refer(patient, cast.demo.municipality)
    lookup = """INSERT INTO access_lookup (patient_id, login_id, organization_id, reason, explanation, stated_at,
                                           expires_at) VALUES (%s, %s, %s, %s, 'x', now(), now() + %s::interval)"""
    mine = [nurse.login_id, nurse.organization_id]
    assert not refused(nurse, lookup, [patient.pk, *mine, "treatment", "12 hours"])
    assert refused(nurse, lookup, [patient.pk, *mine, "treatment", "3 days"])
    assert refused(nurse, lookup, [patient.pk, sister.login_id, nurse.organization_id, "treatment", "1 hour"])
    assert refused(cast.staff("storm"), lookup, [patient.pk, cast.staff("storm").login_id, mine[1], "other", "1 hour"])
    note = """INSERT INTO careplans_sectornote (patient_id, referral_id, organization_id, kind, text, written_at,
                                                written_by, written_by_name, written_by_role)
              VALUES (%s, %s, %s, 'progress', 'x', now(), 1, 'x', '')"""
    assert refused(cast.staff("birk"), note, [patient.pk, course, cast.demo.hospital.pk])
    assert refused(cast.staff("holm"), note, [patient.pk, course, cast.demo.municipality.pk])
    assert refused(nurse, note, [cast.new_patient().pk, course, cast.demo.municipality.pk])
    block(patient, cast)
    assert refused(nurse, lookup, [patient.pk, *mine, "treatment", "1 hour"])
    assert refused(nurse, note, [patient.pk, course, cast.demo.municipality.pk])
    assert not refused(nurse, lookup, [patient.pk, *mine, "emergency", "1 hour"])
    for statement in (
        "UPDATE access_block SET lifted_at = now() WHERE patient_id = %s",
        "UPDATE access_proxy SET withdrawn_at = NULL WHERE patient_id = %s",
        "UPDATE careplans_goal SET ended_at = now() WHERE patient_id = %s",
        "UPDATE records_observation SET superseded_at = now() WHERE patient_id = %s",
    ):
        for viewer in (nurse, sister, cast.staff("lund")):
            assert refused(viewer, statement, [patient.pk]), (statement, viewer.kind)


# --- on the page


def test_a_protected_name_and_address_is_marked_on_every_page_of_a_professionals(cast: Cast):
    patient = cast.new_patient()
    Patient.objects.using("loader").filter(pk=patient.pk).update(is_protected=True)
    cast.refer(patient, cast.demo.municipality)
    for who, address in (("holm", "patient/{}/"), ("holm", "patient/{}/team/"), ("nygaard", "shared/{}/")):
        page = signed_in(cast, who).get(f"/{address.format(patient.public_id)}")
        assert page.status_code == 200
        assert "Navn og adresse er beskyttet" in page.content.decode(), address


def test_looking_for_a_name_is_in_the_log_without_the_name(database: dict[str, str], cast: Cast):
    krogh = cast.staff("krogh")
    signed_in(cast, "krogh").post("/search/", {"sought": "Vestergaard"})
    where = f"login_id = {krogh.login_id} AND event = 'name-search' AND detail->>'found' = '1'"
    assert len(entries(database, where)) == 1
