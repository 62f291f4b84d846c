"""The pages' addresses. None of them carries anything about a person but a random id."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from forloeb.web.gallery import gallery
from forloeb.web.language import choose_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("forloeb.web.signin.urls")),
    path("language/", choose_language, name="language"),
    re_path(r"^gallery/(?P<frame>practice|patient)/$", gallery, name="gallery"),
]
