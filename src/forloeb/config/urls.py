"""Every address the system answers at."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from forloeb.api.plans import plans_feed

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/plans", plans_feed, name="plans-feed"),
    path("", include("forloeb.web.urls")),
]
