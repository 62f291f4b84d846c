"""Every address the system answers at."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from forloeb.api import mhd
from forloeb.api.plans import plans_feed

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/plans", plans_feed, name="plans-feed"),
    path("fhir/DocumentReference", mhd.search, name="fhir-document-search"),
    path("fhir/DocumentReference/_search", mhd.search, name="fhir-document-search-posted"),
    path("fhir/DocumentReference/$generate", mhd.generate, name="fhir-document-generate"),
    path("fhir/DocumentReference/<str:mark>", mhd.read_reference, name="fhir-document"),
    path("fhir/Binary/<str:mark>", mhd.read_binary, name="fhir-binary"),
    path("", include("forloeb.api.cds.urls")),
    path("", include("forloeb.api.authorization")),
    path("", include("forloeb.api.subscriptions")),
    path("", include("forloeb.web.urls")),
]
