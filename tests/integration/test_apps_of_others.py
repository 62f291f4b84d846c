"""An app of others gets in by a person's yes, for as long as that holds, and by no other way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from django.db import connection, connections
from django.test import Client, override_settings
from django.utils import timezone
from joserfc.jwk import ECKey

from forloeb.access import app_registry, queries
from forloeb.access.grants import digest_of
from forloeb.access.models import Login
from forloeb.access.policies import NoCareRelation
from forloeb.access.tokens import Holder, find_holder
from forloeb.people.models import Patient
from forloeb.people.viewers import Viewer, looking
from tests.integration.test_access import signed_in
from tests.support.app import KEY, REDIRECT, App, proof, register
from tests.support.personas import Cast
from tests.support.site import served


@pytest.fixture(scope="module")
def site(cast: Cast) -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture
def app(site: str) -> App:
    return App(site, register())


@pytest.fixture
def patient(cast: Cast) -> Patient:
    return cast.new_patient()


@pytest.fixture
def browser(cast: Cast, patient: Patient) -> Client:
    return browser_of(cast, patient)


def browser_of(cast: Cast, patient: Patient) -> Client:
    return _browser(cast, cast.give_login(patient))


def _browser(cast: Cast, subject: str) -> Client:
    with override_settings(DEMO_PERSONAS=((subject, ""),)):
        return signed_in(cast, subject)


def rows(statement: str) -> list[tuple[Any, ...]]:
    with connections["loader"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def holder(token: dict[str, Any]) -> Holder:
    found = find_holder(token["access_token"])
    assert found is not None
    return found


def test_a_patient_says_yes_and_the_app_looks_with_the_patients_eyes(app: App, browser: Client, patient: Patient):
    token = app.token(app.code(browser))
    assert token["status"] == 200
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 600)
    assert token["patient"] == str(patient.public_id)
    found = holder(token)
    assert (found.viewer.kind.value, found.viewer.patient_id) == ("patient", patient.pk)
    assert found.may("r", "Observation")
    assert not found.may("c", "Observation")
    assert not found.may("r", "CarePlan")


def test_authlib_itself_gets_a_token_from_the_answer(app: App, browser: Client):
    code = app.code(browser)
    token = app.session().fetch_token(
        app.configuration["token_endpoint"],
        authorization_response=f"{REDIRECT}?code={code}&state=s-1",
        state="s-1",
        code_verifier=app.verifier,
    )
    assert set(token["scope"].split()) == set(app.scope.split())


def test_a_token_never_opens_more_than_its_person_may_see(app: App, browser: Client, cast: Cast):
    found = holder(app.token(app.code(browser)))
    with looking(found.viewer), pytest.raises(NoCareRelation, match=r"no care relation"):
        queries.open_patient(cast.id_of("karen"), seen_by=found.viewer, as_of=cast.as_of, event="fhir")


def test_a_no_gives_the_app_nothing(app: App, browser: Client):
    assert app.back(browser, do="no") == {"error": ["access_denied"], "state": ["s-1"]}


def test_nothing_but_digests_is_kept(app: App, browser: Client):
    code = app.code(browser)
    token = app.token(code)
    kept = "".join(
        str(rows(f"SELECT * FROM {table}"))
        for table in (
            "oauth2_provider_accesstoken",
            "oauth2_provider_refreshtoken",
            "oauth2_provider_grant",
            "access_consent",
        )
    )
    for secret in (code, token["access_token"], token["refresh_token"]):
        assert secret not in kept


def test_a_code_needs_the_verifier_it_was_asked_with(app: App, browser: Client):
    answer = app.token(app.code(browser), code_verifier=generate_token(64))
    assert (answer["status"], answer["error"]) == (400, "invalid_grant")


def test_a_code_that_comes_again_ends_what_came_of_it(app: App, browser: Client):
    code = app.code(browser)
    token = app.token(code)
    assert app.token(code)["error"] == "invalid_grant"
    assert find_holder(token["access_token"]) is None
    assert app.refresh(token["refresh_token"])["error"] == "invalid_grant"


def test_another_apps_code_is_of_no_use(app: App, browser: Client, site: str):
    other = App(site, register(), verifier=app.verifier)
    assert other.token(app.code(browser))["error"] == "invalid_grant"


def test_a_refresh_token_is_used_once_and_a_stolen_one_ends_everything(app: App, browser: Client):
    first = app.token(app.code(browser))
    second = app.refresh(first["refresh_token"])
    assert second["status"] == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert find_holder(first["access_token"]) is None
    assert holder(second)
    third = app.refresh(second["refresh_token"])
    assert app.refresh(first["refresh_token"])["error"] == "invalid_grant"
    assert find_holder(third["access_token"]) is None
    assert app.refresh(third["refresh_token"])["error"] == "invalid_grant"


def test_a_refresh_asks_for_no_more_than_was_given(app: App, browser: Client):
    token = app.token(app.code(browser))
    assert app.refresh(token["refresh_token"], scope="patient/*.rs")["status"] == 400


def test_an_app_that_does_not_ask_to_come_back_gets_no_refresh_token(site: str, browser: Client):
    app = App(site, register(), scope="patient/Observation.rs")
    token = app.token(app.code(browser))
    assert "refresh_token" not in token
    assert holder(token)


def test_a_token_that_is_given_back_is_of_no_use(app: App, browser: Client):
    token = app.token(app.code(browser))
    answer = app.post("revocation_endpoint", token=token["access_token"], client_id=app.client_id)
    assert answer["status"] == 200
    assert find_holder(token["access_token"]) is None
    assert app.refresh(token["refresh_token"])["error"] == "invalid_grant"


def test_an_app_gives_back_nobody_elses_token(app: App, browser: Client, site: str):
    token = app.token(app.code(browser))
    assert app.post("revocation_endpoint", token=token["access_token"], client_id=register())["status"] == 200
    assert holder(token)


def test_the_patient_sees_the_app_and_stops_it_at_once(app: App, browser: Client):
    token = app.token(app.code(browser))
    page = browser.get("/my-plan/access/").content.decode()
    assert "Min Puls" in page
    assert "Målinger og prøvesvar" in page
    number = holder(token).consent_id
    browser.post("/my-plan/access/", {"do": f"stop-app:{number}"})
    assert find_holder(token["access_token"]) is None
    assert app.refresh(token["refresh_token"])["error"] == "invalid_grant"
    assert "Min Puls" not in browser.get("/my-plan/access/").content.decode()


def test_nobody_else_stops_it(app: App, browser: Client, cast: Cast):
    token = app.token(app.code(browser))
    number = holder(token).consent_id
    for stranger in (browser_of(cast, cast.new_patient()), signed_in(cast, "holm")):
        stranger.post("/my-plan/access/", {"do": f"stop-app:{number}"})
        stranger.post("/apps/", {"do": f"stop-app:{number}"})
    assert holder(token)


def test_the_patient_reads_in_the_log_what_the_app_was_given(app: App, browser: Client):
    app.token(app.code(browser))
    assert "Du gav en app adgang til din plan." in browser.get("/my-plan/log/").content.decode()


def test_a_practitioners_app_sees_the_practices_patients_until_the_work_ends(cast: Cast, site: str):
    doctor = cast.new_practice_doctor()
    app = App(site, register(scopes="user/*.rs patient/*.rs"), scope="user/Observation.rs")
    token = app.token(app.code(_as(cast, doctor)))
    found = holder(token)
    assert "patient" not in token
    assert (found.viewer.organization_id, found.viewer.practitioner_id) == (
        doctor.organization_id,
        doctor.practitioner_id,
    )
    with looking(found.viewer), pytest.raises(NoCareRelation):
        queries.open_patient(cast.id_of("karen"), seen_by=found.viewer, as_of=cast.as_of, event="fhir")
    with connections["loader"].cursor() as cursor:
        cursor.execute(
            "UPDATE people_practitionerrole SET valid_until = %s WHERE practitioner_id = %s",
            [cast.as_of - timedelta(days=1), doctor.practitioner_id],
        )
    assert find_holder(token["access_token"]) is None


def _as(cast: Cast, viewer: Viewer) -> Client:
    return _browser(cast, Login.objects.using("loader").get(pk=viewer.login_id).subject)


def test_a_patient_is_not_asked_for_what_is_not_theirs_to_give(site: str, browser: Client):
    app = App(site, register(scopes="user/*.rs"), scope="user/Observation.rs")
    assert app.back(browser)["error"] == ["invalid_scope"]


def test_a_relative_gives_no_app_a_patients_plan(cast: Cast, app: App):
    answer = signed_in(cast, "sofie").get(app.address().removeprefix(app.site), headers={"host": app.site[7:]})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"aud": "https://elsewhere.example/fhir"}, "invalid_request"),
        ({"aud": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"scope": "patient/*.cruds"}, "invalid_scope"),
        ({"scope": "system/*.rs"}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
def test_an_app_that_asks_wrongly_is_told_so(app: App, browser: Client, changed: dict[str, str], error: str):
    asked = urlsplit(app.address())
    query = urlencode({**dict(parse_qsl(asked.query)), **changed})
    answer = browser.get(f"{asked.path}?{query}", headers={"host": asked.netloc})
    assert answer.status_code == 302
    said = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert (said["error"], said["state"]) == (error, "s-1")


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "http://127.0.0.1:9/back/"},
        {"redirect_uri": "http://127.0.0.1:9/back?x=1"},
        {"redirect_uri": "https://evil.example/"},
    ],
)
def test_an_unknown_app_or_address_gets_no_answer(app: App, browser: Client, changed: dict[str, str]):
    asked = urlsplit(app.address())
    query = urlencode({**dict(parse_qsl(asked.query)), **changed})
    answer = browser.get(f"{asked.path}?{query}", headers={"host": asked.netloc})
    assert answer.status_code == 400
    assert "Vi kender ikke appen" in answer.content.decode()


# --- systems --------------------------------------------------------------------------------------------------------


def system(cast: Cast, site: str, **more: Any) -> App:
    number = cast.demo.practice.ydernummer
    return App(site, register(kind="system", scopes="system/*.rs", organization=number, **more))


def ask(app: App, **changed: Any) -> dict[str, Any]:
    audience = changed.pop("aud", app.configuration["token_endpoint"])
    scope = changed.pop("scope", "system/Observation.rs")
    return app.post(grant_type="client_credentials", scope=scope, **proof(app.client_id, audience, **changed))


def test_a_system_sees_its_practices_patients_and_no_others(cast: Cast, site: str):
    found = holder(ask(system(cast, site)))
    assert found.is_system
    elsewhere = cast.new_patient()
    with looking(found.viewer):
        seen = queries.open_patient(cast.id_of("karen"), seen_by=found.viewer, as_of=cast.as_of, event="fhir")
        assert seen.rule == "on-our-list"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM people_patient p WHERE NOT EXISTS (SELECT FROM people_practicemembership m"
                " WHERE m.patient_id = p.id AND m.organization_id = %s)",
                [cast.demo.practice.pk],
            )
            assert cursor.fetchone() == (0,)
    assert elsewhere.pk


def test_a_systems_proof_is_believed_once(cast: Cast, site: str):
    app = system(cast, site)
    assert ask(app, jti="one")["status"] == 200
    assert ask(app, jti="one")["error"] == "invalid_client"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://elsewhere.example/token"},
        {"exp": 1},
        {"exp": 99999999999},
        {"exp": "soon"},
        {"iss": "somebody"},
        {"sub": "somebody"},
        {"jti": ""},
        {"key": ECKey.generate_key("P-384", {"kid": "one", "alg": "ES384"})},
    ],
    ids=["aud", "past", "far", "text", "iss", "sub", "jti", "key"],
)
def test_a_proof_that_is_not_right_gives_nothing(cast: Cast, site: str, changed: dict[str, Any]):
    answer = ask(system(cast, site), **changed)
    assert (answer["status"], answer["error"]) == (401, "invalid_client")


def test_a_system_has_no_other_scopes(cast: Cast, site: str):
    app = system(cast, site)
    for scope in ("user/Observation.rs", "system/Observation.cruds", ""):
        assert ask(app, scope=scope)["error"] == "invalid_scope"


def test_only_an_app_that_proves_itself_asks_of_tokens_and_only_of_its_own(
    cast: Cast, site: str, app: App, browser: Client
):
    one, public = system(cast, site), app.token(app.code(browser))
    token = ask(one)
    where = one.configuration["token_endpoint"]
    assert one.post("introspection_endpoint", token=token["access_token"])["status"] == 401
    told = one.post("introspection_endpoint", token=token["access_token"], **proof(one.client_id, where))
    assert (told["active"], told["scope"]) == (True, "system/Observation.rs")
    told = one.post("introspection_endpoint", token=public["access_token"], **proof(one.client_id, where))
    assert told == {"active": False, "status": 200}


def test_an_app_that_is_removed_is_let_in_no_more(cast: Cast, site: str, app: App, browser: Client):
    one, token = system(cast, site), app.token(app.code(browser))
    of_system = ask(one)
    for removed in (one, app):
        app_registry.remove(removed.client_id, at=timezone.now())
    assert find_holder(token["access_token"]) is find_holder(of_system["access_token"]) is None
    assert ask(one)["error"] == "invalid_client"
    assert app.refresh(token["refresh_token"])["status"] in (400, 401)
    with pytest.raises(app_registry.NoSuchApp):
        app_registry.remove(app.client_id, at=timezone.now())


def test_a_token_lasts_ten_minutes(app: App, browser: Client):
    token = app.token(app.code(browser))
    with connections["loader"].cursor() as cursor:
        cursor.execute(
            "UPDATE oauth2_provider_accesstoken SET expires = expires - interval '10 minutes'"
            " WHERE token_checksum = %s",
            [digest_of(token["access_token"])],
        )
    assert find_holder(token["access_token"]) is None


def test_the_file_of_an_app_is_refused_with_every_fault_named():
    with pytest.raises(app_registry.BadApp) as refusal:
        app_registry.read_app(
            {
                "client_id": "a b",
                "name": "x",
                "publisher": "y",
                "kind": "public",
                "scopes": ["patient/*.rs"],
                "redirect_uris": ["https://a.example/#x"],
                "colour": "red",
            },
            allows_loopback=False,
        )
    assert [fault.partition(":")[0] for fault in refusal.value.faults] == ["client_id", "colour"]


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uris": ["http://127.0.0.1/x"]},
        {"redirect_uris": ["https://*.example/x"]},
        {"redirect_uris": ["https://u@a.example/x"]},
        {"redirect_uris": []},
        {"kind": "keyed"},
        {"kind": "system"},
        {"scopes": ["system/*.rs"]},
        {"scopes": ["patient/*.read"]},
        {"scopes": ["offline_access"]},
        {"hook_hosts": ["https://a.example"]},
        {"hook_hosts": ["a.example/x"]},
        {"keys": {"keys": [KEY.as_dict(private=True)]}, "kind": "keyed"},
    ],
)
def test_what_an_app_may_not_be_registered_with(changed: dict[str, Any]):
    said = {
        "client_id": "app",
        "name": "x",
        "publisher": "y",
        "kind": "public",
        "scopes": ["patient/*.rs"],
        "redirect_uris": ["https://a.example/x"],
        **changed,
    }
    with pytest.raises(app_registry.BadApp):
        app_registry.read_app(said, allows_loopback=False)


# --- the token at the FHIR API ---------------------------------------------------------------------------------------


def fetched(app: App, token: dict[str, Any], path: str) -> requests.Response:
    return requests.get(
        f"{app.site}/fhir/{path}", headers={"Authorization": f"Bearer {token['access_token']}"}, timeout=30
    )


def test_the_token_reads_what_its_scopes_and_its_person_may(app: App, browser: Client, cast: Cast, patient: Patient):
    cast.give_values(patient, 1, weight="80")
    token = app.token(app.code(browser))
    found = fetched(app, token, "Observation").json()
    assert [entry["resource"]["subject"]["reference"] for entry in found["entry"]] == [f"Patient/{patient.public_id}"]
    assert fetched(app, token, f"Patient/{patient.public_id}").status_code == 200
    assert fetched(app, token, f"Patient/{cast.id_of('karen')}").status_code == 404
    assert fetched(app, token, "CarePlan").status_code == 403
    refused = fetched(app, {"access_token": "made-up"}, "Observation")
    assert (refused.status_code, refused.headers["WWW-Authenticate"][:6]) == (401, "Bearer")


def test_a_search_is_a_scope_of_its_own(app: App, browser: Client, patient: Patient):
    token = app.token(app.code(browser))
    assert fetched(app, token, "Patient").status_code == 403
    assert fetched(app, token, f"Patient/{patient.public_id}").status_code == 200


def test_a_granular_scope_leaves_the_others_out_and_uncounted(site: str, browser: Client, cast: Cast, patient: Patient):
    cast.give_values(patient, 1, weight="80", hba1c="50")
    scopes = "patient/Observation.rs?category=laboratory"
    app = App(site, register(scopes=scopes), scope=scopes)
    found = fetched(app, app.token(app.code(browser)), "Observation").json()
    assert len(found["entry"]) == 1
    assert "laboratory" in str(found["entry"][0]["resource"]["category"])
    assert "total" not in found


def test_a_system_reads_its_practices_list(cast: Cast, site: str):
    app = system(cast, site)
    token = ask(app, scope="system/Patient.rs")
    other = cast.new_practice_doctor()
    assert other.organization_id != cast.demo.practice.pk
    assert fetched(app, token, f"Patient/{cast.id_of('karen')}").status_code == 200
    assert fetched(app, token, "Observation").status_code == 403


def test_an_app_that_may_only_read_writes_nothing(cast: Cast, site: str):
    doctor = cast.new_practice_doctor()
    app = App(site, register(scopes="user/*.rs"), scope="user/*.rs")
    token = app.token(app.code(_as(cast, doctor)))
    for path, body in (
        ("Observation", {"resourceType": "Observation", "status": "final"}),
        (
            "",
            {
                "resourceType": "Bundle",
                "type": "transaction",
                "entry": [
                    {"request": {"method": "POST", "url": "Observation"}, "resource": {"resourceType": "Observation"}}
                ],
            },
        ),
    ):
        answer = requests.post(
            f"{site}/fhir/{path}",
            json=body,
            timeout=30,
            headers={"Authorization": f"Bearer {token['access_token']}", "Content-Type": "application/fhir+json"},
        )
        assert answer.status_code == 403, answer.text
