"""Every address the system answers at."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("forloeb.api.authorization")),
    path("", include("forloeb.api.subscriptions")),
    path("", include("forloeb.web.urls")),
]
