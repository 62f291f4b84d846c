"""No page is made without saying for whom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

OPEN = {
    "front",
    "sign-in",
    "sign-in-provider",
    "sign-in-callback",
    "sign-in-persona",
    "sign-in-choose",
    "sign-in-code",
    "about-look-ups",
    "notices-confirm",
    "accessibility",
    "sign-out",
    "sign-out-back-channel",
    "signed-out",
    "language",
    "gallery",
    "app-manifest",
    "service-worker",
    "offline",
    "launch",
    "launch-callback",
    "launch-context",
    "launch-again",
    "jwks",
    "app-token",
    "app-revoke",
    "app-introspect",
    "smart-configuration",
    "fhir-smart-configuration",
    "lps-results",
    "referral-answers",
}
"""The pages that show nothing of any patient and need no sign-in. A new one is written here, and thought over."""


def addresses(resolver: URLResolver) -> Iterator[URLPattern]:
    for found in resolver.url_patterns:
        if isinstance(found, URLResolver):
            yield from addresses(found)
        else:
            yield found


@pytest.mark.parametrize("address", list(addresses(get_resolver())), ids=lambda address: str(address.name))
def test_a_page_says_for_whom_it_is(address: URLPattern) -> None:
    for_whom = getattr(address.callback, "for_whom", None)
    assert for_whom in {
        "practice",
        "patient",
        "patient+proxy",
        "practice+professional",
        "patient+practice+proxy",
        "patient+practice+professional",
        "anyone",
        "record-system",
        "token",
    }
    assert (for_whom == "anyone") == (address.name in OPEN)
