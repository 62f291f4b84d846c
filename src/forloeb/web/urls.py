"""The pages' addresses. None of them carries anything about a person but a random id."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from forloeb.web.gallery import gallery
from forloeb.web.language import choose_language
from forloeb.web.pages import (
    accessibility,
    calendar,
    control,
    device,
    guidelines,
    history,
    measuring,
    own_access,
    own_disputes,
    own_notices,
    patient,
    printing,
    questions,
    sectors,
    start,
    statistics,
    team,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start.front, name="front"),
    path("start/", start.start, name="start"),
    path("search/", start.search, name="search"),
    path("patient/<uuid:public_id>/", control.control, name="control"),
    path("patient/<uuid:public_id>/saved/", control.saved, name="saved"),
    path("patient/<uuid:public_id>/history/", history.history, name="history"),
    path("patient/<uuid:public_id>/plan.pdf", printing.plan_pdf, name="plan-pdf"),
    path("patient/<uuid:public_id>/team/", team.team, name="team"),
    path("look-up/", sectors.look_up, name="look-up"),
    path("look-up/reason/", sectors.state_reason, name="look-up-reason"),
    path("shared/<uuid:public_id>/", sectors.shared, name="shared"),
    path("help/look-ups/", sectors.about_look_ups, name="about-look-ups"),
    path("accessibility/", accessibility.accessibility, name="accessibility"),
    path("guidelines/", guidelines.index, name="guidelines"),
    path("guidelines/<slug:name>/", guidelines.handbook, name="handbook"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/figures.csv", statistics.statistics_csv, name="statistics-csv"),
    path("my-plan/plan.pdf", printing.own_plan_pdf, name="own-plan-pdf"),
    path("my-plan/plan.json", printing.own_plan_fhir, name="own-plan-fhir"),
    path("my-plan/", patient.own_plan, name="own-plan"),
    path("my-plan/history/", patient.own_history, name="own-history"),
    path("my-plan/write/", patient.own_writing, name="own-writing"),
    path("my-plan/measure/", measuring.own_measuring, name="own-measuring"),
    path("my-plan/measure/blood-pressure/", measuring.own_pressure, name="own-pressure"),
    path("my-plan/questions/", questions.own_questions, name="own-questions"),
    path("my-plan/calendar.ics", calendar.own_calendar, name="own-calendar"),
    path("my-plan/notices/", own_notices.own_notices, name="own-notices"),
    path("notices/<str:mark>/", own_notices.confirm, name="notices-confirm"),
    path("my-plan/access/", own_access.own_access, name="own-access"),
    path("my-plan/wrong/", own_disputes.own_disputes, name="own-disputes"),
    path("my-plan/log/", patient.own_log, name="own-log"),
    path("app.webmanifest", device.manifest, name="app-manifest"),
    path("service-worker.js", device.service_worker, name="service-worker"),
    path("offline/", device.offline, name="offline"),
    path("", include("forloeb.web.signin.urls")),
    path("language/", choose_language, name="language"),
    re_path(r"^gallery/(?P<frame>practice|patient)/$", gallery, name="gallery"),
]
