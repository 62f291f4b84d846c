"""Somebody who is not signed in is shown the way in at every address, but for those named here."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

NOBODY = UUID(int=7)

PUBLIC: dict[str, tuple[int, str]] = {
    # name: what a GET answers, and where it leads
    "front": (302, "/sign-in/"),
    "sign-in": (200, ""),
    "sign-in-provider": (404, ""),  # no provider is set up
    "sign-in-callback": (404, ""),
    "sign-in-persona": (405, ""),  # posted
    "sign-in-choose": (302, "/sign-in/"),
    "sign-in-code": (405, ""),
    "about-look-ups": (200, ""),
    "notices-confirm": (200, ""),
    "accessibility": (200, ""),
    "sign-out": (405, ""),
    "sign-out-back-channel": (405, ""),
    "signed-out": (200, ""),
    "language": (405, ""),
    "lps-results": (405, ""),  # for record systems, who show a token
    "referral-answers": (405, ""),  # for municipalities' systems, who show a token
    "app-manifest": (200, ""),
    "service-worker": (200, ""),
    "offline": (200, ""),
    "fhir-subscription-create": (401, ""),  # for who brings a token
    "fhir-subscription": (401, ""),
    "fhir-subscription-status": (401, ""),
    "fhir-subscription-events": (401, ""),
    "app-token": (405, ""),  # posted, by apps
    "app-revoke": (405, ""),
    "app-introspect": (405, ""),
    "smart-configuration": (200, ""),
    "fhir-smart-configuration": (200, ""),
    "gallery": (200, ""),  # in a demonstration only
    "launch": (403, ""),  # nothing to launch
    "launch-callback": (403, ""),
    "launch-context": (405, ""),
    "launch-again": (200, ""),
    "jwks": (200, ""),
    # For record systems, who show a token; tests/integration/test_cds_hooks.py calls them without one.
    "cds-services": (200, ""),
    "cds-call": (405, ""),
    "cds-feedback": (405, ""),
    "plans-feed": (401, ""),  # spoken to by programs, which no sign-in page helps
    "fhir-document-search": (401, ""),
    "fhir-document-search-posted": (401, ""),
    "fhir-document-generate": (401, ""),
    "fhir-document": (401, ""),
    "fhir-binary": (401, ""),
}

VALUES: dict[str, object] = {
    "mark": "made-up",
    "public_id": NOBODY,
    "letter": NOBODY,
    "name": "type2_diabetes",
    "frame": "practice",
    "service": "forloeb-patient-view",
    "number": 1,
    "batch": NOBODY,
}


def addresses(resolver: URLResolver) -> Iterator[URLPattern]:
    for found in resolver.url_patterns:
        if isinstance(found, URLResolver):
            yield from addresses(found)
        else:
            yield found


ALL = {str(address.name): address for address in addresses(get_resolver())}
CLOSED = sorted(set(ALL) - set(PUBLIC))
POSTED = {"search", "look-up-reason"}
"""Pages that are only posted to: what is searched for never stands in an address."""


def path_of(name: str) -> str:
    needed = ALL[name].pattern.regex.groupindex
    return reverse(name, kwargs={key: VALUES[key] for key in needed})


@pytest.fixture
def visitor(database: dict[str, str]) -> Client:
    return Client(SERVER_NAME="localhost")


def test_every_address_has_a_name_and_the_public_ones_exist() -> None:
    assert "None" not in ALL
    assert set(PUBLIC) <= set(ALL)
    assert len(CLOSED) >= 8


@pytest.mark.parametrize("name", sorted(set(CLOSED) - POSTED))
def test_a_page_leads_a_stranger_to_sign_in_and_shows_nothing(visitor: Client, name: str) -> None:
    path = path_of(name)
    answer = visitor.get(path)
    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["Location"] == f"{reverse('sign-in')}?next={path.replace('/', '%2F')}"


@pytest.mark.parametrize("name", CLOSED)
def test_what_a_stranger_posts_changes_nothing_and_leads_to_sign_in(visitor: Client, name: str) -> None:
    answer = visitor.post(path_of(name), {"name": "Karen", "value.hba1c": "53"})
    assert answer.content == b""
    # Some pages are only looked at: those say so before they ask who is there.
    looked_at = [(405, None)] if name not in POSTED else []
    assert (answer.status_code, answer.headers.get("Location")) in [(302, reverse("sign-in")), *looked_at]


def test_a_stranger_has_no_workplace_to_choose(visitor: Client) -> None:
    answer = visitor.post(path_of("sign-in-choose"), {"organization": "1"})
    assert (answer.status_code, answer.headers.get("Location")) == (302, reverse("sign-in"))


def test_a_stranger_who_has_not_signed_in_cannot_try_codes(visitor: Client) -> None:
    answer = visitor.post(path_of("sign-in-code"), {"code": "ABCD-EFGH-2345"})
    assert (answer.status_code, answer.headers.get("Location")) == (302, reverse("sign-in"))


@pytest.mark.parametrize("name", CLOSED)
def test_a_part_of_a_page_is_not_given_either(visitor: Client, name: str) -> None:
    answer = (visitor.post if name in POSTED else visitor.get)(path_of(name), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["HX-Redirect"].startswith(reverse("sign-in"))


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_page_answers_as_it_is_listed(visitor: Client, name: str) -> None:
    answer = visitor.get(path_of(name))
    status, where = PUBLIC[name]
    assert answer.status_code == status
    assert answer.headers.get("Location", "").startswith(where)


def test_the_gallery_is_closed_where_real_patients_can_be(visitor: Client, settings_of_a_deployment: None) -> None:
    assert visitor.get(path_of("gallery")).status_code == 404


@pytest.fixture
def settings_of_a_deployment() -> Iterator[None]:
    with override_settings(DEMO=False, DEBUG=False):
        yield


def test_a_made_up_session_is_nobodys(visitor: Client) -> None:
    visitor.cookies["sessionid"] = "x" * 32
    for name in CLOSED:
        answer = (visitor.post if name in POSTED else visitor.get)(path_of(name))
        assert (answer.status_code, answer.content) == (302, b""), name
