"""The addresses of CDS Hooks."""

from __future__ import annotations

from django.urls import path

from forloeb.api.cds import views

urlpatterns = [
    path("cds-services", views.services, name="cds-services"),
    path("cds-services/<slug:service>", views.call, name="cds-call"),
    path("cds-services/<slug:service>/feedback", views.feedback, name="cds-feedback"),
]
