"""The addresses of a launch from a record system."""

from __future__ import annotations

from django.urls import path

from forloeb.web.launch import views

urlpatterns = [
    path("launch", views.launch, name="launch"),
    path("launch/callback", views.callback, name="launch-callback"),
    path("launch/context", views.context, name="launch-context"),
    path("launch/again", views.again, name="launch-again"),
    path(".well-known/jwks.json", views.jwks, name="jwks"),
]
