"""A plan is opened from the record system: by SMART App Launch at a real authorization server, or by a signed token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from requests import Response

from forloeb.access.actions import give_login
from forloeb.jobs.demo import record_system
from forloeb.jobs.demo.cast import ISSUER
from forloeb.jobs.demo.record_system import YDERNUMMER
from forloeb.people.models import Practitioner, RecordSystem
from tests.support.launching import Beside, Doctor, site_beside_record_system
from tests.support.oidc.person import changed
from tests.support.personas import Cast
from tests.support.ports import free_port
from tests.support.record_system import Signer, register

WAYS = ["smart", "signed"]


@pytest.fixture(scope="module")
def beside(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    with site_beside_record_system(cast, tmp_path_factory.mktemp("lps")) as running:
        yield running


@pytest.fixture
def doctor(beside: Beside) -> Doctor:
    return Doctor(beside)


def refusal(answer: Response) -> str:
    """Give the code on a page that says no; it stands there in words too."""
    assert answer.status_code >= 400, answer.url
    found = re.search(r"Kode: ([\w-]+)", answer.text)
    assert found, answer.text
    return found[1]


@pytest.mark.parametrize("how", WAYS)
def test_a_plan_opens_straight_on_the_control_page_of_the_patient_who_is_open(cast: Cast, doctor: Doctor, how: str):
    page = doctor.opens("karen", how)
    assert page.url == f"{doctor.beside.site}/patient/{cast.id_of('karen')}/"
    assert page.status_code == 200
    assert "Karen Vestergaard" in page.text
    assert "Anne Holm" in page.text


@pytest.mark.parametrize("how", WAYS)
def test_the_next_patient_is_opened_and_not_the_last_one_again(cast: Cast, doctor: Doctor, how: str):
    for patient in ("karen", "bent"):
        assert doctor.opens(patient, how).url == f"{doctor.beside.site}/patient/{cast.id_of(patient)}/"


@pytest.mark.parametrize("how", WAYS)
def test_only_the_record_system_that_opened_a_page_may_frame_it(doctor: Doctor, how: str):
    page = doctor.opens("karen", how)
    assert f"frame-ancestors {doctor.beside.system.address};" in page.headers["Content-Security-Policy"] + ";"
    assert "X-Frame-Options" not in page.headers
    stranger = doctor.__class__(doctor.beside).get(f"{doctor.beside.site}/sign-in/")
    assert "frame-ancestors 'none'" in stranger.headers["Content-Security-Policy"]
    assert stranger.headers["X-Frame-Options"] == "DENY"


def test_what_we_ask_carries_a_challenge_a_state_and_a_nonce_and_names_the_server(doctor: Doctor):
    asked = [_question(Doctor(doctor.beside)) for _ in range(2)]
    first, second = (parse_qs(urlsplit(one).query) for one in asked)
    assert first["code_challenge_method"] == ["S256"]
    assert first["aud"] == [f"{doctor.beside.system.address}/fhir"]
    assert first["scope"] == ["launch openid fhirUser patient/Patient.r"]
    for anew in ("code_challenge", "state", "nonce", "launch"):
        assert len(first[anew][0]) >= 20
        assert first[anew] != second[anew]


def _question(doctor: Doctor) -> str:
    """Give the address at the authorization server that a launch sends the browser to."""
    launch = doctor.get(f"{doctor.beside.system.address}/patient/karen/open?how=smart")
    return doctor.get(launch.headers["Location"]).headers["Location"]


def _answer(doctor: Doctor) -> str:
    """Give the address that the authorization server sends the browser back to."""
    back = f"{doctor.beside.site}/launch/callback"
    return doctor.follow(doctor.get(_question(doctor)), until=back).headers["Location"]


def test_an_answer_is_good_once_and_in_the_browser_that_asked(doctor: Doctor):
    answer = _answer(doctor)
    assert refusal(Doctor(doctor.beside).get(answer)) == "not-ours"
    assert doctor.get(answer).headers["Location"].startswith("/patient/")
    assert refusal(doctor.get(answer)) == "not-ours"


@pytest.mark.parametrize(("part", "value", "why"), [("state", "another", "not-ours"), ("code", "another", "said-no")])
def test_a_changed_answer_lets_nobody_in(doctor: Doctor, part: str, value: str, why: str):
    assert refusal(doctor.get(changed(_answer(doctor), **{part: value}))) == why
    assert doctor.get(f"{doctor.beside.site}/start/").status_code == 302


def test_a_code_that_was_stolen_does_not_fit_the_thiefs_challenge(doctor: Doctor):
    stolen = parse_qs(urlsplit(_answer(doctor)).query)["code"][0]
    thief = Doctor(doctor.beside)
    state = parse_qs(urlsplit(_question(thief)).query)["state"][0]
    assert refusal(thief.get(f"{doctor.beside.site}/launch/callback?code={stolen}&state={state}")) == "said-no"


def test_a_launch_is_good_once_at_the_record_system(doctor: Doctor):
    launch = doctor.get(f"{doctor.beside.system.address}/patient/karen/open?how=smart").headers["Location"]
    assert doctor.follow(doctor.get(launch)).status_code == 200
    assert refusal(doctor.follow(doctor.get(launch))) == "said-no"
    another = Doctor(doctor.beside)
    assert refusal(another.follow(another.get(launch))) == "said-no"


@pytest.mark.parametrize(
    "asked",
    [
        "?iss=https://evil.example/fhir&launch=x",
        "?iss=http://127.0.0.1:1/fhir&launch=x",
        "?iss=&launch=x",
        "",
        "?iss=file:///etc/passwd&launch=x",
        "?iss=%00&launch=x",
        "?iss=%ff&launch=%00",
    ],
)
def test_only_a_registered_record_system_is_asked_anything(doctor: Doctor, asked: str):
    answer = doctor.get(f"{doctor.beside.site}/launch{asked}")
    assert refusal(answer) in ("unknown-system", "nothing-to-launch")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def _registered(beside: Beside) -> Any:
    return RecordSystem.objects.using("loader").filter(organization__ydernummer=YDERNUMMER)


@pytest.fixture
def as_registered(beside: Beside) -> Iterator[Any]:
    """Let a test change how the record system is registered."""
    held = _registered(beside).values().get()
    yield _registered(beside)
    _registered(beside).update(**{name: value for name, value in held.items() if name != "id"})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"issuer": "https://another.example"}, "unfit-server"),
        ({"client_id": "somebody-else"}, "said-no"),
    ],
)
def test_a_server_that_is_not_as_registered_lets_nobody_in(
    doctor: Doctor, as_registered: Any, change: dict[str, str], why: str
):
    as_registered.update(**change)
    page = doctor.follow(doctor.get(f"{doctor.beside.system.address}/patient/karen/open?how=smart"))
    assert (refusal(page) if "Kode:" in page.text else "said-no") == why


def test_a_record_system_that_does_not_answer_gets_a_page_that_says_so(doctor: Doctor, as_registered: Any):
    as_registered.update(fhir_base_url="http://127.0.0.1:1/fhir")
    page = doctor.get(f"{doctor.beside.site}/launch?iss=http://127.0.0.1:1/fhir&launch=x")
    assert (page.status_code, refusal(page)) == (502, "no-answer")


# --- Signed context launch ------------------------------------------------------------------------------------------


def test_a_token_is_taken_once(doctor: Doctor):
    token = doctor.token("karen")
    assert doctor.post_token(token).status_code == 302
    assert refusal(Doctor(doctor.beside).post_token(token)) == "replayed"


@pytest.fixture
def signer(beside: Beside, as_registered: Any) -> Signer:
    """A record system whose key the test holds, registered in place of the running one."""
    held = as_registered.values("issuer", "fhir_base_url", "client_id", "frame_origin").get()
    return register(as_registered.get().organization, **held)


def claims(cast: Cast, **more: Any) -> dict[str, Any]:
    said = {"sub": "holm", "ydernummer": YDERNUMMER, "cpr": cast.demo.patients["karen"].cpr_number, **more}
    return {name: value for name, value in said.items() if value is not None}


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("too-long", {"lasts": 61}),
        ("expired", {"iat": 1_700_000_000, "exp": 1_700_000_060}),
        ("unknown-system", {"iss": "https://somebody.else"}),
        ("signature", {"by": "another"}),
        ("incomplete", {"jti": None}),
        ("incomplete", {"sub": None}),
        ("other-practice", {"ydernummer": "999902"}),
        ("other-practice", {"ydernummer": None}),
        ("other-practice", {"sor": "1"}),
        ("incomplete", {"sub": "holm\0"}),
        ("no-patient", {"cpr": None}),
        ("no-patient", {"cpr": "123"}),
        ("login-unknown", {"sub": "nobody"}),
    ],
)
def test_a_token_that_is_not_in_order_lets_nobody_in_and_says_what_to_do(
    cast: Cast, doctor: Doctor, signer: Signer, why: str, change: dict[str, Any]
):
    token = signer.token(f"{doctor.beside.site}/launch/context", **{**claims(cast), **change})
    assert refusal(doctor.post_token(token)) == why
    assert doctor.get(f"{doctor.beside.site}/start/").status_code == 302


def test_a_token_for_another_address_is_refused(cast: Cast, doctor: Doctor, signer: Signer):
    token = signer.token("https://another.example/launch/context", **claims(cast))
    assert refusal(doctor.post_token(token)) == "audience"


def test_a_token_in_an_address_is_not_looked_at(doctor: Doctor):
    token = doctor.token("karen")
    assert doctor.get(f"{doctor.beside.site}/launch/context?token={token}").status_code == 405


def test_a_refusal_is_shown_in_the_frame_of_the_record_system_that_asked(cast: Cast, doctor: Doctor, signer: Signer):
    token = signer.token(f"{doctor.beside.site}/launch/context", lasts=61, **claims(cast))
    answer = doctor.post_token(token)
    assert f"frame-ancestors {doctor.beside.system.address}" in answer.headers["Content-Security-Policy"]


def test_a_launch_that_was_only_asked_for_leaves_a_session_as_it_was(doctor: Doctor):
    sign_in = doctor.get(f"{doctor.beside.site}/sign-in/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', sign_in.text)
    assert token
    chosen = {"persona": "krogh", "csrfmiddlewaretoken": token[1]}
    doctor.browser.post(f"{doctor.beside.site}/sign-in/persona/", chosen, allow_redirects=False)
    doctor.get(f"{doctor.beside.site}/launch?iss={doctor.beside.system.address}/fhir&launch=made-up")
    page = doctor.get(f"{doctor.beside.site}/start/")
    assert "Mette Krogh" in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_without_a_smart_server_the_record_system_opens_plans_by_its_signature(
    cast: Cast, beside: Beside, as_registered: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(record_system, "_node", lambda: None)
    ports = record_system.free_ports(free_port())
    with record_system.record_system(
        forloeb=beside.site, ports=ports, folder=tmp_path, at=cast.at, as_of=cast.as_of
    ) as running:
        doctor = Doctor(Beside(beside.site, running))
        page = doctor.get(f"{running.address}/patient/karen")
        assert "SMART" not in page.text
        assert "signeret" in page.text
        assert doctor.opens("karen", "signed").url == f"{beside.site}/patient/{cast.id_of('karen')}/"


def test_staff_of_another_practice_open_nothing_here(cast: Cast, beside: Beside, doctor: Doctor, signer: Signer):
    give_login(issuer=signer.issuer, subject="lund", practitioner=_staff("lund"))
    token = signer.token(f"{beside.site}/launch/context", **claims(cast, sub="lund"))
    assert refusal(doctor.post_token(token)) == "not-employed"
    assert doctor.get(f"{beside.site}/start/").status_code == 302


def test_a_patient_opens_nothing_by_a_launch(cast: Cast, beside: Beside, doctor: Doctor, signer: Signer):
    give_login(issuer=signer.issuer, subject="karen", patient=cast.demo.patients["karen"])
    token = signer.token(f"{beside.site}/launch/context", **claims(cast, sub="karen"))
    assert refusal(doctor.post_token(token)) == "login-unknown"


def test_a_patient_who_is_not_on_the_list_gets_a_page_that_says_what_to_do(
    cast: Cast, beside: Beside, doctor: Doctor, signer: Signer
):
    give_login(issuer=signer.issuer, subject="holm-here", practitioner=_staff("holm"))
    token = signer.token(f"{beside.site}/launch/context", **claims(cast, sub="holm-here", cpr="0203045678"))
    answer = doctor.post_token(token)
    assert (answer.status_code, refusal(answer)) == (404, "patient-unknown")
    assert "0203045678" not in answer.text
    assert doctor.get(f"{beside.site}/start/").status_code == 200


def test_a_launch_and_a_refusal_are_in_the_log_without_a_number(cast: Cast, database: dict[str, str], doctor: Doctor):
    doctor.opens("karen", "signed")
    doctor.post_token("not.a.token")
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT action::text, detail::text, patient_id FROM audit.entry WHERE event = 'launch'")
        rows = cursor.fetchall()
    assert ("read", "{}", cast.demo.patients["karen"].pk) in rows
    assert ("refused", '{"why":"no-token"}', None) in rows


def test_a_session_that_ended_in_the_frame_says_so_there(doctor: Doctor):
    doctor.opens("karen", "signed")
    page = doctor.get(f"{doctor.beside.site}/start/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    doctor.browser.post(f"{doctor.beside.site}/sign-out/", {"csrfmiddlewaretoken": token[1]}, allow_redirects=False)
    ended = doctor.follow(doctor.get(f"{doctor.beside.site}/start/"))
    assert ended.url == f"{doctor.beside.site}/launch/again"
    assert "Tiden er udløbet" in ended.text
    assert f"frame-ancestors {doctor.beside.system.address}" in ended.headers["Content-Security-Policy"]


def test_cookies_work_in_a_frame_of_another_site_over_tls(cast: Cast, signer: Signer):
    give_login(issuer=signer.issuer, subject="holm", practitioner=_staff("holm"))
    client = Client(headers={"host": "localhost"})
    token = signer.token("https://localhost/launch/context", **claims(cast))
    answer = client.post("/launch/context", {"token": token}, secure=True)
    assert answer.status_code == 302
    assert {"SameSite=None", "Secure", "Partitioned", "HttpOnly"} <= _marks(answer, "forloeb_session")
    page = client.get(answer.headers["Location"], secure=True)
    assert {"SameSite=None", "Secure", "Partitioned"} <= _marks(page, "csrftoken")


def test_cookies_of_who_signed_in_by_themselves_stay_as_they_were(cast: Cast):
    client = Client(headers={"host": "localhost"})
    answer = client.post("/sign-in/persona/", {"persona": "holm"}, secure=True)
    assert "SameSite=Lax" in _marks(answer, "forloeb_session")


def _marks(answer: HttpResponse, name: str) -> set[str]:
    return set(answer.cookies[name].OutputString().split("; "))


def _staff(key: str) -> Practitioner:
    return Practitioner.objects.using("loader").get(login__issuer=ISSUER, login__subject=key)


def test_our_public_key_is_published_and_nothing_more_of_it(beside: Beside):
    keys = Doctor(beside).get(f"{beside.site}/.well-known/jwks.json").json()["keys"]
    assert [(key["kty"], key["crv"], key["alg"], key["use"]) for key in keys] == [("EC", "P-384", "ES384", "sig")]
    assert not any("d" in key for key in keys)


def test_the_patients_page_shows_our_cards_and_tells_us_what_became_of_them(doctor: Doctor):
    page = doctor.get(f"{doctor.beside.system.address}/patient/bent")
    assert "Ingen forløbsplan for Type 2-diabetes" in page.text
    card = re.search(r'name="card" value="([0-9a-f-]+)"', page.text)
    assert card
    told = {"card": card[1], "outcome": "overridden", "reason": "already-done"}
    where = f"{doctor.beside.system.address}/patient/bent/feedback"
    assert doctor.browser.post(where, told, allow_redirects=False).status_code == 303
